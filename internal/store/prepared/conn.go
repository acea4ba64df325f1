package prepared

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"deputy/internal/lru"
)

// ErrBusy is returned for a query on a connection that still returns the rows of another one: within a transaction,
// rows must be read to their end or closed first. The query has not been sent.
var ErrBusy = errors.New("the rows of another query on this connection have not been closed")

// ErrLost is returned for a write outside a transaction, or a commit, whose connection was lost before the response
// arrived: it may have been executed or not. lib/pq mostly returns driver.ErrBadConn then, which makes database/sql
// repeat the statement, so that it may run twice. Connections that were known to be bad beforehand still return
// driver.ErrBadConn, because nothing was sent on them.
var ErrLost = errors.New("the connection was lost before the response arrived")

// conn is one connection. Like all of database/sql/driver's, it is used by one goroutine at a time.
type conn struct {
	pqConn
	dialer     *dialer
	from       *Connector
	unprepared bool
	// statements are the prepared statements by their text.
	statements *lru.Cache[string, pqStmt]
	seen       *seen
	session    Session
	inTx       bool
	// busy is set while results are read from the server or rows are copied to it. lib/pq itself checks only unprepared
	// queries.
	busy bool
	// doomed are statements to close once the connection is not busy.
	doomed []driver.Stmt
}

// CheckNamedValue implements driver.NamedValueChecker. Without the type of an argument, lib/pq sends bytes in binary
// form, which PostgreSQL would read as its own binary form of JSON; so JSON is sent as text.
func (c *conn) CheckNamedValue(value *driver.NamedValue) error {
	if text, ok := value.Value.(json.RawMessage); ok && c.unprepared && text != nil {
		value.Value = string(text)
		return nil
	}
	return c.pqConn.CheckNamedValue(value)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.IsValid() {
		return nil, driver.ErrBadConn
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	found, err := c.query(ctx, func() (driver.Rows, error) {
		return run(ctx, c, query, len(args),
			func() (driver.Rows, error) { return c.pqConn.QueryContext(ctx, query, args) },
			func(st pqStmt) (driver.Rows, error) { return st.QueryContext(ctx, args) })
	})
	if err != nil && !c.inTx && !repeatable(query) {
		err = c.lost(err)
	}
	return found, err
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !c.IsValid() {
		return nil, driver.ErrBadConn
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	done, err := exec(ctx, c, func() (driver.Result, error) {
		return run(ctx, c, query, len(args),
			func() (driver.Result, error) { return c.pqConn.ExecContext(ctx, query, args) },
			func(st pqStmt) (driver.Result, error) { return st.ExecContext(ctx, args) })
	})
	if err != nil && !c.inTx && !repeatable(query) {
		err = c.lost(err)
	}
	return done, err
}

// run runs a query as a prepared statement, or by plainly if it is new to this connection or cannot be prepared.
func run[T any](
	ctx context.Context, c *conn, query string, arguments int, plainly func() (T, error), as func(pqStmt) (T, error),
) (T, error) {
	var none T
	if c.unprepared || !preparable(query, arguments) {
		return plainly()
	}
	st, kept := c.statements.Get(query)
	if !kept {
		if !c.seen.before(query) {
			return plainly()
		}
		st, err := c.keep(ctx, query)
		if err == nil {
			err = ctx.Err() // see ready
		}
		if err != nil {
			return none, err
		}
		return as(st)
	}
	result, err := as(st)
	if err == nil || !c.outdated(query, st, err) || c.inTx {
		// The transaction has failed; the next attempt prepares the statement again.
		return result, err
	}
	st, again := c.keep(ctx, query)
	if pq.As(again, pqerror.InFailedSQLTransaction) != nil {
		return none, err // a transaction that was begun with a BEGIN statement
	}
	if again != nil {
		return none, again
	}
	return as(st)
}

// keep prepares a query and caches it; the least recently used one is evicted if the cache is full.
func (c *conn) keep(ctx context.Context, query string) (pqStmt, error) {
	if text, old, some := c.statements.Oldest(); some && c.statements.Len() >= c.from.options.Statements {
		c.statements.Remove(text)
		if err := old.Close(); err != nil {
			return nil, err
		}
	}
	made, err := c.pqConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	inner, ok := made.(pqStmt)
	if !ok {
		return nil, errors.Join(errors.New("a query that copies has arguments"), made.Close())
	}
	return c.statements.Add(query, inner), nil
}

// outdated reports whether a cached statement may have failed because the schema has changed since it was prepared, and
// evicts it then. PostgreSQL plans a statement again by itself, but does not change the types of its arguments and
// columns.
func (c *conn) outdated(query string, st pqStmt, err error) bool {
	failure := pq.As(err)
	if failure == nil {
		return false
	}
	switch failure.Code {
	case pqerror.InvalidSQLStatementName: // DISCARD ALL or DEALLOCATE ALL removed all statements
		c.statements.RemoveFunc(func(string, pqStmt) bool { return true })
		return true
	case pqerror.FeatureNotSupported:
		// "cached plan must not change result type", independent of the server's language.
		if failure.Routine != "RevalidateCachedQuery" {
			return false
		}
	case pqerror.UndefinedFunction, pqerror.DatatypeMismatch, pqerror.InvalidTextRepresentation,
		pqerror.NumericValueOutOfRange:
		// The type of a column may have changed. As often the value is simply wrong; then the new statement fails with the
		// same error.
	default:
		return false
	}
	c.statements.Remove(query)
	c.close(st)
	return true
}

// close closes a statement, later if the connection is busy. Errors appear at the connection's next use.
func (c *conn) close(st driver.Stmt) {
	if c.busy {
		c.doomed = append(c.doomed, st)
		return
	}
	_ = st.Close()
}

// idle marks the connection as free, and closes doomed statements.
func (c *conn) idle() {
	c.busy = false
	for _, st := range c.doomed {
		_ = st.Close()
	}
	c.doomed = nil
}

// lost replaces the error of a sent statement by ErrLost when the connection broke. Errors from the server itself are
// returned as they are.
func (c *conn) lost(err error) error {
	switch {
	case c.IsValid() || pq.As(err) != nil:
		return err
	case errors.Is(err, driver.ErrBadConn):
		return ErrLost
	}
	return fmt.Errorf("%w: %w", ErrLost, err)
}

// ready returns an error when nothing can be sent now.
func (c *conn) ready(ctx context.Context) error {
	if c.busy {
		return ErrBusy
	}
	// Otherwise lib/pq's cancel request could arrive before a query that is sent after its context has ended.
	return ctx.Err()
}

// query runs a statement that returns rows, and keeps the connection busy until they are closed.
func (c *conn) query(ctx context.Context, do func() (driver.Rows, error)) (driver.Rows, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	release := c.guard(ctx)
	made, err := do()
	if err != nil {
		release()
		return nil, err
	}
	inner, ok := made.(pqRows)
	if !ok {
		release()
		return nil, errors.Join(errors.New("this version of lib/pq is not understood"), made.Close())
	}
	c.busy = true
	return &rows{pqRows: inner, conn: c, release: release, closed: onClose(ctx)}, nil
}

// exec runs a statement that returns no rows.
func exec(ctx context.Context, c *conn, do func() (driver.Result, error)) (driver.Result, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	defer c.guard(ctx)()
	return do()
}
