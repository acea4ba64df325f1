package signin

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// sweepBatch is how many rows one statement removes, so that nobody waits for it.
const sweepBatch = 500

// SweepHourly sweeps now and every hour until ctx ends. What fails is logged, and tried again the next time.
func (s *Service) SweepHourly(ctx context.Context) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-hourly.C:
		}
	}
}

// Sweep removes what is over: codes, limits, receipts of more than a day ago, sessions, and networks nobody signed in from
// within 30 days. It stops between
// batches when ctx ends. Two servers may sweep at once.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
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
		query := fmt.Sprintf("DELETE FROM %[1]s WHERE (%[2]s) AND id IN (SELECT id FROM %[1]s WHERE %[2]s ORDER BY id LIMIT %[3]d)",
			over.table, over.where, sweepBatch)
		for removed := int64(sweepBatch); removed == sweepBatch; {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("sweep %s: %w", over.table, err)
			}
			result, err := s.Store.Client.ExecContext(ctx, query, over.args...)
			if err == nil {
				removed, err = result.RowsAffected()
			}
			if err != nil {
				return fmt.Errorf("sweep %s: %w", over.table, err)
			}
		}
	}
	return nil
}
