package civil_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the names are the same wherever the test runs

	"pgregory.net/rapid"

	"deputy/internal/civil"
)

func TestTheZoneDecidesTheDay(t *testing.T) {
	at := time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC": "2026-03-01", "Asia/Shanghai": "2026-03-02", "America/Los_Angeles": "2026-03-01",
		"Pacific/Kiritimati": "2026-03-02",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := civil.Of(at, zone).String(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestDaysAreReadAsTheyAreWritten(t *testing.T) {
	first, last := civil.Of(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC),
		civil.Of(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), time.UTC)
	zone := time.FixedZone("", 5*60*60+45*60)
	rapid.Check(t, func(t *rapid.T) {
		d := civil.Day(rapid.Int32Range(int32(first), int32(last)).Draw(t, "day"))
		if again, err := civil.Parse(d.String()); err != nil || again != d {
			t.Fatalf("%s came back as %s: %v", d, again, err)
		}
		if got := civil.Of(d.Start(zone), zone); got != d {
			t.Fatalf("%s begins on %s", d, got)
		}
		if got := civil.Of(d.Start(zone).Add(-time.Microsecond), zone); got != d-1 {
			t.Fatalf("before %s is %s", d, got)
		}
	})
}

// TestADayBeginsWithItsFirstMoment also where clocks skip midnight, or show it twice.
func TestADayBeginsWithItsFirstMoment(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"Asia/Shanghai", "2026-03-01", "2026-02-28T16:00:00Z"},
		{"UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
		{"Pacific/Kiritimati", "2026-03-01", "2026-02-28T10:00:00Z"},
		{"Pacific/Pago_Pago", "2026-03-01", "2026-03-01T11:00:00Z"},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
		{"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
		// midnight is skipped: the day begins at 01:00
		{"America/Asuncion", "2023-10-01", "2023-10-01T04:00:00Z"},
		{"Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z"},
		{"Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"},
		{"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"},
		{"Asia/Tehran", "2022-03-22", "2022-03-21T20:30:00Z"},
		{"Asia/Amman", "2022-02-25", "2022-02-24T22:00:00Z"},
		// midnight comes twice, or the hour before it does
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"},
		{"America/Asuncion", "2024-03-24", "2024-03-24T04:00:00Z"},
		{"Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"},
		// all of the day is skipped
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		d, err := civil.Parse(c.day)
		if err != nil {
			t.Fatal(err)
		}
		start := d.Start(zone)
		if got := start.UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s begins in %s at %s, want %s", c.day, c.zone, got, c.want)
		}
		if on := civil.Of(start, zone); on != d && c.day != "2011-12-30" {
			t.Errorf("the start of %s in %s is on %s", c.day, c.zone, on)
		}
		if on := civil.Of(start.Add(-time.Microsecond), zone); on >= d {
			t.Errorf("before the start of %s in %s it is %s", c.day, c.zone, on)
		}
	}
}

// TestStartsAndDaysAgree: in every zone where clocks skip midnight, or are set back beyond it, whatever falls on a day
// is not before its start.
func TestStartsAndDaysAgree(t *testing.T) {
	names := []string{
		"America/Asuncion", "Africa/Cairo", "Asia/Beirut", "America/Sao_Paulo", "America/Santiago", "America/Havana",
		"Asia/Tehran", "Asia/Amman",
		"Asia/Gaza", "Asia/Damascus", "America/Scoresbysund", "Atlantic/Azores", "Pacific/Apia", "Europe/Lisbon",
		"Australia/Lord_Howe", "America/Nuuk",
	}
	zones := make([]*time.Location, len(names))
	for i, name := range names {
		var err error
		if zones[i], err = time.LoadLocation(name); err != nil {
			t.Fatal(err)
		}
	}
	first, last := int32(civil.Of(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC)),
		int32(civil.Of(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC))
	for _, zone := range zones {
		for d := civil.Day(first); d < civil.Day(last); d++ {
			start, next := d.Start(zone), (d + 1).Start(zone)
			if on := civil.Of(start.Add(-time.Microsecond), zone); on >= d || next.Before(start) {
				t.Fatalf("%s: %s begins at %s, and before that it is %s", zone, d, start, on)
			}
			if start.Equal(next) { // the day was skipped
				continue
			}
			if civil.Of(start, zone) != d || civil.Of(next.Add(-time.Microsecond), zone) != d {
				t.Fatalf("%s: from %s to %s it is not %s", zone, start, next, d)
			}
		}
	}
}

func TestWhatIsNoDay(t *testing.T) {
	for _, text := range []string{
		"", "2026-3-1", "2026-02-30", "0000-01-01", "10000-01-01", "2026-03-01T00:00:00Z",
		" 2026-03-01",
	} {
		if d, err := civil.Parse(text); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}
