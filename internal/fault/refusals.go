package fault

import "errors"

// Refusals is a list of refusals that an operation answers together. As an error it says that nothing was done.
type Refusals []*Error

// Error implements error, for logs.
func (r Refusals) Error() string {
	if len(r) == 0 {
		return "refused"
	}
	return r[0].Error()
}

// Refused returns the refusals that err stands for, and false when it is none: then the operation went wrong.
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

// CodeOf returns the code of err, and false when it is none of ours.
func CodeOf(err error) (Code, bool) {
	var one *Error
	if errors.As(err, &one) {
		return one.Code, true
	}
	return "", false
}
