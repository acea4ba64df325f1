package fault

import "errors"

// Refusals is a list of refusals that an operation returns together. As an error it means that nothing was changed.
type Refusals []*Error

// Error implements error, for logs.
func (r Refusals) Error() string {
	if len(r) == 0 {
		return "refused"
	}
	return r[0].Error()
}

// Refused returns the refusals in err, and false when it has none: then it is another error.
func Refused(err error) (Refusals, bool) {
	var many Refusals
	if errors.As(err, &many) {
		return many, true
	}
	var one *Error
	if errors.As(err, &one) && one.Code.IsRefusal() {
		return Refusals{one}, true
	}
	return nil, false
}

// CodeOf returns the code of err, and false for an error without one.
func CodeOf(err error) (Code, bool) {
	var one *Error
	if errors.As(err, &one) {
		return one.Code, true
	}
	return "", false
}
