package store_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"

	"deputy/ent/account"
	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/storetest"
)

// eachEmpty runs f on a database without tables of each dialect.
func eachEmpty(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			f(t, storetest.Connect(t, storetest.Empty(t, d)))
		})
	}
}

// with returns the versions there are and those added.
func with(t *testing.T, s *store.Store, added ...migrate.File) *migrate.MemDir {
	t.Helper()
	known := must[*migrate.MemDir](t)(migrations.Versions(s.Dialect()))
	dir := &migrate.MemDir{}
	if err := dir.CopyFiles(append(must[[]migrate.File](t)(known.Files()), added...)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func later(name, content string) migrate.File {
	return migrate.NewLocalFile("29991231235959_"+name+".sql", []byte(content))
}

func TestMigrateTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, s *store.Store) {
		refusedVersion(t, s.CheckVersion(t.Context()), store.ErrOlder, "deputy migrate")
		var before []string
		for round := range 3 {
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.CheckVersion(t.Context()); err != nil {
				t.Fatal(err)
			}
			now := snapshot(t, s)
			if round > 0 && !slices.Equal(now, before) {
				t.Errorf("round %d changed the schema", round)
			}
			before = now
		}
		if s.Dialect() == dialect.SQLite {
			if on := value(t, s, "PRAGMA foreign_keys"); on != "1" {
				t.Errorf("foreign_keys is %s after migrating", on)
			}
		}
	})
}

// TestTenServersMigrateAtOnce gives each its own connections on PostgreSQL; one process holds a SQLite file, but may
// ask ten times.
func TestTenServersMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			url := storetest.Empty(t, d)
			first := storetest.Connect(t, url)
			// A version that can't be applied twice, after those there are.
			dir := with(t, first, later("more", "CREATE TABLE more (n integer); INSERT INTO more VALUES (1);"))
			servers := slices.Repeat([]*store.Store{first}, 10)
			if d == dialect.Postgres {
				for i := range servers[1:] {
					servers[i+1] = storetest.Connect(t, url)
				}
			}
			var group sync.WaitGroup
			errs := make([]error, len(servers))
			for i, s := range servers {
				group.Go(func() { errs[i] = s.MigrateTo(t.Context(), dir) })
			}
			group.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if n := value(t, first, "SELECT count(*) FROM more"); n != "1" {
				t.Errorf("the last version was applied %s times", n)
			}
			files := must[[]migrate.File](t)(dir.Files())
			if n := value(t, first, "SELECT count(*) FROM schema_versions"); n != strconv.Itoa(len(files)) {
				t.Errorf("%s versions are on record, want %d", n, len(files))
			}
		})
	}
}

func TestFailedVersionLeavesTheOldState(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		person := makeAccount(t, s, account.SideNONE)
		before := snapshot(t, s)
		for name, content := range map[string]string{
			"syntax": "CREATE TABLE more (n integer); DROP TABLE throttles; UPDATE accounts SET side = 'OWNER'; SELECT * FROM " +
				"nowhere;",
			"orphan": "CREATE TABLE more (n integer); INSERT INTO sessions (id, created_at, token_hash, last_used_at, " +
				"expires_at, account_id) VALUES ('a', " + moment(s) + ", 'x', " + moment(s) + ", " + moment(s) + ", 'nobody');",
		} {
			err := s.MigrateTo(t.Context(), with(t, s, later(name, content)))
			if err == nil || !strings.Contains(err.Error(), "apply schema version 29991231235959") {
				t.Fatalf("%s: %v", name, err)
			}
			if now := snapshot(t, s); !slices.Equal(now, before) {
				t.Errorf("%s: the schema has changed", name)
			}
			if side := s.Client.Account.GetX(t.Context(), person.ID).Side; side != account.SideNONE {
				t.Errorf("%s: a row has changed to %s", name, side)
			}
			if err := s.CheckVersion(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if s.Dialect() == dialect.SQLite && value(t, s, "PRAGMA foreign_keys") != "1" {
				t.Errorf("%s: foreign keys stay off", name)
			}
		}
	})
}

// TestInvariantsFollowTheLastVersion applies two versions without invariants of their own to a database that has a
// copy's: both and the invariants, or none of it.
func TestInvariantsFollowTheLastVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before := snapshot(t, s)
		invariants := must[string](t)(migrations.Invariants(s.Dialect()))
		first := migrate.NewLocalFile("29991231235958_first.sql",
			[]byte("ALTER TABLE throttles RENAME TO t;\n"+migrations.Mark(invariants)))
		second := later("second", "ALTER TABLE t RENAME TO throttles;\n"+migrations.Mark(invariants))
		for name, wrong := range map[string]struct {
			last       migrate.File
			invariants string
		}{
			"the second version": {
				later("second", "ALTER TABLE u RENAME TO throttles;\n"+migrations.Mark(invariants)),
				invariants,
			},
			"the invariants": {second, invariants + "SELECT * FROM nowhere;"},
		} {
			err := s.MigrateWith(t.Context(), with(t, s, first, wrong.last), wrong.invariants)
			if err == nil || !strings.Contains(err.Error(), "29991231235959") {
				t.Errorf("%s: %v", name, err)
			}
			if now := snapshot(t, s); !slices.Equal(now, before) {
				t.Errorf("%s failed, and the schema has changed", name)
			}
			if err := s.CheckVersion(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.MigrateTo(t.Context(), with(t, s, first, second)); err != nil {
			t.Fatal(err)
		}
		if now := snapshot(t, s); !slices.Equal(now, before) {
			t.Errorf("it has become\n%s\nwant\n%s", strings.Join(now, "\n"), strings.Join(before, "\n"))
		}
		// A trigger that the invariants make no more is gone, and what they make in its place is there.
		changed := strings.ReplaceAll(invariants, "audit_tallies_delete", "audit_tallies_gone")
		third := migrate.NewLocalFile("29991231235960_third.sql",
			[]byte("CREATE TABLE more (n integer);\n"+migrations.Mark(changed)))
		if err := s.MigrateWith(t.Context(), with(t, s, first, second, third), changed); err != nil {
			t.Fatal(err)
		}
		if now := strings.Join(snapshot(t, s), "\n"); strings.Contains(now, "audit_tallies_delete") ||
			!strings.Contains(now, "audit_tallies_gone") {
			t.Errorf("it has become\n%s", now)
		}
	})
}

// TestInterruptedVersionLeavesTheOldState cancels in the middle of a statement that would never end.
func TestInterruptedVersionLeavesTheOldState(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before := snapshot(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		endless := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
		dir := with(t, s,
			later("endless",
				"CREATE TABLE more (n integer); DROP TABLE throttles; INSERT INTO more "+endless+"SELECT max(i) FROM n;"))
		result := make(chan error, 1)
		go func() { result <- s.MigrateTo(ctx, dir) }()
		awaitMigration(t, s)
		cancel()
		if err := <-result; err == nil {
			t.Fatal("an endless version ended well")
		}
		if now := snapshot(t, s); !slices.Equal(now, before) {
			t.Error("the schema has changed")
		}
		if err := s.CheckVersion(t.Context()); err != nil {
			t.Error(err)
		}
		if s.Dialect() == dialect.SQLite && value(t, s, "PRAGMA foreign_keys") != "1" {
			t.Error("foreign keys stay off")
		}
	})
}

// awaitMigration returns when a version is being applied: its transaction holds the only connection of SQLite that
// writes, or the lock on PostgreSQL.
func awaitMigration(t *testing.T, s *store.Store) {
	t.Helper()
	for begun := false; !begun; {
		if t.Context().Err() != nil {
			t.Fatal("it did not begin")
		}
		if s.Dialect() == dialect.SQLite {
			begun = s.DB().Stats().InUse == 1
			continue
		}
		begun = value(t, s, "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "+
			"WHERE locktype = 'advisory' AND granted AND datname = current_database()") == "1"
	}
}

func TestOtherVersionsAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if err := s.MigrateTo(ctx, with(t, s, later("more", "CREATE TABLE more (n integer);"))); err != nil {
			t.Fatal(err)
		}
		refusedVersion(t, s.CheckVersion(ctx), store.ErrNewer, "start the newer server")
		refusedVersion(t, s.Migrate(ctx), store.ErrNewer, "start the newer server")

		edited := with(t, s, later("more", "CREATE TABLE more (m integer);"), later("most", "CREATE TABLE most (n integer);"))
		refusedVersion(t, s.MigrateTo(ctx, edited), store.ErrForked, "a different build")
		inserted := with(t, s, later("a", "CREATE TABLE a (n integer);"), later("more", "CREATE TABLE more (n integer);"))
		refusedVersion(t, s.MigrateTo(ctx, inserted), store.ErrForked, "a different build")
	})
}

func refusedVersion(t *testing.T, err, reason error, says string) {
	t.Helper()
	var version *store.VersionError
	if !errors.As(err, &version) || !errors.Is(err, reason) || !strings.Contains(err.Error(), says) {
		t.Fatalf("got %v, want %v", err, reason)
	}
}

// value returns the one value of a query on the connection that writes.
func value(t *testing.T, s *store.Store, query string) string {
	t.Helper()
	var v sql.NullString
	if err := s.DB().QueryRowContext(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v.String
}
