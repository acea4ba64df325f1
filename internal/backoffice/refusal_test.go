package backoffice_test

import "deputy/internal/fault"

// refusal reports whether nothing was done for a reason that people are told.
func refusal(err error) bool {
	_, ok := fault.Refused(err)
	return ok
}
