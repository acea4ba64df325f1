// Package form is what mutations have in common before they begin: gathering what is wrong with an input, and telling
// the good items of a batch from the bad ones.
package form

import (
	"errors"

	"deputy/internal/fault"
)

// Form gathers all that is wrong with an input, so that a person learns of it at once. The zero value is ready to use.
type Form struct {
	refusals fault.Refusals
	broken   error
}

// Refuse adds a refusal.
func (f *Form) Refuse(e *fault.Error) { f.refusals = append(f.refusals, e) }

// Take keeps an error of a check; a refusal is placed at the field unless it names one.
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

// Text returns the canonical form of a text by a function of package contact.
func (f *Form) Text(parse func(string, int) (string, error), value string, limit int, field ...string) string {
	canonical, err := parse(value, limit)
	f.Take(err, field...)
	return canonical
}

// Err returns nil when nothing was wrong, one *fault.Error, or several as fault.Refusals.
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
