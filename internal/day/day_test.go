package day_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the names are the same wherever the test runs

	"pgregory.net/rapid"

	"deputy/internal/day"
)

func TestTheZoneDecidesTheDay(t *testing.T) {
	at := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC": "2026-03-01", "Asia/Shanghai": "2026-03-02", "America/Los_Angeles": "2026-03-01", "Pacific/Kiritimati": "2026-03-02",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := day.Of(at, zone).String(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestDaysAreReadAsTheyAreWritten(t *testing.T) {
	first, last := day.Of(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC), day.Of(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.UTC)
	zone := time.FixedZone("", 5*60*60+45*60)
	rapid.Check(t, func(t *rapid.T) {
		d := day.Day(rapid.Int32Range(int32(first), int32(last)).Draw(t, "day"))
		if again, err := day.Parse(d.String()); err != nil || again != d {
			t.Fatalf("%s came back as %s: %v", d, again, err)
		}
		if got := day.Of(d.Start(zone), zone); got != d {
			t.Fatalf("%s begins on %s", d, got)
		}
		if got := day.Of(d.Start(zone).Add(-time.Microsecond), zone); got != d-1 {
			t.Fatalf("before %s is %s", d, got)
		}
	})
}

func TestWhatIsNoDay(t *testing.T) {
	for _, text := range []string{"", "2026-3-1", "2026-02-30", "0000-01-01", "10000-01-01", "2026-03-01T00:00:00Z", " 2026-03-01"} {
		if d, err := day.Parse(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}
