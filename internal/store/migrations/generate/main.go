// Command generate writes the next version of the database's schema, for both dialects: the difference between the
// existing versions and the entities, followed by invariants.sql.
//
//	make migration name=add_creators
//
// It needs an empty PostgreSQL for the comparison, and starts one when TEST_DATABASE_URL is not set. A version may be
// edited, to move data for instance, until it is released; -sum then updates the checksums.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"

	"deputy/internal/store"
	"deputy/internal/store/migrations"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout, time.Now); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer, now func() time.Time) (err error) {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	name := flags.String("name", "", "what the version does, in lower_case")
	folder := flags.String("folder", "internal/store/migrations", "the `folder` of the versions")
	sum := flags.Bool("sum", false, "only make the checksums anew, after a version that nobody has was edited")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *sum {
		return errors.Join(resum(filepath.Join(*folder, migrations.Folder(dialect.SQLite))),
			resum(filepath.Join(*folder, migrations.Folder(dialect.Postgres))))
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{1,40}$`).MatchString(*name) {
		return errors.New("give the version a name, in lower_case: make migration name=add_creators")
	}
	scratch, release, err := newScratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	version := now().UTC().Format("20060102150405") + "_" + *name
	for _, d := range []string{dialect.SQLite, dialect.Postgres} {
		tables, err := store.Tables(d)
		if err != nil {
			return err
		}
		w := writer{
			scratch: scratch, tables: tables, dialect: d, folder: filepath.Join(*folder, migrations.Folder(d)),
			out: out,
		}
		if err := w.write(ctx, version); err != nil {
			return fmt.Errorf("%s: %w", migrations.Folder(d), err)
		}
	}
	return nil
}

// writer writes versions to the folder of a dialect.
type writer struct {
	*scratch
	tables  []*schema.Table
	dialect string
	folder  string
	out     io.Writer
}

// write adds the version, unless nothing has changed.
func (w writer) write(ctx context.Context, version string) error {
	dir, err := migrations.Read(os.DirFS(w.folder))
	if err != nil {
		return err
	}
	invariants, err := os.ReadFile(filepath.Join(w.folder, "invariants.sql"))
	if err != nil {
		return fmt.Errorf("read invariants: %w", err)
	}
	content, err := w.next(ctx, w.dialect, dir, w.tables, string(invariants))
	if err != nil {
		return err
	}
	if content == "" {
		fmt.Fprintf(w.out, "%s: nothing has changed\n", migrations.Folder(w.dialect))
		return nil
	}
	file := filepath.Join(w.folder, version+".sql")
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil { //nolint:gosec // a source file
		return fmt.Errorf("write version: %w", err)
	}
	fmt.Fprintln(w.out, file)
	return resum(w.folder)
}

// resum writes the checksums of the versions in the folder.
func resum(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return err
	}
	var versions []migrate.File
	for _, path := range files {
		if filepath.Base(path) == "invariants.sql" {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		versions = append(versions, migrate.NewLocalFile(filepath.Base(path), content))
	}
	hashes, err := migrate.NewHashFile(versions)
	if err != nil {
		return fmt.Errorf("make checksums: %w", err)
	}
	text, err := hashes.MarshalText()
	if err != nil {
		return fmt.Errorf("make checksums: %w", err)
	}
	return os.WriteFile(filepath.Join(folder, migrate.HashFileName), text, 0o644) //nolint:gosec // a source file
}
