package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/subaccount"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// TestTimesKeepTheirMicroseconds also where a time comes out of a subselect, and where there is none.
func TestTimesKeepTheirMicroseconds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, a := t.Context(), makeAgency(t, s)
		for i, at := range []time.Time{
			noon, time.Date(1969, 12, 31, 23, 59, 59, 1000, time.UTC),
			time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC),
		} {
			sub := must[string](t)(seat(ctx, s, a, makeAccount(t, s, account.SideSEATED).ID, i+1, a.roles[0]))
			if got := s.Client.SubAccount.GetX(ctx, sub); got.LastActiveAt != nil || !got.CreatedAt.Equal(noon) {
				t.Errorf("read %v and %v", got.CreatedAt, got.LastActiveAt)
			}
			s.Client.SubAccount.UpdateOneID(sub).SetLastActiveAt(at.In(time.FixedZone("", 8*3600))).ExecX(ctx)
			query := s.Client.SubAccount.Query().Where(subaccount.LastActiveAtGTE(at), subaccount.LastActiveAtLTE(at))
			if got := query.OnlyX(ctx); got.ID != sub || !got.LastActiveAt.Equal(at) {
				t.Errorf("wrote %v, read %v", at, got.LastActiveAt)
			}
		}
		for _, got := range throughSubselect(t, s) {
			if got.LastActiveAt == nil || !got.CreatedAt.Equal(noon) || got.LastActiveAt.Nanosecond()%1000 != 0 {
				t.Errorf("read %v and %v from a subselect", got.CreatedAt, got.LastActiveAt)
			}
		}
		if s.Dialect() == dialect.SQLite {
			if got := value(t, s,
				"SELECT group_concat(DISTINCT typeof(created_at) || typeof(last_active_at)) "+
					"FROM sub_accounts"); got != "integerinteger" {
				t.Errorf("times are stored as %s", got)
			}
		}
	})
}

// throughSubselect reads all sub-accounts as pages do: numbered in a subselect.
func throughSubselect(t *testing.T, s *store.Store) []*ent.SubAccount {
	t.Helper()
	found := must[[]*ent.SubAccount](t)(s.Client.SubAccount.Query().Where(func(outer *entsql.Selector) {
		b := entsql.Dialect(s.Dialect())
		from := b.Table(subaccount.Table)
		inner := b.Select(
			subaccount.Columns...).AppendSelectExprAs(entsql.RowNumber().PartitionBy("org_id").OrderBy("last_active_at"),
			"n").From(from)
		outer.From(inner.As(subaccount.Table)).Where(entsql.LTE(outer.Table().C("n"), 100))
	}).All(t.Context()))
	if len(found) != 3 {
		t.Fatalf("read %d rows", len(found))
	}
	return found
}

func TestSecondServerOnTheSameFileIsRefused(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, dialect.SQLite)
	first := must[*store.Store](t)(store.Open(t.Context(), url, store.Options{}))
	second, err := store.Open(t.Context(), url, store.Options{})
	if !errors.Is(err, store.ErrLocked) || second != nil {
		t.Errorf("a second server: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Connect(t, url)
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "deputy.db")
	storetest.Connect(t, path)
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if got := must[os.FileInfo](t)(os.Stat(path)).Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
		}
	}
}

func TestWhatCannotBeWrittenIsExplained(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]struct {
		folder, file os.FileMode
		says         string
	}{
		"folder":             {0o555, 0, "permission denied; "},
		"folder, with files": {0o555, 0o666, "readonly|unable to open"},
		"file":               {0o777, 0o444, "permission denied; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := must[string](t)(os.MkdirTemp("", "deputy-test-"))
			t.Cleanup(func() { _ = os.RemoveAll(folder) })
			path := filepath.Join(folder, "deputy.db")
			content := must[[]byte](t)(os.ReadFile(storetest.URL(t, dialect.SQLite)))
			if what.file != 0 {
				if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chmod(path, what.file)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(folder, what.folder); err != nil {
				t.Fatal(err)
			}
			withoutRoot(t, func() {
				s, err := store.Open(t.Context(), path, store.Options{})
				if err == nil {
					_, err = s.DB().ExecContext(t.Context(), "UPDATE throttles SET count = 1")
					err = errors.Join(err, s.Close())
				}
				says := false
				for part := range strings.SplitSeq(what.says, "|") {
					says = says || err != nil && strings.Contains(err.Error(), part)
				}
				if !says || strings.Contains(what.says, "denied") &&
					!strings.Contains(err.Error(), "write to the database "+path) {
					t.Errorf("it says %v, want %s", err, what.says)
				}
			})
			if what.file != 0 {
				if got := must[[]byte](t)(os.ReadFile(path)); string(got) != string(content) {
					t.Error("the file has changed")
				}
			}
		})
	}
}

// withoutRoot runs f with the file rights of nobody, when we are root: root may write to what is read-only.
func withoutRoot(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread() // the rights are those of one thread
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

func TestFullDiskLeavesTheDatabaseIntact(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.SQLite)
	ctx := t.Context()
	// SQLite takes the end of the pages for the end of the disk.
	if _, err := s.DB().ExecContext(ctx, "PRAGMA max_page_count = "+value(t, s, "PRAGMA page_count")); err != nil {
		t.Fatal(err)
	}
	var err error
	written := 0
	for err == nil {
		if err = s.Client.Throttle.Create().SetID(strings.Repeat("x", 390) +
			time.Duration(written).String()).SetEndsAt(noon).Exec(ctx); err == nil {
			written++
		}
	}
	if !strings.Contains(err.Error(), "database or disk is full") || strings.Contains(err.Error(), "deputy.db") {
		t.Fatalf("it says %v", err)
	}
	if got := value(t, s, "PRAGMA integrity_check"); got != "ok" {
		t.Error(got)
	}
	if err := s.MigrateTo(ctx, with(t, s, later("more",
		"CREATE TABLE more (n integer); CREATE TABLE most (n integer);"))); err == nil {
		t.Error("tables were made without room")
	}
	if err := s.CheckVersion(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.DB().ExecContext(ctx, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	makeAgency(t, s)
	if n := must[int](t)(s.Client.Throttle.Query().Count(ctx)); n != written {
		t.Errorf("%d of %d rows are there", n, written)
	}
}
