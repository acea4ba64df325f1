package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// migratesFile names the file that TestMigratesForItsParent migrates.
const migratesFile = "DEPUTY_TEST_MIGRATES"

// TestMigratesForItsParent is the process that TestAKilledMigrationGoesOn kills.
func TestMigratesForItsParent(t *testing.T) {
	path := os.Getenv(migratesFile)
	if path == "" {
		t.Skip("it is started by another test")
	}
	s := must[*store.Store](t)(store.Open(t.Context(), path, store.Options{}))
	defer s.Close() //nolint:errcheck // the parent looks at what it left
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestAKilledMigrationGoesOn kills the process that migrates a file from before the full-text search, at several
// moments: what goes on with the file comes to the same as one that nobody killed.
func TestAKilledMigrationGoesOn(t *testing.T) {
	t.Parallel()
	old := olderThan(t, dialect.SQLite, "full_text_search")
	ran(t, old, "INSERT INTO accounts (id, created_at, phone, side) VALUES ('o', AT, '1', 'OWNER')",
		"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('org', AT, AT, 'x', 'o', 'y')",
		"INSERT INTO creators (id, created_at, updated_at, grams, name, name_key, platform_id, org_id) "+
			"VALUES ('c', AT, AT, '{}', '小美', '', '1', 'org')",
		"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO orders (id, "+
			"created_at, updated_at, grams, number, product_name, amount, net_commission, org_share, creator_share, share_bps, "+
			"commission, status, paid_at, creator_id, org_id) SELECT 'ord_' || i, AT, AT, '{}', 'DY' || i, '口红', "+
			"7, 7, 0, 7, 0, 7, "+
			"'PAID', created_at, 'c', 'org' FROM creators, n",
		"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO search_grams (gram, "+
			"row_id) SELECT i, 'an id of some length' FROM n")
	folder := t.TempDir()
	// migrate migrates a copy of the old file, after it began to and was killed; after none where it is zero.
	migrate := func(name string, after time.Duration) (came string, took time.Duration) {
		path := filepath.Join(folder, name)
		if _, err := old.DB().ExecContext(t.Context(), "VACUUM INTO ?", path); err != nil {
			t.Fatal(err)
		}
		for _, alive := range []time.Duration{after, 0} {
			if alive == 0 && after == 0 && took > 0 {
				break
			}
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigratesForItsParent$", "-test.count=1")
			child.Env = append(os.Environ(), migratesFile+"="+path)
			var out strings.Builder
			child.Stdout, child.Stderr = &out, &out
			begun := time.Now()
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if alive > 0 {
				killing := time.AfterFunc(alive, func() { _ = child.Process.Kill() })
				_ = child.Wait() // killed, or faster than that
				killing.Stop()
				continue
			}
			if err := child.Wait(); err != nil {
				t.Fatalf("%s: %v: %s", name, err, &out)
			}
			took = time.Since(begun)
		}
		s := storetest.Connect(t, path)
		if err := s.CheckVersion(t.Context()); err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
			t.Errorf("%s: it leaves %v, %v", name, left, err)
		}
		return value(t, s, fmt.Sprintf(`SELECT (SELECT integrity_check FROM pragma_integrity_check) || ', ' ||
			(SELECT page_count < 1500 AND freelist_count < page_count / 2 FROM pragma_page_count, pragma_freelist_count) || ', ' ||
			(SELECT count(*) || ' rows ' || min(id) || max(id) || sum(amount) || max(grams) FROM orders) || ', ' ||
			(SELECT count(*) || ' found' FROM orders_search WHERE orders_search MATCH '%s') || ', ' ||
			(SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master ORDER BY type, name))`,
			search.For("org", "红").Match())), took
	}
	want, took := migrate("whole.db", 0)
	if !strings.HasPrefix(want, "ok, 1, 5000 rows ord_1ord_99935000, 5000 found, ") {
		t.Fatalf("%.200s", want)
	}
	const moments = 6
	for n := range moments {
		if got, _ := migrate(fmt.Sprint("killed", n, ".db"), took*time.Duration(n+1)/(moments+1)); got != want {
			t.Errorf("killed at %d of %d: %.200s", n+1, moments+1, got)
		}
	}
}
