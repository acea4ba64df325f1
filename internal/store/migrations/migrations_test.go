package migrations

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

func TestEveryVersionEndsWithItsInvariants(t *testing.T) {
	t.Parallel()
	for _, d := range []string{dialect.SQLite, dialect.Postgres} {
		dir, err := Versions(d)
		if err != nil {
			t.Fatal(err)
		}
		files, err := dir.Files()
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d versions, %v", d, len(files), err)
		}
		current, err := Invariants(d)
		if err != nil {
			t.Fatal(err)
		}
		for i, file := range files {
			if !strings.Contains(string(file.Bytes()), "CREATE TRIGGER") && !Marked(string(file.Bytes())) {
				t.Errorf("%s: version %s has no triggers", d, file.Version())
			}
			if i == len(files)-1 && !strings.HasSuffix(string(file.Bytes()), current) &&
				!strings.HasSuffix(string(file.Bytes()), Mark(current)) {
				t.Errorf("%s: invariants.sql has changed since the last version: make migration", d)
			}
		}
	}
}

func TestWhatWasEditedAfterItsChecksumIsRefused(t *testing.T) {
	t.Parallel()
	for _, d := range []string{dialect.SQLite, dialect.Postgres} {
		folder, err := fs.Sub(files, Folder(d))
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(folder, "*_start.sql")
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		for name, change := range map[string]func(fstest.MapFS){
			"edited":  func(m fstest.MapFS) { m[names[0]] = &fstest.MapFile{Data: append(m[names[0]].Data, '\n')} },
			"removed": func(m fstest.MapFS) { delete(m, names[0]) },
			"added":   func(m fstest.MapFS) { m["29990101000000_more.sql"] = &fstest.MapFile{Data: []byte("SELECT 1;")} },
		} {
			files := fstest.MapFS{}
			all, err := fs.Glob(folder, "*")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range all {
				content, err := fs.ReadFile(folder, name)
				if err != nil {
					t.Fatal(err)
				}
				files[name] = &fstest.MapFile{Data: content}
			}
			if _, err := Read(files); err != nil {
				t.Fatalf("%s, before: %v", d, err)
			}
			change(files)
			if _, err := Read(files); !errors.Is(err, migrate.ErrChecksumMismatch) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s, %s: %v", d, name, err)
			}
		}
	}
}
