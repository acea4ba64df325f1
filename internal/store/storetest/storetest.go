// Package storetest creates databases for tests, SQLite and PostgreSQL, with the current schema. If TEST_DATABASE_URL
// is not set, it starts a PostgreSQL, which ends with the test's process. Only under -short it skips tests that need
// PostgreSQL.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/pgtest"
)

// Dialects returns the dialects for tests of SQL: both, or only SQLite under -short.
func Dialects() []string {
	if testing.Short() {
		return []string{dialect.SQLite}
	}
	return []string{dialect.SQLite, dialect.Postgres}
}

// everywhere is the variable that makes tests of rules run on both dialects.
const everywhere = "TEST_EVERYWHERE"

// Rules is Each for tests that do not depend on the database: only on SQLite, unless TEST_EVERYWHERE is set.
func Rules(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	if os.Getenv(everywhere) != "" {
		Each(t, f)
		return
	}
	t.Run(Name(dialect.SQLite), func(t *testing.T) {
		t.Parallel()
		f(t, Open(t, dialect.SQLite))
	})
}

// Name returns the name of a dialect in tests: sqlite or postgres.
func Name(d string) string { return migrations.Folder(d) }

// Each runs f on an empty database of each dialect, as the parallel subtests sqlite and postgres.
func Each(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, d := range Dialects() {
		t.Run(Name(d), func(t *testing.T) {
			t.Parallel()
			f(t, Open(t, d))
		})
	}
}

// Open returns a database without rows, which is closed and removed when the test ends. On PostgreSQL it has at most
// eight connections, and at most two idle ones.
func Open(t testing.TB, d string) *store.Store {
	t.Helper()
	return Connect(t, URL(t, d))
}

// Connect opens the database at the URL, which URL or Empty returned, and closes it when the test ends. It is for tests
// with several servers on one database.
func Connect(t testing.TB, url string) *store.Store {
	t.Helper()
	return ConnectWith(t, url, store.Options{})
}

// ConnectWith is Connect with options.
func ConnectWith(t testing.TB, url string, options store.Options) *store.Store {
	t.Helper()
	if options.Conns == 0 {
		options.Conns = 8
	}
	if os.Getenv("TEST_SCAN_ROWS") != "" {
		options.ScanRows = true
	}
	s, err := store.Open(t.Context(), url, options)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	if s.Dialect() == dialect.Postgres {
		s.DB().SetMaxIdleConns(2)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	return s
}

// URL returns the DATABASE_URL of a database without rows, which is removed when the test ends.
func URL(t testing.TB, d string) string {
	t.Helper()
	skipShort(t, d)
	if d == dialect.SQLite {
		content, err := sqliteTemplate()
		if err != nil {
			t.Fatalf("make a template: %v", err)
		}
		path := filepath.Join(t.TempDir(), "deputy.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatalf("copy the template: %v", err)
		}
		return path
	}
	admin, template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("make a template: %v", err)
	}
	return pgtest.Database(t, admin, template)
}

func skipShort(t testing.TB, d string) {
	t.Helper()
	if d != dialect.SQLite && testing.Short() {
		t.Skip("PostgreSQL is for make test")
	}
}

// Empty returns the DATABASE_URL of a database without tables, which is removed when the test ends.
func Empty(t testing.TB, d string) string {
	t.Helper()
	skipShort(t, d)
	if d == dialect.SQLite {
		return filepath.Join(t.TempDir(), "deputy.db")
	}
	server, err := postgres()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return pgtest.Database(t, server.admin, "template0")
}

// postgres starts the process's server on first use; see pgtest for its end.
//
//nolint:gochecknoglobals // there is one for all tests of a process
var postgres = sync.OnceValues(func() (*server, error) {
	admin, release, err := pgtest.Acquire(context.Background(), pgtest.Options{MaxConnections: 200})
	return &server{admin, release}, err
})

// server is a server for test databases. It ends with the process, or when its release function is no longer
// referenced.
type server struct {
	admin   string
	release func() error
}

// postgresTemplate returns the server and the template database.
func postgresTemplate() (admin, template string, err error) {
	server, err := postgres()
	if err != nil {
		return "", "", err
	}
	versions, err := migrations.Versions(dialect.Postgres)
	if err != nil {
		return "", "", err
	}
	sum, err := versions.Checksum()
	if err != nil {
		return "", "", fmt.Errorf("read schema versions: %w", err)
	}
	template, err = pgtest.Template(context.Background(), server.admin, sum.Sum(), migrated)
	return server.admin, template, err
}

// sqliteTemplate returns the content of the template file.
//
//nolint:gochecknoglobals // there is one for all tests of a process
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "deputy-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // remaining files do no harm
	path := filepath.Join(folder, "template.db")
	if err := migrated(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// migrated migrates the database at the URL to the current schema.
func migrated(ctx context.Context, url string) error {
	s, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(ctx), s.Close())
}

// Soon waits until the condition holds, for at most a minute.
func Soon(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
