package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/bulk"
	"deputy/internal/store/migrations"
	"deputy/internal/store/rls"
)

const (
	// versionTable remembers which versions were applied.
	versionTable = "schema_versions"
	// migrationLock is the advisory lock under which versions are applied on PostgreSQL.
	migrationLock = 0x6465707574792
)

// Migrate applies the versions of the schema that the database does not have yet, each in a transaction of its own, or
// several in one until the invariants follow: when it is interrupted, the database is as the last of these left it. Any
// number of servers may do so at once; one applies a version, and the others wait. Of a SQLite file that is mostly
// free, the space goes back to the disk. It returns a *VersionError when the database has a history that this program
// does not know.
func (s *Store) Migrate(ctx context.Context) error {
	dir, err := migrations.Versions(s.Dialect())
	if err != nil {
		return err
	}
	err = s.MigrateTo(ctx, dir)
	switch {
	case err != nil:
		return err
	case s.Dialect() == dialect.SQLite:
		return s.giveBack(ctx)
	case s.noRowSecurity:
		return nil
	}
	return s.closeTemporary(ctx)
}

// closeTemporary takes from requests, and from everybody but the database's owner, the right to make temporary tables.
// It belongs to the database, which a copy or a dump leaves behind, and only the owner can take it; requests find the
// tables first in any case.
func (s *Store) closeTemporary(ctx context.Context) error {
	var open bool
	err := s.driver.write.QueryRowContext(ctx, "SELECT has_database_privilege($1, datname, 'TEMPORARY') AND "+
		"pg_has_role(datdba, 'USAGE') "+
		"FROM pg_database WHERE datname = current_database()", rls.Role).Scan(&open)
	if err != nil {
		return fmt.Errorf("look for temporary tables: %w", err)
	}
	if !open {
		return nil
	}
	tx, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("close temporary tables: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it is committed by then
	if err := s.lockMigration(ctx, tx); err != nil {
		return err
	}
	//nolint:gosec // the role is a constant
	_, err = tx.ExecContext(ctx,
		"DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, "+rls.Role+"', current_database()); END $$")
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("close temporary tables: %w", err)
	}
	return nil
}

// Made reports whether Migrate found the database empty and made everything in it.
func (s *Store) Made() bool { return s.made }

// Prepare migrates when it is told to, and checks the version either way.
func (s *Store) Prepare(ctx context.Context, migrates bool) error {
	if migrates {
		if err := s.Migrate(ctx); err != nil {
			return explainSQLite(s.where, err)
		}
	}
	return explainSQLite(s.where, s.CheckVersion(ctx))
}

// MigrateTo is Migrate to versions other than those of this program; tests lead databases through past and future with
// it.
func (s *Store) MigrateTo(ctx context.Context, dir migrate.Dir) error {
	invariants, err := migrations.Invariants(s.Dialect())
	if err != nil {
		return err
	}
	return s.MigrateWith(ctx, dir, invariants)
}

// MigrateWith is MigrateTo with other invariants.
func (s *Store) MigrateWith(ctx context.Context, dir migrate.Dir, invariants string) (err error) {
	versions, err := history(dir)
	if err != nil {
		return err
	}
	conn, err := s.driver.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	defer func() {
		if closing := conn.Close(); !errors.Is(closing, sql.ErrConnDone) {
			err = errors.Join(err, closing)
		}
	}()
	// Most starts find nothing to do, and need no lock and no right to create tables to see it.
	applied, err := s.applied(ctx, conn)
	if err != nil {
		return err
	}
	rest, err := pending(versions, applied)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return s.raise(ctx, conn)
	}
	if err := errors.Join(s.checkEncoding(ctx, conn), s.checkSchema(ctx, conn)); err != nil {
		return err
	}
	if s.Dialect() == dialect.SQLite {
		// Tables can be rebuilt only without foreign keys: dropping the old one would delete what refers to it. A connection
		// that does not check them is not used for anything else.
		defer func() { err = errors.Join(err, discard(conn)) }()
		if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
			return fmt.Errorf("prepare to migrate: %w", err)
		}
	}
	for more := true; more; {
		if more, err = s.step(ctx, conn, versions, invariants); err != nil {
			return err
		}
	}
	s.made = len(applied) == 0
	return s.raise(ctx, conn)
}

// step applies the next version, and reports whether there was one; with those that follow it, where it leaves the
// database without invariants. The lock is that of its transaction, so it is gone with the connection and passes a
// pooler.
func (s *Store) step(
	ctx context.Context, conn *sql.Conn, versions []version, invariants string,
) (more bool, err error) {
	options := &sql.TxOptions{}
	if s.Dialect() == dialect.Postgres {
		options.Isolation = sql.LevelReadCommitted // see what others did while we waited for the lock
	}
	// The statements end with the context; the rollback is ours, and over when we return.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), options)
	if err != nil {
		return false, fmt.Errorf("begin to migrate: %w", err)
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) && err != nil {
			err = errors.Join(err, fmt.Errorf("roll back: %w", rollback))
		}
	}()
	if err := s.lockMigration(ctx, tx); err != nil {
		return false, err
	}
	applied, err := s.applied(ctx, tx)
	if err != nil {
		return false, err
	}
	rest, err := pending(versions, applied)
	if err != nil || len(rest) == 0 {
		return false, err
	}
	for bare := true; bare && len(rest) > 0; rest = rest[1:] {
		next := rest[0]
		bare = migrations.Marked(next.sql)
		if err := s.apply(ctx, tx, next); err != nil {
			return false, fmt.Errorf("apply schema version %s, which left nothing behind: %w", next.name, err)
		}
		if bare && len(rest) == 1 {
			if err := s.run(ctx, tx, invariants); err != nil {
				return false, fmt.Errorf("apply the invariants of schema version %s, which left nothing behind: %w", next.name, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("commit schema versions: %w", err)
	}
	return len(rest) > 0, nil
}

// clear drops all triggers and policies, before a version that is followed by the invariants.
func (s *Store) clear(ctx context.Context, tx *sql.Tx) error {
	if s.LocksRows() { // what waits for the end of the transaction would keep tables from being altered
		if _, err := tx.ExecContext(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return err
		}
	}
	names, err := bulk.Collect[string](ctx, tx, migrations.Standing(s.Dialect()))
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, "DROP "+name); err != nil {
			return err
		}
	}
	return nil
}

// lockMigration keeps other servers out until the transaction ends. On SQLite it is there already: a transaction that
// writes is alone.
func (s *Store) lockMigration(ctx context.Context, tx *sql.Tx) error {
	if s.Dialect() == dialect.SQLite {
		return nil
	}
	// Others may be long at it, and so may a version; but to wait for the lock of a table stays as short as the settings
	// say.
	for _, statement := range []string{
		"SET LOCAL statement_timeout = 0",
		"SET LOCAL lock_timeout = 0",
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(migrationLock)),
		"SET LOCAL lock_timeout TO DEFAULT",
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("wait for other servers to migrate: %w", err)
		}
	}
	return nil
}

// apply runs the version's statements. Both drivers take them all at once, and both databases roll back changes of
// tables.
func (s *Store) apply(ctx context.Context, tx *sql.Tx, v version) error {
	if _, err := tx.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+versionTable+
		" (version varchar NOT NULL PRIMARY KEY, hash varchar NOT NULL, applied_at timestamp NOT NULL DEFAULT "+
		"CURRENT_TIMESTAMP)"); err != nil {
		return err
	}
	if migrations.Marked(v.sql) {
		if err := s.clear(ctx, tx); err != nil {
			return fmt.Errorf("drop triggers and policies: %w", err)
		}
	}
	turn := transitionOf(v)
	if turn.before != nil {
		if err := turn.before(ctx, tx, s.Dialect()); err != nil {
			return err
		}
	}
	if err := s.run(ctx, tx, v.sql); err != nil {
		return err
	}
	if turn.after != nil {
		if err := turn.after(ctx, tx, s.Dialect()); err != nil {
			return err
		}
	}
	if s.Dialect() == dialect.SQLite {
		if err := checkForeignKeys(ctx, tx); err != nil {
			return err
		}
	}
	insert, args := entsql.Dialect(s.Dialect()).Insert(versionTable).Columns("version", "hash").Values(v.name,
		v.hash).Query()
	_, err := tx.ExecContext(ctx, insert, args...)
	return err
}

// discard closes a connection for good, instead of giving it back to the pool.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return sqldriver.ErrBadConn })
	if errors.Is(err, sqldriver.ErrBadConn) {
		return nil
	}
	return err
}

// checkForeignKeys reports whether a version that was applied without foreign keys broke one.
func checkForeignKeys(ctx context.Context, tx *sql.Tx) error {
	tables, err := bulk.Collect[string](ctx, tx, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
	if err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	if len(tables) > 0 {
		return fmt.Errorf("check foreign keys: rows of %v refer to rows that are not there", tables)
	}
	return nil
}
