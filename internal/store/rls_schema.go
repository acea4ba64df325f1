package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq/pqerror"

	"deputy/internal/bulk"
	"deputy/internal/store/migrations"
	"deputy/internal/store/rls"
)

// ErrNoRowSecurity is returned when the schema was created without row level security, by a user that could not
// have the role of requests.
var ErrNoRowSecurity = errors.New("the schema was created without row level security (DATABASE_RLS=off): run `deputy " +
	"migrate` with DATABASE_RLS=on to add it, or keep DATABASE_RLS=off")

// run runs the statements of a version. With Options.NoRowSecurity, when they are refused because the user can't have
// the role of requests, it runs them without row level security.
func (s *Store) run(ctx context.Context, tx *sql.Tx, statements string) error {
	if s.Dialect() != dialect.Postgres || !s.noRowSecurity || !strings.Contains(statements, rls.Role) {
		_, err := tx.ExecContext(ctx, statements)
		return err
	}
	if _, err := tx.ExecContext(ctx, "SAVEPOINT wall"); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, statements)
	if pqerror.Code(sqlState(err)) != pqerror.InsufficientPrivilege {
		return err
	}
	if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT wall"); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, rls.Without(statements))
	return err
}

// hasWall reports whether the schema has row level security policies.
func (s *Store) hasWall(ctx context.Context, q entsql.ExecQuerier) (bool, error) {
	n, _, err := bulk.One[int](ctx, q, rls.Policies)
	if err != nil {
		return false, fmt.Errorf("check for row level security: %w", err)
	}
	return n > 0, nil
}

// raise adds row level security to a schema that was created without it.
func (s *Store) raise(ctx context.Context, conn *sql.Conn) (err error) {
	if s.Dialect() != dialect.Postgres || s.noRowSecurity {
		return nil
	}
	// versions of tests, or older than row level security
	if there, err := s.hasTable(ctx, conn, "roles"); err != nil || !there {
		return err
	}
	if there, err := s.hasWall(ctx, conn); err != nil || there {
		return err
	}
	invariants, err := migrations.Invariants(dialect.Postgres)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("add row level security: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := s.lockMigration(ctx, tx); err != nil {
		return err
	}
	if there, err := s.hasWall(ctx, tx); err != nil || there { // another server has added it
		return err
	}
	for _, statements := range []string{rls.Clear, invariants} {
		if _, err := tx.ExecContext(ctx, statements); err != nil {
			return fmt.Errorf("add row level security: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("add row level security: %w", err)
	}
	return nil
}
