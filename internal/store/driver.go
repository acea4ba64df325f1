package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/share"
	"deputy/internal/traces"
)

// driver implements Ent's driver. It sends reads and writes to their pools, and reports statements to Watch.
type driver struct {
	name        string
	read, write *sql.DB
	// readers and writers limit who gets the pools' connections; they are the same on PostgreSQL. See Store.Shared.
	readers, writers *share.Places
	// health is the pool of health checks, which on SQLite do not wait for requests.
	health *sql.DB
}

// Exec implements dialect.Driver.
func (d *driver) Exec(ctx context.Context, query string, args, v any) error {
	return conn(ctx, d.name, query, d.pool(query)).Exec(ctx, query, args, v)
}

// Query implements dialect.Driver.
func (d *driver) Query(ctx context.Context, query string, args, v any) error {
	return countRows(ctx, v, conn(ctx, d.name, query, d.pool(query)).Query(ctx, query, args, v))
}

// ExecContext runs a statement that Ent can't build.
func (d *driver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return conn(ctx, d.name, query, d.pool(query)).ExecContext(ctx, query, args...)
}

// QueryContext runs a query that Ent can't build.
func (d *driver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return conn(ctx, d.name, query, d.pool(query)).QueryContext(ctx, query, args...)
}

// Tx implements dialect.Driver. Ent begins transactions by itself only for statements that belong together; ours come
// from Store.Write.
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	return &entsql.Tx{Conn: entsql.Conn{ExecQuerier: tx}, Tx: tx}, nil
}

// Close implements dialect.Driver; the Store closes the pools.
func (d *driver) Close() error { return nil }

// Dialect implements dialect.Driver.
func (d *driver) Dialect() string { return d.name }

func (d *driver) pool(query string) *sql.DB {
	if writes(query) {
		return d.write
	}
	return d.read
}

func conn(ctx context.Context, name, query string, q entsql.ExecQuerier) entsql.Conn {
	count(ctx, query)
	if observe, ok := ctx.Value(observerKey{}).(Observer); ok {
		q = observed{q, observe}
	}
	if traces.On(ctx) {
		q = traced{q, name}
	}
	return entsql.Conn{ExecQuerier: q}
}

// writes reports whether a statement may change something: all except SELECT and PRAGMA.
func writes(query string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n("), " ")
	return !strings.EqualFold(word, "SELECT") && !strings.EqualFold(word, "PRAGMA")
}

// statements is called for the statements that run under a context.
type statements struct{ run func(query string) }

type statementsKey struct{}

// Watch returns a context under which run is called with every statement before it is sent. It may be called
// concurrently.
func Watch(ctx context.Context, run func(query string)) context.Context {
	return context.WithValue(ctx, statementsKey{}, &statements{run})
}

func count(ctx context.Context, query string) {
	if s, ok := ctx.Value(statementsKey{}).(*statements); ok {
		s.run(query)
	}
}

// Observer is called with a statement and its arguments before it runs, and with what it runs on: a transaction, a
// connection, or a pool. It may run other statements there, such as EXPLAIN.
type Observer func(ctx context.Context, on entsql.ExecQuerier, query string, args []any)

type observerKey struct{}

// WithObserver returns a context under which observe is called with every statement. It may be called concurrently.
func WithObserver(ctx context.Context, observe Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, observe)
}

// observed calls an observer before each statement.
type observed struct {
	entsql.ExecQuerier
	observe Observer
}

// ExecContext runs a statement.
func (o observed) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	o.observe(ctx, o.ExecQuerier, query, args)
	return o.ExecQuerier.ExecContext(ctx, query, args...)
}

// QueryContext runs a query.
func (o observed) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	o.observe(ctx, o.ExecQuerier, query, args)
	return o.ExecQuerier.QueryContext(ctx, query, args...)
}

type rowsKey struct{}

// WatchRows returns a context under which row is called for every row that Ent's queries or Each read. It may be called
// concurrently.
func WatchRows(ctx context.Context, row func()) context.Context {
	return context.WithValue(ctx, rowsKey{}, row)
}

// countRows wraps the rows of a query, if err is nil, so that they are counted.
func countRows(ctx context.Context, v any, err error) error {
	if rows, ok := v.(*entsql.Rows); ok && err == nil {
		if row, ok := ctx.Value(rowsKey{}).(func()); ok {
			rows.ColumnScanner = &counting{rows.ColumnScanner, row}
		}
	}
	return err
}

// counting are rows that are counted.
type counting struct {
	entsql.ColumnScanner
	row func()
}

// Next goes on to the next row.
func (c *counting) Next() bool {
	is := c.ColumnScanner.Next()
	if is {
		c.row()
	}
	return is
}
