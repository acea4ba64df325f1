package main

import (
	"context"
	"fmt"
	"time"

	"deputy/internal/store/pgtest"
)

const (
	// calmTime is how long nothing is wrong between two faults.
	calmTime = 3 * time.Second
	// resetTime is how long connections are reset, and stallTime how long nothing gets through: longer than a client waits
	// for its response, and a server for the end of a cancelled statement.
	resetTime = 1500 * time.Millisecond
	stallTime = 7 * time.Second
)

// fault does something bad and returns when it was over.
type fault struct {
	name string
	do   func(ctx context.Context) (over time.Time, err error)
}

// faults are those that are done in turn.
func (c *chaos) faults() []fault {
	return []fault{
		{"PostgreSQL restarted immediate", func(ctx context.Context) (time.Time, error) {
			err := c.postgres.Restart(ctx, pgtest.Immediate)
			return time.Now(), err
		}},
		{"connections reset", func(ctx context.Context) (time.Time, error) {
			return c.poisoned(ctx, "reset_peer", resetTime, proxies...)
		}},
		{"connections stalled", func(ctx context.Context) (time.Time,
			error,
		) {
			return c.poisoned(ctx, "timeout", stallTime, proxies...)
		}},
		{"a server killed with -9", c.killed},
		{"connections of one server stalled", func(ctx context.Context) (time.Time, error) {
			return c.poisoned(ctx, "timeout", stallTime, proxies[0])
		}},
	}
}

// poisoned lets the proxies do harm for so long.
func (c *chaos) poisoned(
	ctx context.Context, toxic string, length time.Duration, proxies ...string,
) (time.Time, error) {
	if err := c.proxy.poison(ctx, toxic, proxies...); err != nil {
		return time.Time{}, err
	}
	wait(ctx, length)
	err := c.proxy.heal(ctx, proxies...)
	return time.Now(), err
}

// killed kills one server after the other, each time it is called, and starts it again.
func (c *chaos) killed(ctx context.Context) (time.Time, error) {
	c.kills++
	victim := c.servers[c.kills%len(c.servers)]
	if err := victim.Kill(); err != nil {
		return time.Time{}, err
	}
	err := victim.Restart(ctx)
	return time.Now(), err
}

// outage is what a fault meant to the writers.
type outage struct {
	name      string
	lasted    time.Duration // the fault
	half, all time.Duration // from its end until half of them, and all, were acknowledged something again
}

// disturb does the faults in turn until the time is up, each at least once.
func (c *chaos) disturb(ctx context.Context, crowd *crowd, until time.Time) (outages []outage, err error) {
	wait(ctx, calmTime)
	// How long it takes when nothing is wrong: forty clients on a small machine take turns.
	outages = append(outages, c.seen(ctx, crowd, "nothing", time.Now(), time.Now()))
	for turn := 0; ; turn++ {
		for _, f := range c.faults() {
			if turn > 0 && time.Now().After(until) {
				return outages, ctx.Err()
			}
			began := time.Now()
			over, err := f.do(ctx)
			if err != nil {
				return outages, fmt.Errorf("%s: %w", f.name, err)
			}
			outages = append(outages, c.seen(ctx, crowd, f.name, began, over))
		}
	}
}

// seen waits until everybody is served again and returns what they saw of the fault.
func (c *chaos) seen(ctx context.Context, crowd *crowd, name string, began, over time.Time) outage {
	wait(ctx, calmTime)
	o := outage{name: name, lasted: over.Sub(began)}
	var missing int
	for {
		if o.half, o.all, missing = crowd.back(over); missing == 0 || ctx.Err() != nil || time.Since(over) > drainTime {
			break
		}
		wait(ctx, pauseTime)
	}
	if missing > 0 {
		o.all = time.Since(over)
	}
	c.printf("  %-34s %6.1f s   %6.0f ms  %6.0f ms\n", o.name, o.lasted.Seconds(), ms(o.half), ms(o.all))
	return o
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
