package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/internal/page"
	"deputy/internal/store/rls"
)

// Tenant is the tenant whose rows a request can access.
type Tenant = rls.Tenant

// Whose is a function that returns the tenant of a context.
type Whose func(context.Context) (Tenant, error)

// Confined returns the store under row level security: PostgreSQL limits everything that runs through it to the rows of
// the tenant, even when a query lacks its predicate. When whose returns an error, nothing runs. It writes only through
// Write; for reads see WithReads. It shares everything with the store, which is the one to close. On SQLite, and with
// Options.NoRowSecurity, it returns the store itself.
func (s *Store) Confined(whose Whose) *Store {
	if s.Dialect() != dialect.Postgres || s.noRowSecurity {
		return s
	}
	behind := *s
	behind.whose = whose
	behind.confined = &confined{db: s.driver.read, whose: whose, pooler: s.pooler}
	behind.Client = ent.NewClient(ent.Driver(behind.confined))
	return &behind
}

// ErrRequestRole is returned when the user of the database can't act as the role of requests.
var ErrRequestRole = errors.New("the user in DATABASE_URL can't act as the role " + rls.Role + ", which row level " +
	"security needs: have a PostgreSQL administrator grant it (GRANT " + rls.Role + " TO the user; if the role does not " +
	"exist, run CREATE ROLE " + rls.Role + " NOLOGIN first), or disable row level security (DATABASE_RLS=off)")

// checkRole returns an error when requests can't be confined.
func (s *Store) checkRole(ctx context.Context) error {
	if s.Dialect() != dialect.Postgres || s.noRowSecurity {
		return nil
	}
	if there, err := s.hasWall(ctx, s.driver.read); err != nil || !there {
		return cmp.Or(err, ErrNoRowSecurity)
	}
	tx, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("check the role of requests: %w", err)
	}
	_, err = tx.ExecContext(ctx, Tenant{}.Transaction()+"; SELECT FROM orgs LIMIT 0")
	if rollback := tx.Rollback(); err == nil && rollback != nil {
		return fmt.Errorf("check the role of requests: %w", rollback)
	}
	switch sqlState(err) {
	case "":
		return err
	case "42501", "22023", "42704": // not allowed, or no such role
		return fmt.Errorf("%w: %w", ErrRequestRole, err)
	}
	return fmt.Errorf("check the role of requests: %w", err)
}

var errConfinedWrite = errors.New("a request may write only in a transaction")

// confined implements Ent's driver under row level security.
type confined struct {
	db     *sql.DB
	whose  Whose
	pooler bool
	seats  *seats
}

// Exec implements dialect.Driver.
func (*confined) Exec(context.Context, string, any, any) error { return errConfinedWrite }

// ExecContext refuses statements outside of a transaction.
func (*confined) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, errConfinedWrite
}

// Query implements dialect.Driver.
func (d *confined) Query(ctx context.Context, query string, args, v any) error {
	return countRows(ctx, v, entsql.Conn{ExecQuerier: d}.Query(ctx, query, args, v))
}

// QueryContext reads on a connection that is confined to the tenant: that of the context's reads, or any other. Through
// a pooler, where connections are not ours, it reads in a confined transaction.
func (d *confined) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	err = d.runRead(ctx, query, func(ctx context.Context, r *reads, tenant Tenant) (err error) {
		rows, err = r.query(ctx, d, tenant, query, args)
		return err
	})
	return rows, err
}

// each is QueryContext that calls row for each row.
func (d *confined) each(ctx context.Context, query string, args []any, row func(page.Record) error) error {
	return d.runRead(ctx, query, func(ctx context.Context, r *reads, tenant Tenant) error {
		return r.each(ctx, d, tenant, query, args, row)
	})
}

func (d *confined) runRead(
	ctx context.Context, query string, ask func(context.Context, *reads, Tenant) error,
) (err error) {
	if writes(query) {
		return errConfinedWrite
	}
	tenant, err := d.whose(ctx)
	if err != nil {
		return fmt.Errorf("confine a read: %w", err)
	}
	count(ctx, query)
	ctx, end := statement(ctx, dialect.Postgres, query)
	defer func() { end(err) }()
	if shared, ok := ctx.Value(readsKey{}).(*reads); ok {
		if err := ask(ctx, shared, tenant); !errors.Is(err, errEnded) {
			return err
		}
	}
	alone := newReads()
	defer alone.end()
	return ask(ctx, alone, tenant)
}

// Tx implements dialect.Driver.
func (*confined) Tx(context.Context) (dialect.Tx, error) { return nil, errConfinedWrite }

// Close implements dialect.Driver.
func (*confined) Close() error { return nil }

// Dialect implements dialect.Driver.
func (*confined) Dialect() string { return dialect.Postgres }
