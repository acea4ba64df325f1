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
	// versionTable records the applied versions.
	versionTable = "schema_versions"
	// migrationLock is the advisory lock under which versions are applied on PostgreSQL.
	migrationLock = 0x6465707574792
)

// Migrate applies the pending versions of the schema. Each runs in a transaction of its own, or together with the
// versions that follow it until the invariants are applied: when Migrate is interrupted, the database is as the last of
// these transactions left it. Several servers may call it at once; one applies a version, and the others wait. A SQLite
// file that is mostly free is compacted. It returns a *VersionError when the database has versions that this program
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

// closeTemporary revokes the right to create temporary tables from the role of requests, and from everybody but the
// database's owner. The right belongs to the database, so a copy or a dump does not have it revoked, and only the owner
// can revoke it. The search path of requests puts the schema's tables first in any case.
func (s *Store) closeTemporary(ctx context.Context) error {
	var open bool
	err := s.driver.write.QueryRowContext(ctx, "SELECT has_database_privilege($1, datname, 'TEMPORARY') AND "+
		"pg_has_role(datdba, 'USAGE') "+
		"FROM pg_database WHERE datname = current_database()", rls.Role).Scan(&open)
	if err != nil {
		return fmt.Errorf("check the right to temporary tables: %w", err)
	}
	if !open {
		return nil
	}
	tx, err := s.driver.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("revoke temporary tables: %w", err)
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
		return fmt.Errorf("revoke temporary tables: %w", err)
	}
	return nil
}

// Made reports whether Migrate found the database empty and created its tables.
func (s *Store) Made() bool { return s.made }

// Prepare migrates if migrates is true, and checks the version in any case.
func (s *Store) Prepare(ctx context.Context, migrates bool) error {
	if migrates {
		if err := s.Migrate(ctx); err != nil {
			return explainSQLite(s.where, err)
		}
	}
	return explainSQLite(s.where, s.CheckVersion(ctx))
}

// MigrateTo is Migrate with versions other than those of this program, for tests with older and newer schemas.
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
	// Most starts have nothing to do, and need neither a lock nor the right to create tables to find that out.
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
		// Tables can be rebuilt only without foreign keys: dropping the old table would delete the rows that refer to it. A
		// connection that does not check them is not reused.
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

// step applies the next version, together with those that follow it while the database is without invariants, and
// reports whether more are pending. Its lock belongs to the transaction, so that it ends with the connection and works
// through a pooler.
func (s *Store) step(
	ctx context.Context, conn *sql.Conn, versions []version, invariants string,
) (more bool, err error) {
	options := &sql.TxOptions{}
	if s.Dialect() == dialect.Postgres {
		options.Isolation = sql.LevelReadCommitted // sees what others did while we waited for the lock
	}
	// The statements end with the context; the rollback does not, and is finished when step returns.
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
			return false, fmt.Errorf("apply schema version %s (rolled back): %w", next.name, err)
		}
		if bare && len(rest) == 1 {
			if err := s.run(ctx, tx, invariants); err != nil {
				return false, fmt.Errorf("apply the invariants of schema version %s (rolled back): %w", next.name, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("commit schema versions: %w", err)
	}
	return len(rest) > 0, nil
}

// clear drops all triggers and policies before a version; the invariants create them again afterwards.
func (s *Store) clear(ctx context.Context, tx *sql.Tx) error {
	if s.LocksRows() { // pending deferred constraints would keep tables from being altered
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

// lockMigration excludes other servers until the transaction ends. On SQLite nothing is needed: there is only one
// writing transaction.
func (s *Store) lockMigration(ctx context.Context, tx *sql.Tx) error {
	if s.Dialect() == dialect.SQLite {
		return nil
	}
	// Other servers and the version itself may take long, but waiting for the lock of a table stays bounded by the
	// settings.
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

// apply runs the version's statements. Both drivers accept several statements at once, and both databases can roll back
// schema changes.
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

// discard closes a connection instead of returning it to the pool.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return sqldriver.ErrBadConn })
	if errors.Is(err, sqldriver.ErrBadConn) {
		return nil
	}
	return err
}

// checkForeignKeys returns an error when a version that was applied without foreign keys violated one.
func checkForeignKeys(ctx context.Context, tx *sql.Tx) error {
	tables, err := bulk.Collect[string](ctx, tx, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
	if err != nil {
		return fmt.Errorf("check foreign keys: %w", err)
	}
	if len(tables) > 0 {
		return fmt.Errorf("check foreign keys: rows of %v refer to missing rows", tables)
	}
	return nil
}
