package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestClock has the clock of the database set.
func TestClock(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	var database, passed time.Duration // what the clock was set by, and what has passed
	c := store.NewClock(
		func() time.Time { return begun.Add(passed) },
		func(context.Context) (time.Time, error) { return begun.Add(passed + database).Round(0), nil },
	)
	var log bytes.Buffer
	look := func() {
		t.Helper()
		if err := c.Synchronize(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want time.Duration) {
		t.Helper()
		if got := c.Now().Sub(begun); (got - want - passed).Abs() > 100*time.Millisecond {
			t.Errorf("it is %s, want %s", got, want+passed)
		}
	}
	says := func(want string) {
		t.Helper()
		if got := log.String(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
		log.Reset()
	}
	back := 0
	c.OnBack(func() { back++ })

	database = time.Hour // from the beginning: nobody has set it
	look()
	is(time.Hour)
	says("this server's clock is behind the database's by 1h0m0s")
	passed += time.Minute
	look()
	is(time.Hour)
	says("")
	database = 0
	look()
	is(0)
	says("by=-1h0m0s")
	if back != 1 || c.Steady() != 0 {
		t.Errorf("set back %d times, steady for %s", back, c.Steady())
	}
	passed += 2 * time.Hour
	look()
	says("")
	if c.Steady() != 2*time.Hour {
		t.Errorf("steady for %s", c.Steady())
	}
	database = 365 * 24 * time.Hour
	look()
	is(database)
	says("by=8760h0m0s")
	if back != 1 || c.Steady() != 0 {
		t.Errorf("set back %d times, steady for %s", back, c.Steady())
	}
	database = time.Second // of a clock that drifts
	look()
	database = 0
	log.Reset()
	look()
	is(0)
	says("")
}

// TestClockIsTheDatabases has servers whose own clocks are off.
func TestClockIsTheDatabases(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		for _, off := range []time.Duration{0, time.Second, -time.Minute, 170 * time.Hour} {
			t.Run(storetest.Name(d)+" "+off.String(), func(t *testing.T) {
				t.Parallel()
				s := storetest.ConnectWith(t, storetest.URL(t, d),
					store.Options{Machine: func() time.Time { return time.Now().Add(off) }})
				var log bytes.Buffer
				if err := s.Attend(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(s.Clock().Now()); got.Abs() > 3*time.Second {
					t.Errorf("it is off by %s", got)
				}
				ready, wrong := s.Ready(t.Context()), off.Abs() > 3*time.Second
				if (ready != nil) != wrong || wrong && !strings.Contains(ready.Error(), "this server's clock is ") {
					t.Errorf("ready: %v", ready)
				}
			})
		}
	}
}
