package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deputy/internal/bulk"
	"deputy/internal/fileerr"
)

// SecretSuffix is appended to the name of a SQLite database, or of its backup, for the file that holds the secret.
const SecretSuffix = ".secret"

// Errors of Backup.
var (
	ErrNoBackup = errors.New("deputy backup is only for SQLite: back up PostgreSQL with pg_dump, or archive its " +
		"write-ahead log; see docs/deploy.md")
	ErrExists = errors.New("the backup file, or the secret file next to it, already exists and is never overwritten: " +
		"choose another name")
	ErrNoSecret = errors.New("the secret file next to the database is missing: restore it, or, if the server uses " +
		"DEPUTY_SECRET, set it for this command too and keep it with the backup")
	ErrDamaged = errors.New("the database file is damaged, so the copy was discarded: keep the last good backup")
)

// Backup writes a consistent copy of the SQLite database at the URL into a new file. The copy has no sessions and no
// codes: those that ended meanwhile would be valid again. The secret next to the database is copied next to the file;
// both are readable only by their owner. If secretElsewhere is true, as with DEPUTY_SECRET, the secret may be missing.
// A server may run on the database meanwhile, and neither waits for the other. The file gets its name only once it is
// complete, checked and synced to the disk. Backup returns ErrNoBackup for PostgreSQL, ErrExists, ErrNoSecret,
// ErrDamaged, fs.ErrNotExist when there is no database, and ErrSecondName and similar errors when not all changes would
// be visible.
func Backup(ctx context.Context, url, file string, secretElsewhere bool) (err error) {
	place, err := Locate(url)
	switch {
	case err != nil:
		return fmt.Errorf("DATABASE_URL %w", err)
	case place.Postgres():
		return ErrNoBackup
	}
	path := place.Path()
	if _, err := os.Stat(path); err != nil {
		return fileerr.Explain("find the database", path, err)
	}
	if err := onlyName(path); err != nil {
		return err
	}
	for _, name := range []string{file, file + SecretSuffix} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(ErrExists, withoutPath(err))
		}
	}
	// Created in the same folder, readable only by us: SQLite fills an empty file that exists.
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-*")
	if err != nil {
		return fileerr.Explain("create the backup in", filepath.Dir(file), err)
	}
	defer func() {
		if gone := os.Remove(part.Name()); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, withoutPath(gone))
		}
	}()
	copied := damaged(copyDatabase(ctx, path, part.Name()))
	if copied == nil { // removes the mark of the running server, which must not take the copy for its own file
		copied = unmark(part)
	}
	if err := errors.Join(copied, part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := copySecret(path+SecretSuffix, file+SecretSuffix, secretElsewhere); err != nil {
		return fmt.Errorf("back up the secret: %w", err)
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return fmt.Errorf("rename the backup: %w", withoutPath(err))
	}
	return syncFolder(filepath.Dir(file))
}

// copyDatabase copies in one read transaction, which does not block writers; later commits are not in the copy.
func copyDatabase(ctx context.Context, from, to string) (err error) {
	source, err := sqliteReader(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if _, err := source.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := withoutSessions(ctx, to); err != nil {
		return err
	}
	made, err := sqliteReader(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	return checkIntegrity(ctx, made)
}

// withoutSessions deletes the sessions, the codes and the API tokens from a copy, and overwrites their bytes: neither
// free pages nor a journal contain them.
func withoutSessions(ctx context.Context, path string) (err error) {
	copied, err := sqliteFile(path, url.Values{
		"mode":    {"rw"},
		"_pragma": {"secure_delete(1)", "journal_mode(MEMORY)", "synchronous(OFF)"},
	}, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	for _, table := range []string{"sessions", "code_flows", "api_tokens"} {
		there := 0
		err := copied.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
			table).Scan(&there)
		if err == nil && there > 0 {
			_, err = copied.ExecContext(ctx, "DELETE FROM "+table) //nolint:gosec // the name is one of those above
		}
		if err != nil {
			return fmt.Errorf("remove %s from the copy: %w", table, err)
		}
	}
	return nil
}

// damaged wraps SQLite's errors about a damaged file in ErrDamaged.
func damaged(err error) error {
	var liteErr *sqlite.Error
	if errors.As(err, &liteErr) {
		switch liteErr.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}

// checkIntegrity checks every page, index and foreign key.
func checkIntegrity(ctx context.Context, db *sql.DB) error {
	for query, good := range map[string][]string{
		"SELECT * FROM pragma_integrity_check":                  {"ok"},
		`SELECT DISTINCT "table" FROM pragma_foreign_key_check`: nil,
	} {
		found, err := bulk.Collect[string](ctx, db, query)
		if err != nil {
			return fmt.Errorf("check: %w", err)
		}
		if !slices.Equal(found, good) {
			return ErrDamaged
		}
	}
	return nil
}

// copySecret copies the secret, which may be missing if it is kept elsewhere.
func copySecret(from, to string, elsewhere bool) error {
	secret, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		if elsewhere {
			return nil
		}
		return ErrNoSecret
	}
	if err != nil {
		return withoutPath(err)
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return withoutPath(err)
	}
	_, err = file.Write(secret)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncFolder syncs a folder, so that the names of its files survive a crash.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync the folder of the backup: %w", withoutPath(err))
	}
	return errors.Join(folder.Sync(), folder.Close())
}
