package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deputy/internal/fileerr"
)

// ErrNotSQLite is returned when a file is not a SQLite database.
var ErrNotSQLite = errors.New("the file is not a SQLite database, or it is damaged: set DATABASE_URL to another " +
	"file, or restore a backup")

// Probe returns an error when the database at the URL can't be served as it is, or, with migrates, migrated at startup.
// It changes and creates nothing. The note states what a start would do.
func Probe(ctx context.Context, address string, options Options, migrates bool) (note string, err error) {
	place, err := Locate(address)
	if err != nil {
		return "", fmt.Errorf("DATABASE_URL %w", err)
	}
	var s *Store
	if place.Postgres() {
		s, err = openPostgres(place.address, options)
	} else {
		if s, err = probeSQLite(place.path); s == nil {
			return "it will be created", err
		}
	}
	if err != nil {
		return "", err
	}
	defer s.Close() //nolint:errcheck // nothing was written
	if err := s.ping(ctx, s.patience+pingTime); err != nil {
		return "", explainSQLite(place.path, err)
	}
	if err := s.checkEncoding(ctx, s.driver.read); err != nil {
		return "", err
	}
	err = s.CheckVersion(ctx)
	if errors.Is(err, ErrOlder) && migrates {
		return "its schema will be migrated", s.checkSchema(ctx, s.driver.read)
	}
	return "", explainSQLite(place.path, err)
}

// probeSQLite opens a file read-only, and returns nil when there is none and one can be created.
func probeSQLite(path string) (*Store, error) {
	path = realPath(path)
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil, ErrLeadsNowhere
	}
	folder := filepath.Dir(path)
	if _, err := os.Stat(path); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fileerr.Explain("check the database", path, err)
		}
		return nil, fileerr.Explain("create the database in", folder, fileerr.Writable(folder))
	}
	if err := errors.Join(
		fileerr.Explain("write to the database", path, fileerr.Writable(path)),
		fileerr.Explain("write next to the database, in", folder, fileerr.Writable(folder)), onlyName(path),
	); err != nil {
		return nil, err
	}
	options := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", tempInMemory}}
	// Nobody has it open: keeps SQLite from creating its own files next to it.
	if _, err := os.Stat(path + "-shm"); err != nil {
		options.Set("immutable", "1")
	}
	db, err := sqliteFile(path, options, 1)
	if err != nil {
		return nil, err
	}
	return newStore(dialect.SQLite, db, db, db), nil
}

// explainSQLite adds to a SQLite error the file, its owner, and what to do.
func explainSQLite(path string, err error) error {
	var liteErr *sqlite.Error
	if !errors.As(err, &liteErr) {
		return err
	}
	switch liteErr.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fileerr.Explain("open the database", path, ErrNotSQLite)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fileerr.Explain("open the database", path, fmt.Errorf("%w (%w)", fs.ErrPermission, err))
	case sqlite3.SQLITE_FULL:
		return fileerr.Explain("write the database", path, fmt.Errorf("%w (%w)", syscall.ENOSPC, err))
	case sqlite3.SQLITE_IOERR:
		return fileerr.Explain("open the database", path, err)
	}
	return err
}
