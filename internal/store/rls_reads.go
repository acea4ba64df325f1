package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq/pqerror"

	"deputy/internal/crash"
	"deputy/internal/page"
	"deputy/internal/share"
	"deputy/internal/store/prepared"
)

// reads are queries that run one after the other on one connection, which is taken by the first of them and set up for
// the tenant once. Behind a pooler, where only a transaction keeps a connection, they share a transaction.
type reads struct {
	turn   chan struct{} // a semaphore that guards the fields below
	conn   *sql.Conn     // nil while there is none
	place  *share.Place  // of the connection, if connections are shared out
	begun  bool          // whether a transaction of the tenant is running
	tenant Tenant
	over   atomic.Bool
}

type readsKey struct{}

// WithReads returns a context whose reads through a confined store run on one connection, one after the other, until
// end is called; afterwards each runs on a connection of its own. Behind a pooler they share a transaction. The rows of
// a read must be read to their end, or closed, before the next read begins. Nothing may write, or read in another way,
// in between: the reads keep their connection, and a server deadlocks when every connection waits for another one.
func WithReads(ctx context.Context) (_ context.Context, end func()) {
	r := newReads()
	return context.WithValue(ctx, readsKey{}, r), r.end
}

func newReads() *reads {
	r := &reads{turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// errEnded is returned when the reads have ended.
var errEnded = errors.New("the reads have ended")

// mostStale is the maximum number of dead connections in a row, as after a restart of PostgreSQL.
const mostStale = 32

// query acquires the semaphore and runs the query; it releases the semaphore when the rows are closed.
func (r *reads) query(
	ctx context.Context, d *confined, tenant Tenant, query string, args []any,
) (rows *sql.Rows, err error) {
	release, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	err = r.run(prepared.OnClose(ctx, release), d, tenant, func(ctx context.Context) (again bool, err error) {
		r.observe(ctx, query, args)
		rows, err = r.conn.QueryContext(ctx, query, args...)
		return true, err
	})
	if err != nil {
		release()
	}
	return rows, err
}

// each acquires the semaphore, runs the query, and calls row for each row.
func (r *reads) each(
	ctx context.Context, d *confined, tenant Tenant, query string, args []any, row func(page.Record) error,
) error {
	release, err := r.await(ctx)
	if err != nil {
		return err
	}
	defer release()
	none := true
	return r.run(ctx, d, tenant, func(ctx context.Context) (again bool, err error) {
		r.observe(ctx, query, args)
		err = prepared.Each(ctx, r.conn, query, args, func(one prepared.Record) error {
			none = false
			return row(one)
		})
		return none, err
	})
}

// observe calls the context's observer, if there is one, before a query.
func (r *reads) observe(ctx context.Context, query string, args []any) {
	if observe, ok := ctx.Value(observerKey{}).(Observer); ok {
		observe(prepared.OnClose(ctx, func() {}), r.conn, query, args) // the observer doesn't release the semaphore
	}
}

// await acquires the semaphore for a query, and returns a function that releases it.
func (r *reads) await(ctx context.Context) (release func(), err error) {
	select {
	case <-r.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release = sync.OnceFunc(func() { r.turn <- struct{}{} })
	if r.over.Load() && r.conn == nil && r.place == nil {
		release()
		return nil, errEnded
	}
	return release, nil
}

// run runs a query on the connection. When the connection is dead and the query may run again, it repeats it on another
// one.
func (r *reads) run(
	ctx context.Context, d *confined, tenant Tenant, ask func(context.Context) (again bool, err error),
) error {
	for stale := 0; ; stale++ {
		if err := r.take(ctx, d, tenant); err != nil {
			return err
		}
		asked := ctx
		if !d.pooler {
			asked = prepared.In(ctx, tenant.Session())
		}
		again, err := ask(asked)
		if err == nil {
			return nil
		}
		r.finish(ctx)
		// The rows of an earlier query may have ended with an error, which ended the transaction.
		if !again || stale == mostStale || ctx.Err() != nil || !isDisconnect(err) &&
			sqlState(err) != string(pqerror.InFailedSQLTransaction) {
			return err
		}
	}
}

// take ensures that there is a connection, and behind a pooler a transaction of the tenant.
func (r *reads) take(ctx context.Context, d *confined, tenant Tenant) error {
	if r.conn != nil {
		if !r.begun || r.tenant.Equal(tenant) {
			return nil
		}
		r.finish(ctx)
	}
	for stale := 0; ; stale++ {
		if err := r.takePlace(ctx, d.seats); err != nil {
			return err
		}
		conn, err := d.db.Conn(ctx)
		if err != nil {
			r.returnPlace()
			return fmt.Errorf("connect to read: %w", err)
		}
		r.conn = conn
		if !d.pooler {
			return nil
		}
		r.begun, r.tenant = true, tenant
		_, err = conn.ExecContext(ctx, "BEGIN READ ONLY; "+tenant.Transaction())
		if err == nil {
			return nil
		}
		r.finish(ctx)
		// Nothing was read yet, so it may be repeated.
		if stale == mostStale || ctx.Err() != nil || !isDisconnect(err) && !errors.Is(err, prepared.ErrLost) {
			return fmt.Errorf("confine a read: %w", err)
		}
	}
}

const finishTime = 2 * time.Second

// finish ends the transaction, if one is running, and returns the connection to the pool.
func (r *reads) finish(ctx context.Context) {
	conn, begun := r.conn, r.begun
	r.conn, r.begun = nil, false
	if begun {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
		defer cancel()
		if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
			_ = discard(conn) // the next user must not get an open transaction
		}
	}
	_ = conn.Close() // discarded, or returned to the pool
	r.returnPlace()
}

// takePlace ensures that there is a place for a connection.
func (r *reads) takePlace(ctx context.Context, seats *seats) error {
	if r.place != nil {
		return nil
	}
	place, err := seats.take(ctx)
	if err != nil {
		return err
	}
	r.place = place
	return nil
}

// returnPlace returns the place.
func (r *reads) returnPlace() {
	r.place.End()
	r.place = nil
}

// end ends the reads, after the running query if there is one.
func (r *reads) end() {
	if r.over.Swap(true) {
		return
	}
	ending := func() {
		if r.conn != nil {
			r.finish(context.Background())
		}
		r.returnPlace()
		r.turn <- struct{}{}
	}
	select {
	case <-r.turn:
		ending()
	default:
		crash.Start(func() {
			<-r.turn
			ending()
		})
	}
}
