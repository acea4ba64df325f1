// Package form validates the inputs of mutations: it collects all refusals of an input, and separates the accepted
// items of a batch from the refused ones.
package form

import (
	"errors"

	"deputy/internal/fault"
)

// Form collects all refusals of an input, so that a person sees them together. The zero value is ready to use.
type Form struct {
	refusals fault.Refusals
	broken   error
}

// Refuse adds a refusal.
func (f *Form) Refuse(e *fault.Error) { f.refusals = append(f.refusals, e) }

// Take adds the error of a check, if any. A refusal without a field gets the given one.
func (f *Form) Take(err error, field ...string) {
	var refusal *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &refusal) && refusal.Code.IsRefusal():
		if len(refusal.Field) == 0 {
			refusal = refusal.At(field...)
		}
		f.Refuse(refusal)
	default:
		f.broken = errors.Join(f.broken, err)
	}
}

// Text returns the canonical form of a text, and adds the refusal of parse, a function of package contact.
func (f *Form) Text(parse func(string, int) (string, error), value string, limit int, field ...string) string {
	canonical, err := parse(value, limit)
	f.Take(err, field...)
	return canonical
}

// Err returns nil without errors, one refusal as a *fault.Error, and several as fault.Refusals. An error that is not a
// refusal takes precedence.
func (f *Form) Err() error {
	switch {
	case f.broken != nil:
		return f.broken
	case len(f.refusals) == 0:
		return nil
	case len(f.refusals) == 1:
		return f.refusals[0]
	default:
		return f.refusals
	}
}
