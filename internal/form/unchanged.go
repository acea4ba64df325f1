package form

import (
	"time"

	"deputy/internal/fault"
)

var msgChanged = fault.Message{
	Zh: "在您查看之后，内容已被修改，本次未做任何更改。请查看最新内容后再试。",
	En: "This has changed since you read it, so nothing was done. Look at what it is now, and try again.",
}

// Unchanged returns CHANGED_MEANWHILE at input.expectedUpdatedAt if the row was changed after the caller read it. If
// expected is nil, any state is accepted. The caller must hold the row's lock.
func Unchanged(expected *time.Time, updatedAt time.Time) error {
	if expected == nil || expected.Equal(updatedAt) {
		return nil
	}
	return fault.New(fault.ChangedMeanwhile, msgChanged).At("input", "expectedUpdatedAt")
}

// Changed returns the time of a change of locked rows: now, but at least a microsecond after the last of their changes,
// so that no two states of a row have the same time even if the clocks of servers differ.
func Changed(now time.Time, last ...time.Time) time.Time {
	for _, at := range last {
		if !now.After(at) {
			now = at.Add(time.Microsecond)
		}
	}
	return now
}
