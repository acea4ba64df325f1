package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/crash"
)

const (
	// clockPace is how often the database is asked for the time, and clockTime how long its response is waited for.
	clockPace = 2 * time.Second
	clockTime = 2 * time.Second
	// clockGrain is what two looks at one clock may differ by, beside the time that a look takes.
	clockGrain = 50 * time.Millisecond
	// clockSet is by how much a clock moves that somebody has set.
	clockSet = 2 * time.Second
	// clockSkew is what a server's clock may differ from the database's by.
	clockSkew = 3 * time.Second
)

// Clock tells the time of the database, so that all servers of one database have one time, whatever their own clocks
// say. Between two looks at it the time goes on as the machine counts it, which no setting of a clock changes. On
// SQLite the database's clock is the machine's.
type Clock struct {
	machine func() time.Time
	ask     func(context.Context) (time.Time, error)

	seen   atomic.Pointer[sight]
	skew   atomic.Int64 // what the machine's clock is ahead by, at the last look
	mu     sync.Mutex
	looked bool
	steady time.Time // since when nobody has set the database's clock, as the machine counts
	back   []func()
}

// sight is one look at the database's clock.
type sight struct {
	machine  time.Time // with its monotonic reading
	database time.Time
}

func (s sight) now(machine time.Time) time.Time { return s.database.Add(machine.Sub(s.machine)) }

func newClock(machine func() time.Time, ask func(context.Context) (time.Time, error)) *Clock {
	c := &Clock{machine: machine, ask: ask}
	now := machine()
	c.steady = now
	c.seen.Store(&sight{now, now.Round(0)})
	return c
}

// Now returns the database's time, in UTC and microseconds, as the database keeps it.
func (c *Clock) Now() time.Time {
	return c.seen.Load().now(c.machine()).UTC().Truncate(time.Microsecond)
}

// Steady returns for how long nobody has set the database's clock, at most since the start: what is deleted because it
// is old waits.
func (c *Clock) Steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.machine().Sub(c.steady)
}

// OnBack has f called whenever the database's clock was set back: what was stamped before lies ahead then.
func (c *Clock) OnBack(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.back = append(c.back, f)
}

// check tells when the machine's clock differs from the database's.
func (c *Clock) check() error {
	skew := time.Duration(c.skew.Load())
	switch {
	case skew > clockSkew:
		return fmt.Errorf("this server's clock is ahead of the database's by %s: set it right (NTP)", skew.Round(time.Second))
	case skew < -clockSkew:
		return fmt.Errorf("this server's clock is behind the database's by %s: set it right (NTP)",
			(-skew).Round(time.Second))
	}
	return nil
}

// synchronize asks the database for the time, and logs what somebody has set.
func (c *Clock) synchronize(ctx context.Context, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, clockTime)
	defer cancel()
	begun := c.machine()
	database, err := c.ask(ctx)
	if err != nil {
		return fmt.Errorf("ask the database for the time: %w", err)
	}
	took := c.machine().Sub(begun)
	now := begun.Add(took / 2)
	moved, wrong := c.see(sight{now, database}, took)
	if moved != 0 {
		log.LogAttrs(ctx, slog.LevelWarn, "the database's clock was set", slog.Duration("by", moved.Round(time.Millisecond)),
			slog.Time("to", database.UTC()))
	}
	if wrong {
		if err := c.check(); err != nil {
			log.LogAttrs(ctx, slog.LevelError, "not ready: the database's time is used", slog.String("error", err.Error()))
		} else {
			log.LogAttrs(ctx, slog.LevelInfo, "this server's clock is the database's again")
		}
	}
	if moved < 0 {
		c.mu.Lock()
		back := c.back
		c.mu.Unlock()
		for _, f := range back {
			f()
		}
	}
	return nil
}

// see takes in a look that took so long. It returns by how much the database's clock was set, 0 when it was not, and
// whether the machine's clock is a wrong one now and was none before, or the other way round.
func (c *Clock) see(s sight, took time.Duration) (moved time.Duration, turned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.check() != nil
	skew := s.machine.Round(0).Sub(s.database)
	if max(skew, -skew) <= took/2 {
		skew = 0 // no more than what the look took
	}
	c.skew.Store(int64(skew))
	ahead := s.database.Sub(c.seen.Load().now(s.machine))
	if off := max(ahead, -ahead); off > clockGrain+took/2 {
		c.seen.Store(&s)
		if c.looked && off > clockSet+took {
			moved, c.steady = ahead, s.machine
		}
	}
	c.looked = true
	return moved, was != (c.check() != nil)
}

// askTime asks the database for its time.
func (s *Store) askTime(ctx context.Context) (at time.Time, err error) {
	if s.Dialect() == dialect.Postgres {
		err = s.driver.health.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&at)
		return at, err
	}
	var ms int64
	err = s.driver.health.QueryRowContext(ctx,
		"SELECT CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)").Scan(&ms)
	return time.UnixMilli(ms).UTC(), err
}

// Time asks the database for its time now.
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	at, err := s.askTime(ctx)
	if err != nil {
		return at, fmt.Errorf("ask the database for the time: %w", err)
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

// Clock returns the database's clock. It is the machine's until Attend has asked.
func (s *Store) Clock() *Clock { return s.clock }

// Attend looks at the database's clock, once before it answers and then until ctx ends, and notes what lies under the
// database's name, so that Ready can tell whether it still does.
func (s *Store) Attend(ctx context.Context, log *slog.Logger) error {
	if err := s.clock.synchronize(ctx, log); err != nil {
		return err
	}
	if err := s.markFile(ctx); err != nil { // Ready tries again
		log.LogAttrs(ctx, slog.LevelError, "not ready", slog.String("error", err.Error()))
	}
	crashes := &crash.Reporter{Log: log}
	crashes.Keep(ctx, func(ctx context.Context) {
		beat := time.NewTicker(clockPace)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
				_ = s.clock.synchronize(ctx, log) // the database is away, which Ready tells
			}
		}
	})
	return nil
}
