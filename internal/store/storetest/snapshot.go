package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
	"modernc.org/sqlite"

	"deputy/internal/store"
)

// Snapshot has the rows of a database at a time. It can be restored in other databases of the process's tests, which is
// many times faster than creating the rows through the API.
type Snapshot struct {
	dialect string
	file    []byte // of SQLite
	script  string // of PostgreSQL
}

// Snap returns a snapshot of the database.
func Snap(t testing.TB, s *store.Store) *Snapshot {
	t.Helper()
	made := &Snapshot{dialect: s.Dialect()}
	var err error
	if made.dialect == dialect.SQLite {
		made.file, err = contentOf(t.Context(), s.DB(), filepath.Join(t.TempDir(), "snapshot.db"))
	} else {
		made.script, err = scriptOf(t.Context(), s.DB())
	}
	if err != nil {
		t.Fatalf("take a snapshot: %v", err)
	}
	return made
}

// Restore replaces the rows of a database of the same dialect and schema by those of the snapshot.
func (p *Snapshot) Restore(t testing.TB, s *store.Store) {
	t.Helper()
	var err error
	if p.dialect == dialect.SQLite {
		err = restoreFile(t.Context(), s.DB(), filepath.Join(t.TempDir(), "snapshot.db"), p.file)
	} else {
		_, err = s.DB().ExecContext(t.Context(), p.script)
	}
	if err != nil {
		t.Fatalf("restore a snapshot: %v", err)
	}
}

func contentOf(ctx context.Context, db *sql.DB, path string) ([]byte, error) {
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// restoreFile overwrites an open database, page by page, as SQLite's backups do.
func restoreFile(ctx context.Context, db *sql.DB, path string, content []byte) (err error) {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(inner any) error {
		restorer, ok := inner.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver restores nothing")
		}
		restoring, err := restorer.NewRestore(path)
		if err != nil {
			return err
		}
		_, err = restoring.Step(-1)
		return errors.Join(err, restoring.Finish())
	})
}

// table is a table of PostgreSQL, with the columns that can be written.
type table struct {
	name    string
	columns []string
	rows    string
	follows []string
}

// scriptOf returns one transaction that inserts the rows of all tables. No trigger runs: the rows include what the
// triggers wrote.
func scriptOf(ctx context.Context, db *sql.DB) (string, error) {
	tables, err := tablesOf(ctx, db)
	if err != nil {
		return "", err
	}
	if tables, err = parentsFirst(tables); err != nil {
		return "", err
	}
	var script strings.Builder
	each := func(statement string) {
		for _, t := range tables {
			fmt.Fprintf(&script, statement+";\n", pq.QuoteIdentifier(t.name))
		}
	}
	each("ALTER TABLE %s DISABLE TRIGGER USER")
	slices.Reverse(tables)
	each("DELETE FROM %s")
	slices.Reverse(tables)
	for _, t := range tables {
		if t.rows == "" {
			continue
		}
		columns := strings.Join(t.columns, ", ")
		fmt.Fprintf(&script, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %[2]s FROM "+
			"json_populate_recordset(NULL::%[1]s, %[3]s);\n",
			pq.QuoteIdentifier(t.name), columns, pq.QuoteLiteral(t.rows))
	}
	script.WriteString("SET CONSTRAINTS ALL IMMEDIATE;\n") // a table with pending deferred checks cannot be altered
	each("ALTER TABLE %s ENABLE TRIGGER USER")
	rows, err := db.QueryContext(ctx, `SELECT format('SELECT setval(%L, %s);', quote_ident(sequencename), last_value)
FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL`)
	if err != nil {
		return "", err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return "", err
		}
		fmt.Fprintln(&script, statement)
	}
	return script.String(), rows.Err()
}

func tablesOf(ctx context.Context, db *sql.DB) ([]*table, error) {
	rows, err := db.QueryContext(ctx, `SELECT c.relname,
	(SELECT array_agg(quote_ident(attname)) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
	(SELECT array_agg(DISTINCT p.relname::text) FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
		WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid)
FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err returns the error
	var tables []*table
	for rows.Next() {
		t := &table{}
		if err := rows.Scan(&t.name, pq.Array(&t.columns), pq.Array(&t.follows)); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for _, t := range tables {
		query := "SELECT coalesce(json_agg(t)::text, '') FROM " + pq.QuoteIdentifier(t.name) + " t"
		if err := db.QueryRowContext(ctx, query).Scan(&t.rows); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// parentsFirst sorts tables so that each one follows the tables that its foreign keys refer to.
func parentsFirst(tables []*table) ([]*table, error) {
	var sorted []*table
	placed := map[string]bool{}
	for len(sorted) < len(tables) {
		before := len(sorted)
		for _, t := range tables {
			waits := slices.ContainsFunc(t.follows, func(parent string) bool { return !placed[parent] })
			if !placed[t.name] && !waits {
				sorted, placed[t.name] = append(sorted, t), true
			}
		}
		if len(sorted) == before {
			return nil, errors.New("foreign keys lead in a circle: some of them have to wait for the end of the transaction")
		}
	}
	return sorted, nil
}
