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

	"deputy/internal/store/prepared"
)

// reads are queries through a pooler that run one after the other in one transaction, which begins with the first of them. They share
// the two round trips that it takes to confine a transaction and to end it.
type reads struct {
	turn   chan struct{} // holds one token, of whoever may use what follows
	conn   *sql.Conn     // nil while there is no transaction
	tenant Tenant        // of the transaction
	over   atomic.Bool
}

type readsKey struct{}

// WithReads answers a context whose reads through a confined store behind a pooler run in one transaction, one after the other, until end
// is called; then each runs in one of its own. Without a pooler it changes nothing. The rows of a read are read to their end, or closed,
// before the next read begins. Nothing may write, or read otherwise, in between: the transaction keeps its connection, and a server whose
// connections all wait for another one stands still.
func WithReads(ctx context.Context) (_ context.Context, end func()) {
	r := newReads()
	return context.WithValue(ctx, readsKey{}, r), r.end
}

func newReads() *reads {
	r := &reads{turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// errEnded says that the transaction is over.
var errEnded = errors.New("the reads have ended")

// mostStale bounds how many connections may turn out to be dead, one after the other, as after a restart of PostgreSQL.
const mostStale = 32

// query waits for its turn and runs the query; the turn is over when its rows are closed.
func (r *reads) query(ctx context.Context, db *sql.DB, tenant Tenant, query string, args []any) (*sql.Rows, error) {
	select {
	case <-r.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release := sync.OnceFunc(func() { r.turn <- struct{}{} })
	if r.over.Load() && r.conn == nil {
		release()
		return nil, errEnded
	}
	for again := false; ; again = true {
		if err := r.confine(ctx, db, tenant); err != nil {
			release()
			return nil, err
		}
		rows, err := r.conn.QueryContext(prepared.OnClose(ctx, release), query, args...)
		if err == nil {
			return rows, nil
		}
		r.finish(ctx)
		// The rows of an earlier query may have ended with an error, which ended the transaction.
		if again || ctx.Err() != nil || !isDisconnect(err) && sqlState(err) != string(pqerror.InFailedSQLTransaction) {
			release()
			return nil, err
		}
	}
}

// confine sees to it that there is a transaction of the tenant.
func (r *reads) confine(ctx context.Context, db *sql.DB, tenant Tenant) error {
	if r.conn != nil {
		if r.tenant.equal(tenant) {
			return nil
		}
		r.finish(ctx)
	}
	for stale := 0; ; stale++ {
		conn, err := db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connect to read: %w", err)
		}
		r.conn, r.tenant = conn, tenant
		_, err = conn.ExecContext(ctx, "BEGIN READ ONLY; "+tenant.confine())
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

// finish ends the transaction, whether it is a good one or has failed, and gives its connection back.
func (r *reads) finish(ctx context.Context) {
	conn := r.conn
	r.conn = nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		_ = discard(conn) // a transaction must not be left to the next one
	}
	_ = conn.Close() // gone, or given back
}

// end ends the transaction when the query that runs in it is over, if there is one.
func (r *reads) end() {
	if r.over.Swap(true) {
		return
	}
	ending := func() {
		if r.conn != nil {
			r.finish(context.Background())
		}
		r.turn <- struct{}{}
	}
	select {
	case <-r.turn:
		ending()
	default:
		go func() {
			<-r.turn
			ending()
		}()
	}
}
