package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"deputy/internal/bulk"
)

const (
	// sweepBatch is how many rows one statement removes, so that nobody waits for it.
	sweepBatch = 500
	// sweepSteady is how long the clock has to go on undisturbed before anything is removed for being old: a clock that
	// somebody has set wrong, or that is wrong after a start, is usually set right within that time, and nothing is lost
	// then.
	sweepSteady = 55 * time.Minute
	// grain is what the clocks of two servers, or two looks at one, may differ by.
	grain = 5 * time.Second
)

// SweepHourly sweeps every hour until ctx ends, the first time an hour from now, unless the clock was set meanwhile.
// What fails is logged, and tried again the next time.
func (s *Service) SweepHourly(ctx context.Context) {
	s.tell(ctx, "survey", s.Survey(ctx))
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
		s.tell(ctx, "settle", s.Settle(ctx))
		if s.Store.Clock().Steady() >= sweepSteady {
			s.tell(ctx, "sweep", s.Sweep(ctx))
		}
	}
}

func (s *Service) tell(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Log.LogAttrs(ctx, slog.LevelWarn, what, slog.String("error", err.Error()))
	}
}

// Sweep removes what is over: codes, limits, receipts of more than a day ago, sessions, and networks nobody signed in
// from within 30 days. What is old is so by the database's clock: a server whose own is ahead removes nothing that
// others need. It stops between batches when ctx ends. Two servers may sweep at once.
func (s *Service) Sweep(ctx context.Context) error {
	now, err := s.Store.Time(ctx)
	if err != nil {
		return err
	}
	if own := s.now(); own.Before(now) {
		now = own
	}
	for _, over := range []struct {
		table, where string
		args         []any
	}{
		{"code_flows", "created_at <= $1", []any{now.Add(-time.Hour)}},
		{"receipts", "created_at <= $1", []any{now.Add(-24 * time.Hour)}},
		{"throttles", "ends_at <= $1", []any{now}},
		{"sessions", "expires_at <= $1 OR last_used_at <= $2", []any{now, now.Add(-sessionIdle)}},
		{"known_networks", "last_at <= $1", []any{now.Add(-networkKnown)}},
	} {
		// The condition stands twice: a row that came to life again while the statement waited for it stays.
		query := fmt.Sprintf("DELETE FROM %[1]s WHERE (%[2]s) AND id IN (SELECT id FROM %[1]s WHERE %[2]s ORDER BY id "+
			"LIMIT %[3]d)",
			over.table, over.where, sweepBatch)
		for removed := int64(sweepBatch); removed == sweepBatch; {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("sweep %s: %w", over.table, err)
			}
			if removed, err = s.affected(ctx, query, over.args...); err != nil {
				return fmt.Errorf("sweep %s: %w", over.table, err)
			}
		}
	}
	return nil
}

// affected runs a statement, which commits by itself, and returns how many rows it wrote.
func (s *Service) affected(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.Store.Client.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// stamps are times that decide how long something lasts, and how far ahead of now they may lie.
var stamps = []struct {
	table, column string
	ahead         time.Duration
}{
	{"throttles", "ends_at", day}, // the longest window; each is held to its own length when it is counted in
	{"code_flows", "created_at", 0},
	{"code_flows", "expires_at", codeLife},
	{"sessions", "created_at", 0},
	{"sessions", "last_used_at", 0},
	{"sessions", "expires_at", SessionLife},
	{"known_networks", "last_at", 0},
	{"receipts", "created_at", 0},
	{"sub_accounts", "last_active_at", 0},
}

// Settle brings what was stamped while the clock was ahead to what it would be, had it been stamped now, and logs how
// much that was: nothing lasts longer than its length, counted from now. It goes by the database's clock. Servers call
// it when they start, and when that clock was set back.
func (s *Service) Settle(ctx context.Context) error {
	now, err := s.Store.Time(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, stamp := range stamps {
		query := fmt.Sprintf("UPDATE %[1]s SET %[2]s = $1 WHERE %[2]s > $2", stamp.table, stamp.column)
		most := now.Add(stamp.ahead)
		settled, err := s.affected(ctx, query, most, most.Add(grain))
		switch {
		case err != nil:
			failed = append(failed, fmt.Errorf("settle %s: %w", stamp.table, err))
		case settled > 0:
			s.Log.LogAttrs(ctx, slog.LevelWarn, "the clock was ahead: brought back to now",
				slog.String("rows", stamp.table+"."+stamp.column), slog.Int64("number", settled))
		}
	}
	return errors.Join(failed...)
}

// Survey logs how many events are on record at times that have not come: they, and what they tell of, were stamped
// while the clock was ahead, and stay as they are. It goes by the database's clock.
func (s *Service) Survey(ctx context.Context) error {
	now, err := s.Store.Time(ctx)
	if err != nil {
		return err
	}
	const ahead = `SELECT o.id, count(*), max(e.at) FROM orgs o JOIN audit_events e ON e.org_id = o.id AND e.at > $1
GROUP BY o.id ORDER BY o.id LIMIT 100`
	err = bulk.Each(ctx, s.Store.Client, ahead, []any{now.Add(time.Minute)}, func(scan bulk.Scan) error {
		var org string
		var events int64
		var last any // SQLite's max has no type
		if err := scan(&org, &events, &last); err != nil {
			return err
		}
		if micro, ok := last.(int64); ok {
			last = time.UnixMicro(micro)
		}
		at, _ := last.(time.Time)
		s.Log.LogAttrs(ctx, slog.LevelWarn, "the clock was ahead: events and what they tell of are on record at times that "+
			"have not come",
			slog.String("org", org), slog.Int64("events", events), slog.Time("last", at.UTC()))
		return nil
	})
	return reading("events ahead of time", err)
}
