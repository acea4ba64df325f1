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
	"deputy/internal/whose"
)

// SecretSuffix is what the name of the file ends with that holds the secret beside a SQLite database, or beside a
// backup.
const SecretSuffix = ".secret"

// These say why a database can't be backed up.
var (
	ErrNoBackup = errors.New("PostgreSQL is backed up with its own pg_dump, or by keeping its write-ahead log: see " +
		"docs/deploy.md")
	ErrExists = errors.New("there is a file of that name already, or a secret beside it, and a backup is never " +
		"overwritten: give another name")
	ErrNoSecret = errors.New("the secret is not beside the database: put its file back, or, when the server has it as " +
		"DEPUTY_SECRET, give that to this command too, and keep it with the backup")
	ErrDamaged = errors.New("the database's file is damaged, so the copy was thrown away: keep the last good backup")
)

// Backup writes the SQLite database at the URL into a new file, as it is at one moment but for sessions and codes, of
// which it holds none: those that were ended meanwhile would live again. The secret that lies beside the database is
// written beside the file; both are readable for their owner alone. Where the secret is kept elsewhere, as
// DEPUTY_SECRET, there need be none beside the database. A server may run on the database meanwhile, and neither waits
// for the other. The file is under its name only once it is whole, checked and on the disk. Backup answers ErrNoBackup
// for PostgreSQL, ErrExists, ErrNoSecret, ErrDamaged, fs.ErrNotExist when there is no database, and ErrSecondName and
// its like where not all changes would be seen.
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
		return whose.Explain("find the database", path, err)
	}
	if err := onlyName(path); err != nil {
		return err
	}
	for _, name := range []string{file, file + SecretSuffix} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(ErrExists, withoutPath(err))
		}
	}
	// Made beside its place, readable for us alone: SQLite fills an empty file that is there.
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part-*")
	if err != nil {
		return whose.Explain("make the backup in", filepath.Dir(file), err)
	}
	defer func() {
		if gone := os.Remove(part.Name()); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, withoutPath(gone))
		}
	}()
	copied := damaged(copyDatabase(ctx, path, part.Name()))
	if copied == nil { // the mark of the server that serves the original, which must not take the copy for it
		copied = unmark(part)
	}
	if err := errors.Join(copied, part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := copySecret(path+SecretSuffix, file+SecretSuffix, secretElsewhere); err != nil {
		return fmt.Errorf("back up the secret: %w", err)
	}
	if err := os.Rename(part.Name(), file); err != nil {
		return fmt.Errorf("name the backup: %w", withoutPath(err))
	}
	return syncFolder(filepath.Dir(file))
}

// copyDatabase reads in one transaction, which keeps no one from writing: what is committed later is not in the copy.
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

// withoutSessions removes the sessions and the codes from a copy, to the last byte: not even its free pages hold them,
// and no journal does.
func withoutSessions(ctx context.Context, path string) (err error) {
	copied, err := sqliteFile(path, url.Values{
		"mode":    {"rw"},
		"_pragma": {"secure_delete(1)", "journal_mode(MEMORY)", "synchronous(OFF)"},
	}, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	for _, table := range []string{"sessions", "code_flows"} {
		there := 0
		err := copied.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?",
			table).Scan(&there)
		if err == nil && there > 0 {
			_, err = copied.ExecContext(ctx, "DELETE FROM "+table) //nolint:gosec // the name is one of the two above
		}
		if err != nil {
			return fmt.Errorf("leave %s out: %w", table, err)
		}
	}
	return nil
}

// damaged is ErrDamaged where SQLite itself stumbles over the damage.
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

// checkIntegrity reads every page and every index, and follows every foreign key.
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

// copySecret copies the secret, which need not be there when it is kept elsewhere.
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

// syncFolder makes names last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keep the backup's name: %w", withoutPath(err))
	}
	return errors.Join(folder.Sync(), folder.Close())
}
