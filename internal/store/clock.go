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
	// clockPace is the interval between reads of the database's clock, and clockTime bounds one read.
	clockPace = 2 * time.Second
	clockTime = 2 * time.Second
	// clockGrain is the tolerance between two reads of one clock, besides the time that a read takes.
	clockGrain = 50 * time.Millisecond
	// clockSet is the jump from which on a clock counts as set.
	clockSet = 2 * time.Second
	// clockSkew is the tolerated difference between the clocks of the server and the database.
	clockSkew = 3 * time.Second
)

// Clock returns the time of the database, so that all servers of one database have the same time, whatever their own
// clocks show. Between two reads it advances by the machine's monotonic clock. On SQLite the database's clock is the
// machine's.
type Clock struct {
	machine func() time.Time
	ask     func(context.Context) (time.Time, error)

	seen   atomic.Pointer[sight]
	skew   atomic.Int64 // how far the machine's clock is ahead, at the last read
	mu     sync.Mutex
	looked bool
	steady time.Time // since when the database's clock was not set, by the monotonic clock
	back   []func()
}

// sight is one read of the database's clock.
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

// Now returns the database's time, in UTC and microseconds, as the database stores it.
func (c *Clock) Now() time.Time {
	return c.seen.Load().now(c.machine()).UTC().Truncate(time.Microsecond)
}

// Steady returns for how long the database's clock was not set, at most since the start: deletion by age waits for it.
func (c *Clock) Steady() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.machine().Sub(c.steady)
}

// OnBack registers f to be called whenever the database's clock was set back, which leaves times in the future.
func (c *Clock) OnBack(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.back = append(c.back, f)
}

// check returns an error when the machine's clock differs from the database's.
func (c *Clock) check() error {
	skew := time.Duration(c.skew.Load())
	switch {
	case skew > clockSkew:
		return fmt.Errorf("this server's clock is ahead of the database's by %s: correct it (NTP)", skew.Round(time.Second))
	case skew < -clockSkew:
		return fmt.Errorf("this server's clock is behind the database's by %s: correct it (NTP)",
			(-skew).Round(time.Second))
	}
	return nil
}

// synchronize reads the database's clock, and logs when a clock was set.
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
			log.LogAttrs(ctx, slog.LevelInfo, "this server's clock agrees with the database's again")
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

// see evaluates a read that took so long. It returns by how much the database's clock was set, or 0, and whether the
// machine's clock has become wrong, or right again.
func (c *Clock) see(s sight, took time.Duration) (moved time.Duration, turned bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.check() != nil
	skew := s.machine.Round(0).Sub(s.database)
	if max(skew, -skew) <= took/2 {
		skew = 0 // within the duration of the read
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

// askTime reads the database's clock.
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

// Time reads the database's clock now.
func (s *Store) Time(ctx context.Context) (time.Time, error) {
	at, err := s.askTime(ctx)
	if err != nil {
		return at, fmt.Errorf("ask the database for the time: %w", err)
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

// Clock returns the database's clock. It is the machine's until Attend is called.
func (s *Store) Clock() *Clock { return s.clock }

// Attend reads the database's clock, once before it returns and then regularly until ctx ends. It also marks the
// database's file, so that Ready can detect its replacement.
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
				_ = s.clock.synchronize(ctx, log) // the database is unavailable, which Ready reports
			}
		}
	})
	return nil
}
