package store

import (
	"context"
	"errors"

	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/internal/share"
)

// Asks is a function that returns the caller of a context.
type Asks func(context.Context) share.Caller

// Shared returns the store for requests, whose connections are shared out among the callers: no account and no org gets
// so many that others have to wait, and a caller that waits too long for its share gets RATE_LIMITED. It shares
// everything with the store, which is the one to close. The store itself is not limited.
func (s *Store) Shared(asks Asks) *Store {
	to := *s
	to.asks = asks
	if s.confined != nil {
		confined := *s.confined
		confined.seats = to.seats(s.driver.readers)
		to.confined = &confined
		to.Client = ent.NewClient(ent.Driver(&confined))
		return &to
	}
	to.shared = &shared{s.driver, to.seats(s.driver.readers)}
	to.Client = ent.NewClient(ent.Driver(to.shared))
	return &to
}

// SharedWrites is Shared for signing in and out: only transactions are shared out, and they take precedence over
// others.
func (s *Store) SharedWrites(asks Asks) *Store {
	to := *s
	to.asks = func(ctx context.Context) share.Caller {
		who := asks(ctx)
		who.Ahead = true
		return who
	}
	return &to
}

// Waiting returns the number of callers that wait for a connection of their share.
func (s *Store) Waiting() int {
	n := s.driver.readers.Waiting()
	if s.driver.writers != s.driver.readers {
		n += s.driver.writers.Waiting()
	}
	return n
}

type aheadKey struct{}

// Ahead returns a context whose transactions take precedence over others of the caller and its org, because they revoke
// access.
func Ahead(ctx context.Context) context.Context { return context.WithValue(ctx, aheadKey{}, true) }

// seats hands out the places at connections to callers; it is nil where they are not shared out.
type seats struct {
	places *share.Places
	asks   Asks
}

func (s *Store) seats(places *share.Places) *seats { return &seats{places, s.asks} }

func (s *seats) take(ctx context.Context) (*share.Place, error) {
	if s == nil {
		return nil, nil //nolint:nilnil // a nil Place is valid
	}
	who := s.asks(ctx)
	if ahead, _ := ctx.Value(aheadKey{}).(bool); ahead {
		who.Ahead = true
	}
	return s.places.Take(ctx, who)
}

// waitForPlace waits for the place of a transaction.
func (s *Store) waitForPlace(ctx context.Context) (*share.Place, error) {
	if s.asks == nil {
		return nil, nil //nolint:nilnil // a nil Place is valid
	}
	return s.seats(s.driver.writers).take(ctx)
}

// shared implements Ent's driver without row level security. Its reads wait for a place; those of WithReads share one.
type shared struct {
	*driver
	seats *seats
}

// Query implements dialect.Driver.
func (d *shared) Query(ctx context.Context, query string, args, v any) error {
	rows, ok := v.(*entsql.Rows)
	if !ok || writes(query) {
		return d.driver.Query(ctx, query, args, v)
	}
	end, err := d.begin(ctx)
	if err != nil {
		return err
	}
	if err := d.driver.Query(ctx, query, args, v); err != nil {
		end()
		return err
	}
	rows.ColumnScanner = &ending{rows.ColumnScanner, end}
	return nil
}

// begin waits for the place of a read, and returns a function that returns it, which may be called more than once.
func (d *shared) begin(ctx context.Context) (end func(), err error) {
	if r, ok := ctx.Value(readsKey{}).(*reads); ok {
		release, err := r.await(ctx)
		switch {
		case err == nil:
			if err := r.takePlace(ctx, d.seats); err != nil {
				release()
				return nil, err
			}
			return release, nil
		case !errors.Is(err, errEnded):
			return nil, err
		}
	}
	place, err := d.seats.take(ctx)
	if err != nil {
		return nil, err
	}
	return place.End, nil
}

// ending are rows that call end when they are closed.
type ending struct {
	entsql.ColumnScanner
	end func()
}

// Close closes the rows.
func (e *ending) Close() error {
	defer e.end()
	return e.ColumnScanner.Close()
}
