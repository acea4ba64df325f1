package form_test

import (
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/form"
)

func TestUnchanged(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 8, 0, 0, 123_456_000, time.UTC)
	elsewhere := at.In(time.FixedZone("", 8*3600))
	for name, expected := range map[string]*time.Time{"none": nil, "the same": &at, "in another zone": &elsewhere} {
		if err := form.Unchanged(expected, at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, expected := range map[string]time.Time{
		"before": at.Add(-time.Microsecond), "after": at.Add(time.Microsecond), "zero": {},
	} {
		if code, _ := fault.CodeOf(form.Unchanged(&expected, at)); code != fault.ChangedMeanwhile {
			t.Errorf("%s: %q", name, code)
		}
	}
}

// TestNoTwoChangesHaveOneTime, whether the clock stands still, was set back, or is another server's.
func TestNoTwoChangesHaveOneTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	ago, next, ahead := now.Add(-time.Hour), now.Add(time.Microsecond), now.Add(time.Hour)
	for _, test := range []struct {
		last []time.Time
		want time.Time
	}{
		{nil, now},
		{[]time.Time{ago}, now},
		{[]time.Time{now}, next},
		{[]time.Time{next, ago, now}, next.Add(time.Microsecond)},
		{[]time.Time{now, ahead, ago}, ahead.Add(time.Microsecond)},
	} {
		if got := form.Changed(now, test.last...); !got.Equal(test.want) {
			t.Errorf("after %v: %v, want %v", test.last, got, test.want)
		}
	}
}
