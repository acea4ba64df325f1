package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/internal/page"
	"deputy/internal/store/rls"
)

// Tx is a transaction. Its Client sees the transaction's own writes.
type Tx struct {
	*ent.Client
	driver        *txDriver
	recorded      bool
	notifies      bool
	change        Change
	changes       *changes
	notifications []uint64 // the numbers of the notifications
	rechecks      []func(context.Context) error
}

// Recorded marks the transaction as recorded in the audit trail; package audit calls it.
func (tx *Tx) Recorded() { tx.recorded = true }

// Wrote reports whether the transaction has written anything so far.
func (tx *Tx) Wrote() bool { return tx.driver.wrote }

// Dialect returns the database's dialect.
func (tx *Tx) Dialect() string { return tx.driver.name }

// LocksRows reports whether rows can be locked; see Store.LocksRows.
func (tx *Tx) LocksRows() bool { return tx.driver.name == dialect.Postgres }

// ForNoKeyUpdate ends a query whose rows the transaction locks, in SQL that Ent does not build. See Lock.
const ForNoKeyUpdate = "FOR NO KEY UPDATE"

// Lock locks the rows of the query against changes until the transaction ends. Other transactions may still insert rows
// that refer to them: each insert locks the row it refers to, so a lock that excludes inserts would wait as long as
// they keep coming.
func Lock[Q interface {
	ForUpdate(options ...entsql.LockOption) Q
}](tx *Tx, query Q) Q {
	if tx.LocksRows() {
		query.ForUpdate(entsql.WithLockClause(ForNoKeyUpdate))
	}
	return query
}

// LockOne returns the single row of the query, locked as by Lock. It returns missing when there is none.
func LockOne[Q interface {
	ForUpdate(options ...entsql.LockOption) Q
	Only(ctx context.Context) (*E, error)
}, E any](ctx context.Context, tx *Tx, query Q, missing error) (*E, error) {
	found, err := Lock(tx, query).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return nil, missing
	case err != nil:
		return nil, fmt.Errorf("lock a row: %w", err)
	}
	return found, nil
}

// LockEach returns the rows of the query by their keys, locked as by Lock.
func LockEach[Q interface {
	ForUpdate(options ...entsql.LockOption) Q
	All(ctx context.Context) ([]*E, error)
}, E any](ctx context.Context, tx *Tx, query Q, key func(*E) string) (map[string]*E, error) {
	rows, err := Lock(tx, query).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock rows: %w", err)
	}
	found := make(map[string]*E, len(rows))
	for _, row := range rows {
		found[key(row)] = row
	}
	return found, nil
}

// Each runs a query and calls row for each of its rows, which is gone when row returns.
func (tx *Tx) Each(ctx context.Context, query string, args []any, row func(page.Record) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// LockPart locks a part of an org until the transaction ends; other transactions that lock the same part wait.
func (tx *Tx) LockPart(ctx context.Context, orgID string, part int) error {
	if !tx.LocksRows() {
		return nil // one transaction writes at a time
	}
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext($1), $2)", orgID, part)
	return err
}

// ErrOvertaken is returned when another transaction has changed what this one relied on, and committed first.
var ErrOvertaken = errors.New("another transaction has changed what this one relies on")

// Recheck registers f, which checks again, when it is the transaction's turn to record, what the transaction relied on
// without a lock: f sees what was committed before, and later commits come after the transaction. So nobody waits for a
// transaction that only relies on something. When f returns ErrOvertaken, the transaction runs again. On SQLite, where
// one transaction writes at a time, f is not called.
func (tx *Tx) Recheck(f func(context.Context) error) {
	if tx.LocksRows() {
		tx.rechecks = append(tx.rechecks, f)
	}
}

// InTurn is called when it is the transaction's turn to record, and runs the functions of Recheck.
func (tx *Tx) InTurn(ctx context.Context) error {
	rechecks := tx.rechecks
	tx.rechecks = nil
	for _, f := range rechecks {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// WriteTime bounds Write, from its beginning until it sends the last commit: a time that f writes is at most this old
// when others see it.
const WriteTime = 30 * time.Second

// errWriteTime is returned when a transaction exceeded WriteTime.
var errWriteTime = fmt.Errorf("the transaction took too long: %w", context.DeadlineExceeded)

// Write runs f in a transaction and commits it when f returns nil; any error rolls it back and is returned unchanged. f
// may run several times, while the error is Retryable, so it must keep nothing from an earlier run. A transaction that
// wrote and was not Recorded is rolled back with ErrUnrecorded. One that is not ready to commit within WriteTime of the
// beginning of Write is rolled back too. When the connection is lost during the commit, Write returns ErrUnknownOutcome
// and does not run f again.
func (s *Store) Write(ctx context.Context, f func(context.Context, *Tx) error) error {
	end := s.clock.machine().Add(WriteTime)
	ctx, cancel := context.WithTimeout(ctx, WriteTime)
	defer cancel()
	return s.write(ctx, func() bool { return !s.clock.machine().Before(end) }, f)
}

// WriteLong is Write without WriteTime, and without Options.StatementTimeout, for commands that fill a database or read
// all of an org.
func (s *Store) WriteLong(ctx context.Context, f func(context.Context, *Tx) error) error {
	return s.write(ctx, func() bool { return false }, func(ctx context.Context, tx *Tx) error {
		if tx.LocksRows() {
			if _, err := tx.ExecContext(ctx, NoStatementTimeout); err != nil {
				return fmt.Errorf("lift the statement timeout: %w", err)
			}
		}
		return f(ctx, tx)
	})
}

// NoStatementTimeout lets the statements of a transaction on PostgreSQL take as long as they need.
const NoStatementTimeout = "SELECT set_config('statement_timeout', '0', true)"

// write is Write. A transaction that is over does not commit.
func (s *Store) write(ctx context.Context, over func() bool, f func(context.Context, *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.try(ctx, over, f)
		if attempt == retries || ctx.Err() != nil || !Retryable(err) {
			return err
		}
		if ended := pause(ctx, attempt); ended != nil {
			return fmt.Errorf("run transaction again: %w", errors.Join(ended, err))
		}
	}
}

func (s *Store) try(ctx context.Context, over func() bool, f func(context.Context, *Tx) error) (err error) {
	if err := s.file.check(); err != nil { // a write into a replaced file must not be acknowledged
		return err
	}
	var confine string
	if s.whose != nil {
		tenant, err := s.whose(ctx)
		if err != nil {
			return fmt.Errorf("confine transaction: %w", err)
		}
		confine = tenant.Transaction()
	}
	place, err := s.waitForPlace(ctx)
	if err != nil {
		return err
	}
	defer place.End()
	sqlTx, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	d := &txDriver{name: s.driver.name, tx: sqlTx, confined: confine != ""}
	tx := &Tx{Client: ent.NewClient(ent.Driver(d)), driver: d, changes: s.changes, change: Change{From: s.changes.self}}
	committed := false
	defer func() { // also when f panics
		if !committed {
			if rollback := sqlTx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) && err != nil {
				err = errors.Join(err, fmt.Errorf("roll back: %w", rollback))
			}
		}
	}()
	if d.confined {
		if _, err := sqlTx.ExecContext(ctx, confine); err != nil {
			return fmt.Errorf("confine transaction: %w", err)
		}
	}
	if err := f(ctx, tx); err != nil {
		return err
	}
	if d.wrote && !tx.recorded {
		return ErrUnrecorded
	}
	if err := tx.notify(ctx); err != nil {
		return err
	}
	if over() { // the process may have been suspended, and its timers with it
		return errWriteTime
	}
	if err := commitError(sqlTx.Commit()); err != nil {
		if tx.notifies && errors.Is(err, ErrUnknownOutcome) {
			s.changed(tx.change) // invalidating too much does no harm
		}
		return err
	}
	committed = true
	s.committed(tx)
	return nil
}

// txDriver implements Ent's driver in one transaction. It notices every write, set-based ones too.
type txDriver struct {
	name     string
	tx       *sql.Tx
	confined bool
	wrote    bool
}

func (d *txDriver) conn(ctx context.Context, query string) entsql.Conn {
	d.wrote = d.wrote || writes(query)
	return conn(ctx, d.name, query, d.tx)
}

// text gives the statements of confined transactions a text of their own: PostgreSQL plans a prepared statement again
// whenever another role runs it.
func (d *txDriver) text(query string) string {
	if d.confined {
		return query + " -- as " + rls.Role
	}
	return query
}

// Exec implements dialect.Driver.
func (d *txDriver) Exec(ctx context.Context, query string, args, v any) error {
	return d.conn(ctx, query).Exec(ctx, d.text(query), args, v)
}

// Query implements dialect.Driver.
func (d *txDriver) Query(ctx context.Context, query string, args, v any) error {
	return countRows(ctx, v, d.conn(ctx, query).Query(ctx, d.text(query), args, v))
}

// ExecContext runs a statement that Ent can't build.
func (d *txDriver) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return d.conn(ctx, query).ExecContext(ctx, d.text(query), args...)
}

// QueryContext runs a query that Ent can't build.
func (d *txDriver) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.conn(ctx, query).QueryContext(ctx, d.text(query), args...)
}

// Tx implements dialect.Driver: Ent's nested transactions are part of the running one.
func (d *txDriver) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }

// Close implements dialect.Driver.
func (d *txDriver) Close() error { return nil }

// Dialect implements dialect.Driver.
func (d *txDriver) Dialect() string { return d.name }
