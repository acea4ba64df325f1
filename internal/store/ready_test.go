package store_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	"golang.org/x/sys/unix"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// attended is a store that serves.
func attended(t *testing.T, url string) *store.Store {
	t.Helper()
	s := storetest.Connect(t, url)
	if err := s.Attend(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// overwrite writes the content into the file that is there, as cp does.
func overwrite(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReadyKnowsItsFile has something else come to lie where the server's file was. It is not ready, and acknowledges
// no change.
func TestReadyKnowsItsFile(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, s *store.Store, file string){
		"removed": func(t *testing.T, _ *store.Store, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		},
		"replaced by another": func(t *testing.T, _ *store.Store, file string) {
			if err := os.Rename(storetest.URL(t, dialect.SQLite), file); err != nil {
				t.Fatal(err)
			}
		},
		"replaced by its copy": func(t *testing.T, _ *store.Store, file string) {
			content := must[[]byte](t)(os.ReadFile(file))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			overwrite(t, file, content)
		},
		"overwritten by another": func(t *testing.T, _ *store.Store, file string) {
			overwrite(t, file, must[[]byte](t)(os.ReadFile(storetest.URL(t, dialect.SQLite))))
		},
		"overwritten by its backup": func(t *testing.T, _ *store.Store, file string) {
			copied := filepath.Join(t.TempDir(), "backup")
			if err := store.Backup(t.Context(), file, copied, true); err != nil {
				t.Fatal(err)
			}
			overwrite(t, file, must[[]byte](t)(os.ReadFile(copied)))
		},
		"overwritten by what it was": func(t *testing.T, s *store.Store, file string) {
			content := must[[]byte](t)(os.ReadFile(file))
			// A server that is watched marks its file.
			storetest.Soon(t, "the file has another mark", func() bool {
				if err := s.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				return !bytes.Equal(content[60:64], must[[]byte](t)(os.ReadFile(file))[60:64])
			})
			overwrite(t, file, content)
		},
		"overwritten by something": func(t *testing.T, _ *store.Store, file string) {
			overwrite(t, file, []byte(strings.Repeat("spoilt ", 10000)))
		},
		"overwritten by zeros": func(t *testing.T, _ *store.Store, file string) { overwrite(t, file, make([]byte, 1<<16)) },
		"emptied":              func(t *testing.T, _ *store.Store, file string) { overwrite(t, file, nil) },
		"the log beside it removed": func(t *testing.T, _ *store.Store, file string) {
			if err := os.Remove(file + "-wal"); err != nil {
				t.Fatal(err)
			}
		},
		"the folder renamed": func(t *testing.T, _ *store.Store, file string) {
			if err := os.Rename(filepath.Dir(file), filepath.Join(t.TempDir(), "elsewhere")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), "data")
			if err := os.Rename(filepath.Dir(storetest.URL(t, dialect.SQLite)), folder); err != nil {
				t.Fatal(err)
			}
			found := must[[]os.DirEntry](t)(os.ReadDir(folder))
			file := filepath.Join(folder, found[0].Name())
			s := attended(t, file)
			spoil(t, s, file)
			err := s.Ready(t.Context())
			if !errors.Is(err, store.ErrReplaced) || strings.Contains(err.Error(), folder) {
				t.Errorf("it is ready, or says %v", err)
			}
			if err := run(t.Context(), s, "UPDATE throttles SET count = 1"); !errors.Is(err, store.ErrReplaced) ||
				!store.Unavailable(err) {
				t.Errorf("a change is answered %v", err)
			}
		})
	}
}

// TestReadyAfterMuch stays ready while changes are made, checkpoints run and backups are taken.
func TestReadyAfterMuch(t *testing.T) {
	t.Parallel()
	file := storetest.URL(t, dialect.SQLite)
	s := attended(t, file)
	for i := range 3 {
		for range 20 {
			makeAgency(t, s)
		}
		if err := store.Backup(t.Context(), file, filepath.Join(t.TempDir(), "backup"), true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DB().ExecContext(t.Context(), []string{
			"PRAGMA wal_checkpoint(PASSIVE)",
			"PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM",
		}[i]); err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(t.Context()); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
	}
}

// small mounts a disk of two megabytes.
func small(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=2m"); errors.Is(err, unix.EPERM) {
		t.Skip("mounts need more rights than this test has")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// TestReadyNeedsRoom has the disk full, and then with room again.
func TestReadyNeedsRoom(t *testing.T) {
	t.Parallel()
	file := filepath.Join(small(t), "deputy.db")
	overwrite(t, file, must[[]byte](t)(os.ReadFile(storetest.URL(t, dialect.SQLite))))
	s := attended(t, file)
	ballast := must[*os.File](t)(os.Create(filepath.Join(filepath.Dir(file), "ballast")))
	if _, err := io.Copy(ballast, zeros{}); err == nil {
		t.Fatal("the disk is not full")
	}
	if err := ballast.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Soon(t, "it is not ready", func() bool { return s.Ready(t.Context()) != nil })
	if err := s.Ready(t.Context()); err == nil || strings.Contains(err.Error(), filepath.Dir(file)) {
		t.Errorf("it says %v", err)
	}
	if err := os.Remove(ballast.Name()); err != nil {
		t.Fatal(err)
	}
	storetest.Soon(t, "it is ready", func() bool { return s.Ready(t.Context()) == nil })
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(file))); len(left) > 3 {
		t.Errorf("left behind: %v", left)
	}
}

// zeros never end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestReadyNeedsWrites has the disk, and PostgreSQL, turn read-only.
func TestReadyNeedsWrites(t *testing.T) {
	t.Parallel()
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		folder := small(t)
		file := filepath.Join(folder, "deputy.db")
		overwrite(t, file, must[[]byte](t)(os.ReadFile(storetest.URL(t, dialect.SQLite))))
		s := attended(t, file)
		// It is in use, so the disk itself can't be made read-only: a mount over it can.
		if err := unix.Mount(folder, folder, "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("", folder, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		storetest.Soon(t, "it is not ready", func() bool { return s.Ready(t.Context()) != nil })
		if err := unix.Unmount(folder, unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
		storetest.Soon(t, "it is ready", func() bool { return s.Ready(t.Context()) == nil })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		url := storetest.URL(t, dialect.Postgres)
		s, operator := attended(t, url), storetest.Connect(t, url)
		name := value(t, operator, "SELECT current_database()")
		turn := func(to string) {
			for _, statement := range []string{
				"ALTER DATABASE " + name + " SET default_transaction_read_only = " + to,
				"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> " +
					"pg_backend_pid()",
			} {
				if _, err := operator.DB().ExecContext(t.Context(), "SET default_transaction_read_only = off"); err != nil {
					t.Fatal(err)
				}
				if _, err := operator.DB().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
		}
		operator.DB().SetMaxOpenConns(1)
		turn("on")
		storetest.Soon(t, "it is not ready", func() bool { return s.Ready(t.Context()) != nil })
		if err := run(t.Context(), s, "UPDATE throttles SET count = 1"); !store.Unavailable(err) {
			t.Errorf("a change is answered %v", err)
		}
		turn("off")
		storetest.Soon(t, "it is ready", func() bool { return s.Ready(t.Context()) == nil })
	})
}

// TestReadyKnowsTheDatabase has PostgreSQL's tables taken away.
func TestReadyKnowsTheDatabase(t *testing.T) {
	t.Parallel()
	s := attended(t, storetest.URL(t, dialect.Postgres))
	if _, err := s.DB().ExecContext(t.Context(), "ALTER TABLE throttles RENAME TO elsewhere"); err != nil {
		t.Fatal(err)
	}
	storetest.Soon(t, "it is not ready", func() bool { return s.Ready(t.Context()) != nil })
}
