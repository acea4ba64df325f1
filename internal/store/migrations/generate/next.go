package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	atlas "ariga.io/atlas/sql/schema"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"deputy/internal/store/migrations"
)

// next returns the SQL of the version that follows those of dir, or nothing when they already result in the tables.
//
// Triggers and policies are dropped first and created again by invariants.sql: rebuilding a table on SQLite loses its
// triggers, and fails at triggers of other tables that refer to it; PostgreSQL drops no column that a policy refers to.
// The version drops those that earlier versions created with their copies of that file; those of the file itself are
// dropped by the migration.
func (s *scratch) next(
	ctx context.Context, d string, dir migrate.Dir, tables []*schema.Table, invariants string,
) (string, error) {
	files, err := dir.Files()
	if err != nil {
		return "", fmt.Errorf("read versions: %w", err)
	}
	drops, gone, err := s.leftovers(ctx, d, files, tables)
	if err != nil {
		return "", fmt.Errorf("look at what the versions lead to: %w", err)
	}
	plan, err := s.diff(ctx, d, append(files[:len(files):len(files)], bare(drops)), tables)
	if err != nil {
		return "", fmt.Errorf("compare versions and tables: %w", err)
	}
	current := len(files) > 0 && endsWith(string(files[len(files)-1].Bytes()), invariants)
	if plan == "" && gone == "" && current {
		return "", nil
	}
	return drops + plan + gone + "\n" + migrations.Mark(invariants), nil
}

// endsWith reports whether a version ends with these invariants, or with their mark.
func endsWith(version, invariants string) bool {
	return strings.HasSuffix(version, invariants) || strings.HasSuffix(version, migrations.Mark(invariants))
}

// bare returns a last version that drops the policies before Atlas cleans up: Atlas does not know policies, and cannot
// drop a table that the policy of another one refers to.
func bare(drops string) migrate.File {
	return migrate.NewLocalFile("99991231235959_bare.sql", []byte(drops))
}

// diff returns the SQL that changes the schema of the versions to the tables, on an empty database.
func (s *scratch) diff(
	ctx context.Context, d string, files []migrate.File, tables []*schema.Table,
) (plan string, err error) {
	err = s.with(ctx, d, func(db *sql.DB) error {
		dir := &migrate.MemDir{}
		if err := dir.CopyFiles(files); err != nil {
			return err
		}
		maker, err := schema.NewMigrate(entsql.OpenDB(d, db), schema.WithDir(dir),
			schema.WithMigrationMode(schema.ModeReplay),
			schema.WithFormatter(migrate.DefaultFormatter), schema.WithDropColumn(true), schema.WithDropIndex(true),
			schema.WithDiffOptions(atlas.DiffNormalized()), schema.WithDiffHook(settle(ctx, d, db)))
		if err != nil {
			return err
		}
		if err := maker.NamedDiff(ctx, "next", tables...); err != nil {
			return err
		}
		after, err := dir.Files()
		if err != nil {
			return err
		}
		for _, file := range after {
			if !slices.ContainsFunc(files, func(f migrate.File) bool { return f.Name() == file.Name() }) {
				plan = string(file.Bytes())
			}
		}
		return nil
	})
	return plan, err
}

// settle normalizes the checks once more, as applying a version does: PostgreSQL rewrites "x IN ('a')", and rewrites
// the result again when it reads it.
func settle(ctx context.Context, d string, db *sql.DB) schema.DiffHook {
	return func(next schema.Differ) schema.Differ {
		return schema.DiffFunc(func(current, desired *atlas.Schema) ([]atlas.Change, error) {
			if d != dialect.Postgres {
				return next.Diff(current, desired)
			}
			driver, err := postgres.Open(db)
			if err != nil {
				return nil, err
			}
			normalizer, ok := driver.(atlas.Normalizer)
			if !ok {
				return nil, errors.New("atlas can't settle checks")
			}
			settled, err := normalizer.NormalizeSchema(ctx, desired)
			if err != nil {
				return nil, err
			}
			return next.Diff(current, settled)
		})
	}
}

// leftovers returns the SQL that drops all triggers and policies, and the SQL that drops tables that no longer exist in
// the entities.
func (s *scratch) leftovers(
	ctx context.Context, d string, files []migrate.File, tables []*schema.Table,
) (triggers, gone string, err error) {
	err = s.with(ctx, d, func(db *sql.DB) error {
		for _, file := range files {
			if _, err := db.ExecContext(ctx, string(file.Bytes())); err != nil {
				return fmt.Errorf("version %s: %w", file.Name(), err)
			}
		}
		names, err := list(ctx, db, migrations.Standing(d))
		if err != nil {
			return err
		}
		for _, name := range names {
			triggers += "DROP " + ifThere(name) + ";\n"
		}
		names, err = list(ctx, db, tablesOf(d))
		if err != nil {
			return err
		}
		for _, name := range names {
			if !slices.ContainsFunc(tables, func(t *schema.Table) bool { return t.Name == name }) {
				gone += "-- Drop \"" + name + "\" table\nDROP TABLE \"" + name + "\";\n"
			}
		}
		return nil
	})
	return triggers, gone, err
}

// ifThere inserts IF EXISTS before the name of a trigger or a policy: one that invariants.sql created has been dropped
// already.
func ifThere(name string) string {
	kind, rest, _ := strings.Cut(name, " ")
	return kind + " IF EXISTS " + rest
}

func list(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	var names []string
	err = entsql.ScanSlice(rows, &names)
	return names, err
}
