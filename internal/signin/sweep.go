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
	// sweepBatch is how many rows one statement deletes, so that others do not wait long for it.
	sweepBatch = 500
	// sweepSteady is how long the clock has to be steady before anything is deleted by age: a clock that was set wrong, or
	// is wrong after a start, is usually corrected within that time, before anything is lost.
	sweepSteady = 55 * time.Minute
	// grain is the tolerated difference between the clocks of two servers, or two reads of one clock.
	grain = 5 * time.Second
)

// SweepHourly sweeps every hour until ctx ends, the first time an hour from now, unless the clock was set meanwhile.
// Errors are logged; the next sweep tries again.
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

// Sweep deletes what has expired: codes, limits, receipts older than a day, sessions, tokens that ended 30 days ago,
// and networks from which nobody signed in within 30 days. It uses the earlier of the server's and the database's time,
// so a server whose clock is ahead deletes nothing that others need. It stops between batches when ctx ends. Two
// servers may sweep at once.
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
		{"api_tokens", "ends_at <= $1", []any{now.Add(-tokenKept)}},
		{"sessions", "expires_at <= $1 OR last_used_at <= $2", []any{now, now.Add(-sessionIdle)}},
		{"known_networks", "last_at <= $1", []any{now.Add(-networkKnown)}},
	} {
		// The condition is repeated: a row that was renewed while the statement waited for it is kept.
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

// stamps are the columns with times that limit durations, and how far in the future they may be.
var stamps = []struct {
	table, column string
	ahead         time.Duration
}{
	{"throttles", "ends_at", day}, // the longest window; each is checked against its own length when it is counted
	{"code_flows", "created_at", 0},
	{"code_flows", "expires_at", codeLife},
	{"sessions", "created_at", 0},
	{"sessions", "last_used_at", 0},
	{"sessions", "expires_at", SessionLife},
	{"known_networks", "last_at", 0},
	{"receipts", "created_at", 0},
	{"sub_accounts", "last_active_at", 0},
	{"api_tokens", "last_used_at", 0},
	{"api_tokens", "last_refused_at", 0},
	{"apps", "last_used_at", 0},
}

// Settle limits times that were stored while the clock was ahead to what they would be if they were stored now, and
// logs their number: nothing lasts longer than its duration, counted from now. It uses the database's clock. Servers
// call it at startup, and when that clock was set back.
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

// Survey logs how many audit events have times in the future: they and the changes that they record were stored while
// the clock was ahead, and are not changed. It uses the database's clock.
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
