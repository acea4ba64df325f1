package store

import (
	"context"
	"log/slog"
	"time"
)

// WithoutValues is what of a statement is told to whoever traces it.
func WithoutValues(query string) string { return withoutValues(query) }

// NewClock makes a clock of two others.
func NewClock(machine func() time.Time, ask func(context.Context) (time.Time, error)) *Clock {
	return newClock(machine, ask)
}

// Synchronize asks the database for the time.
func (c *Clock) Synchronize(ctx context.Context, log *slog.Logger) error {
	return c.synchronize(ctx, log)
}
