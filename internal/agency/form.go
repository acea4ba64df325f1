package agency

import (
	"errors"

	"deputy/internal/fault"
)

// form gathers all that is wrong with an input, so that a person learns of it at once.
type form struct {
	refusals fault.Refusals
	broken   error
}

func (f *form) refuse(e *fault.Error) { f.refusals = append(f.refusals, e) }

// take keeps an error of a check; a refusal is placed at the field unless it names one.
func (f *form) take(err error, field ...string) {
	var refusal *fault.Error
	switch {
	case err == nil:
	case errors.As(err, &refusal) && refusal.Code.IsRefusal():
		if len(refusal.Field) == 0 {
			refusal = refusal.At(field...)
		}
		f.refuse(refusal)
	default:
		f.broken = errors.Join(f.broken, err)
	}
}

// text answers the canonical form of a text by a function of package contact.
func (f *form) text(parse func(string, int) (string, error), value string, limit int, field ...string) string {
	canonical, err := parse(value, limit)
	f.take(err, field...)
	return canonical
}

// err answers nil when nothing was wrong, one *fault.Error, or several as fault.Refusals.
func (f *form) err() error {
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
