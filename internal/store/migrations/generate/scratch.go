package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
	_ "github.com/lib/pq"  // the drivers of
	_ "modernc.org/sqlite" // both dialects

	"deputy/internal/store/pgtest"
)

// scratch creates empty databases for comparisons.
type scratch struct{ admin string }

// newScratch uses or starts a PostgreSQL; release stops one that it started.
func newScratch(ctx context.Context) (s *scratch, release func() error, err error) {
	admin, release, err := pgtest.Acquire(ctx, pgtest.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("start a PostgreSQL to try things on: %w", err)
	}
	return &scratch{admin}, release, nil
}

// with calls do with an empty database, and drops it afterwards.
func (s *scratch) with(ctx context.Context, d string, do func(*sql.DB) error) error {
	if d == dialect.SQLite {
		return withFile(do)
	}
	url, drop, err := pgtest.Create(ctx, s.admin, "template0")
	if err != nil {
		return err
	}
	db, err := sql.Open("postgres", url)
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	return errors.Join(err, drop(context.WithoutCancel(ctx)))
}

func withFile(do func(*sql.DB) error) error {
	folder, err := os.MkdirTemp("", "deputy-migration-")
	if err != nil {
		return fmt.Errorf("make a folder to try things in: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "scratch.db")+"?_pragma=foreign_keys(1)")
	if err == nil {
		err = errors.Join(do(db), db.Close())
	}
	return errors.Join(err, os.RemoveAll(folder))
}

func tablesOf(d string) string {
	if d == dialect.SQLite {
		return "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' " +
			"ORDER BY name" // without virtual tables and their shadow tables
	}
	return "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
}
