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

// reads are queries that run one after the other on one connection, which is taken with the first of them: it is set up
// for the tenant once. Behind a pooler, where the transaction is what keeps a connection, they share one of these.
type reads struct {
	turn   chan struct{} // holds one token, of whoever may use what follows
	conn   *sql.Conn     // nil while there is none
	place  *share.Place  // of the connection, where they are shared out
	begun  bool          // a transaction, of the tenant
	tenant Tenant
	over   atomic.Bool
}

type readsKey struct{}

// WithReads returns a context whose reads through a confined store run on one connection, one after the other, until
// end is called; then each runs on one of its own. Behind a pooler they share a transaction. The rows of a read are
// read to their end, or closed, before the next read begins. Nothing may write, or read otherwise, in between: the
// reads keep their connection, and a server whose connections all wait for another one stands still.
func WithReads(ctx context.Context) (_ context.Context, end func()) {
	r := newReads()
	return context.WithValue(ctx, readsKey{}, r), r.end
}

func newReads() *reads {
	r := &reads{turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// errEnded says that the reads are over.
var errEnded = errors.New("the reads have ended")

// mostStale bounds how many connections may turn out to be dead, one after the other, as after a restart of PostgreSQL.
const mostStale = 32

// query waits for its turn and runs the query; the turn is over when its rows are closed.
func (r *reads) query(
	ctx context.Context, d *confined, tenant Tenant, query string, args []any,
) (rows *sql.Rows, err error) {
	release, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	err = r.run(prepared.OnClose(ctx, release), d, tenant, func(ctx context.Context) (again bool, err error) {
		rows, err = r.conn.QueryContext(ctx, query, args...)
		return true, err
	})
	if err != nil {
		release()
	}
	return rows, err
}

// each waits for its turn and runs the query, and hands over its rows.
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
		err = prepared.Each(ctx, r.conn, query, args, func(one prepared.Record) error {
			none = false
			return row(one)
		})
		return none, err
	})
}

// await waits for the turn of a query, and returns what ends the turn.
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

// run runs a query on the connection, and again on another one when the connection turns out to be dead, if the query
// may run again.
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

// take sees to it that there is a connection, and behind a pooler a transaction of the tenant.
func (r *reads) take(ctx context.Context, d *confined, tenant Tenant) error {
	if r.conn != nil {
		if !r.begun || r.tenant.Equal(tenant) {
			return nil
		}
		r.finish(ctx)
	}
	for stale := 0; ; stale++ {
		if err := r.sit(ctx, d.seats); err != nil {
			return err
		}
		conn, err := d.db.Conn(ctx)
		if err != nil {
			r.stand()
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
		// It had not begun to read, so it may begin again.
		if stale == mostStale || ctx.Err() != nil || !isDisconnect(err) && !errors.Is(err, prepared.ErrLost) {
			return fmt.Errorf("confine a read: %w", err)
		}
	}
}

const finishTime = 2 * time.Second

// finish gives the connection back, and ends the transaction that runs there, whether it is a good one or has failed.
func (r *reads) finish(ctx context.Context) {
	conn, begun := r.conn, r.begun
	r.conn, r.begun = nil, false
	if begun {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
		defer cancel()
		if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
			_ = discard(conn) // a transaction must not be left to the next one
		}
	}
	_ = conn.Close() // gone, or given back
	r.stand()
}

// sit sees to it that there is a place for a connection.
func (r *reads) sit(ctx context.Context, seats *seats) error {
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

// stand gives the place back.
func (r *reads) stand() {
	r.place.End()
	r.place = nil
}

// end ends the reads, when the query of them that runs is over if there is one.
func (r *reads) end() {
	if r.over.Swap(true) {
		return
	}
	ending := func() {
		if r.conn != nil {
			r.finish(context.Background())
		}
		r.stand()
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
