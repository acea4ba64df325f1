package prepared

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// PrepareContext implements driver.ConnPrepareContext: for statements that the caller prepares, and for COPY.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	defer c.guard(ctx)()
	made, err := c.pqConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if inner, ok := made.(pqStmt); ok {
		return &stmt{pqStmt: inner, conn: c}, nil
	}
	c.busy = true
	return &copying{Stmt: made, conn: c}, nil
}

// Prepare implements driver.Conn.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	release := c.guard(ctx)
	inner, err := c.pqConn.BeginTx(ctx, opts)
	if err != nil {
		release()
		return nil, err
	}
	c.inTx = true
	return &tx{Tx: inner, conn: c, release: release}, nil
}

// Begin implements driver.Conn.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Ping implements driver.Pinger.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	defer c.guard(ctx)()
	return c.pqConn.Ping(ctx)
}

// rows are the rows of a query; the connection is busy until they are closed.
type rows struct {
	pqRows
	conn    *conn
	release func()
	closed  func()
	over    bool
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	err := r.pqRows.Next(dest)
	if errors.Is(err, io.EOF) && !r.HasNextResultSet() {
		r.end()
	}
	return err
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	defer r.end()
	return r.pqRows.Close()
}

func (r *rows) end() {
	if !r.over {
		r.over = true
		r.release()
		r.conn.idle()
		r.closed()
	}
}

// stmt is a statement that the caller prepared.
type stmt struct {
	pqStmt
	conn *conn
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.query(ctx, func() (driver.Rows, error) { return s.pqStmt.QueryContext(ctx, args) })
}

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return exec(ctx, s.conn, func() (driver.Result, error) { return s.pqStmt.ExecContext(ctx, args) })
}

// Close implements driver.Stmt.
func (s *stmt) Close() error {
	if s.conn.busy {
		s.conn.close(s.pqStmt)
		return nil
	}
	return s.pqStmt.Close()
}

// copying is a COPY … FROM STDIN; the connection is busy until it ends.
type copying struct {
	driver.Stmt
	conn *conn
	over bool
}

// Close implements driver.Stmt.
func (c *copying) Close() error {
	if !c.over {
		c.over = true
		defer c.conn.idle()
	}
	return c.Stmt.Close()
}

// tx is a transaction with a guard until its end.
type tx struct {
	driver.Tx
	conn    *conn
	release func()
}

// Commit implements driver.Tx.
func (t *tx) Commit() error {
	defer t.release()
	t.conn.inTx = false
	if !t.conn.IsValid() {
		// lib/pq returns the error as well, sends nothing, and cleans up.
		return t.Tx.Commit()
	}
	if err := t.Tx.Commit(); err != nil {
		return t.conn.lost(err)
	}
	return nil
}

// Rollback implements driver.Tx.
func (t *tx) Rollback() error {
	defer t.release()
	t.conn.inTx = false
	return t.Tx.Rollback()
}
