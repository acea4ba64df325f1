package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"golang.org/x/sys/unix"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// anotherName makes a second name for the file.
type anotherName func(t *testing.T, file string) string

func symbolic(t *testing.T, file string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	return link
}

func hard(t *testing.T, file string) string {
	t.Helper()
	link := filepath.Join(filepath.Dir(file), "link.db")
	if err := os.Link(file, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// mounted mounts what there is at the path at another place.
func mounted(t *testing.T, what, at string) {
	t.Helper()
	if err := unix.Mount(what, at, "", unix.MS_BIND, ""); errors.Is(err, unix.EPERM) {
		t.Skip("mounts need more rights than this test has")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// secondNames are the ways to call a file something else, and what a server and a backup under that name are told:
// nothing when a backup has to be complete.
var secondNames = map[string]struct {
	name           anotherName
	server, backup error
}{
	"the same":     {func(_ *testing.T, file string) string { return file }, store.ErrLocked, nil},
	"with sqlite:": {func(_ *testing.T, file string) string { return "sqlite:" + file }, store.ErrLocked, nil},
	"a way around": {func(_ *testing.T, file string) string {
		folder := filepath.Dir(file)
		return filepath.Join(folder, "..") + "/" + filepath.Base(folder) + "/./" + filepath.Base(file)
	}, store.ErrLocked, nil},
	"symbolic link": {symbolic, store.ErrLocked, nil},
	"link to a link": {
		func(t *testing.T, file string) string { return symbolic(t, symbolic(t, file)) }, store.ErrLocked,
		nil,
	},
	"linked folder": {func(t *testing.T, file string) string {
		return filepath.Join(symbolic(t, filepath.Dir(file)), filepath.Base(file))
	}, store.ErrLocked, nil},
	"hard link": {hard, store.ErrSecondName, store.ErrSecondName},
	"the first of two hard links": {func(t *testing.T, file string) string {
		hard(t, file)
		return file
	}, store.ErrSecondName, store.ErrSecondName},
	"mounted folder": {func(t *testing.T, file string) string {
		folder := t.TempDir()
		mounted(t, filepath.Dir(file), folder)
		return filepath.Join(folder, filepath.Base(file))
	}, store.ErrLocked, nil},
	"mounted file": {func(t *testing.T, file string) string {
		at := filepath.Join(t.TempDir(), "deputy.db")
		if err := os.WriteFile(at, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		mounted(t, file, at)
		return at
	}, store.ErrMountedFile, store.ErrMountedFile},
}

// TestSecondNames has a server on a file, a second one on the same file under another name, and a backup under that
// name.
func TestSecondNames(t *testing.T) {
	t.Parallel()
	for name, tt := range secondNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := storetest.URL(t, dialect.SQLite)
			if err := os.WriteFile(file+store.SecretSuffix, []byte("kept\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			first := storetest.Connect(t, file)
			other := tt.name(t, file)
			second, err := store.Open(t.Context(), other, store.Options{})
			if !errors.Is(err, tt.server) || second != nil {
				t.Errorf("a second server is told %v, want %v", err, tt.server)
			}
			if err != nil && strings.Contains(err.Error(), filepath.Dir(file)) {
				t.Errorf("it is told the path: %v", err)
			}
			makeAgency(t, first)
			copied := filepath.Join(t.TempDir(), "backup")
			if err := store.Backup(t.Context(), other, copied, false); !errors.Is(err, tt.backup) {
				t.Fatalf("a backup is told %v, want %v", err, tt.backup)
			} else if err != nil {
				if _, there := os.Stat(copied); there == nil {
					t.Error("the backup is there all the same")
				}
				return
			}
			if secret, err := os.ReadFile(copied + store.SecretSuffix); err != nil || string(secret) != "kept\n" {
				t.Errorf("the backup's secret is %q, %v", secret, err)
			}
			restored := storetest.Connect(t, copied)
			for _, table := range []string{"orgs", "roles", "accounts"} {
				if want, got := rows(t, first, table), rows(t, restored, table); !slices.Equal(want, got) {
					t.Errorf("%s: %d rows, want %d", table, len(got), len(want))
				}
			}
		})
	}
}

// TestLockIsTheFilesOwn has what lies beside the file taken away: nothing there lets a second server in.
func TestLockIsTheFilesOwn(t *testing.T) {
	t.Parallel()
	file := storetest.URL(t, dialect.SQLite)
	storetest.Connect(t, file)
	for _, entry := range must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(file))) {
		if name := filepath.Join(filepath.Dir(file), entry.Name()); name != file && !strings.HasSuffix(name, "-wal") &&
			!strings.HasSuffix(name, "-shm") {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := store.Open(t.Context(), file, store.Options{}); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second server: %v", err)
	}
}

// TestLinkToNothing is what a disk that is not mounted looks like.
func TestLinkToNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	link := symbolic(t, filepath.Join(folder, "deputy.db"))
	if _, err := store.Open(t.Context(), link, store.Options{}); !errors.Is(err, store.ErrLeadsNowhere) {
		t.Errorf("it says %v", err)
	}
	if made := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(made) != 0 {
		t.Errorf("it made %v", made)
	}
}

// TestBackupWithoutItsSecret fails unless the secret is kept elsewhere.
func TestBackupWithoutItsSecret(t *testing.T) {
	t.Parallel()
	file, copied := storetest.URL(t, dialect.SQLite), filepath.Join(t.TempDir(), "backup")
	if err := store.Backup(t.Context(), file, copied, false); !errors.Is(err, store.ErrNoSecret) {
		t.Errorf("it says %v", err)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(copied))); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := store.Backup(t.Context(), file, copied, true); err != nil {
		t.Error(err)
	}
}
