package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"

	"deputy/internal/fileerr"
)

// openSQLite opens the file, and creates it and its folder when they do not exist. Only one process can hold it; a
// second one gets ErrLocked. Reads have a pool of their own; writes share one connection.
func openSQLite(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fileerr.Explain("create the folder of the database", filepath.Dir(path), err)
	}
	file, err := holdFile(path)
	if err != nil {
		return nil, err
	}
	write, err := sqlitePool(file.path, "rwc", 1, writerCache, writerCheckpoint)
	if err != nil {
		return nil, errors.Join(err, file.release())
	}
	read, err := sqlitePool(file.path, "rw", 8)
	if err != nil {
		return nil, errors.Join(err, write.Close(), file.release())
	}
	health, err := sqlitePool(file.path, "rw", 1)
	if err != nil {
		return nil, errors.Join(err, write.Close(), read.Close(), file.release())
	}
	s := newStore(dialect.SQLite, read, write, health)
	s.file, s.where = file, file.path
	if absolute, err := filepath.Abs(file.path); err == nil {
		s.where = absolute
	}
	return s, nil
}

// withoutPath removes the path from an error that may be logged.
func withoutPath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

const (
	// writerCache is the page cache of the writing connection, in KiB. Changed pages stay in it until the commit, and
	// imported rows are spread over all pages of the indexes.
	writerCache = "cache_size(-32768)"
	// writerCheckpoint is the number of pages in the log that starts a checkpoint. A page that many transactions change is
	// written to the file once.
	writerCheckpoint = "wal_autocheckpoint(8192)"
)

// tempInMemory keeps SQLite's temporary files in memory: on a read-only root file system SQLite can't create them, and
// fails in the middle of a change.
const tempInMemory = "temp_store(MEMORY)"

func sqlitePool(path, mode string, conns int, pragmas ...string) (*sql.DB, error) {
	options := url.Values{
		"mode":                 {mode},
		"_txlock":              {"immediate"},
		"_time_integer_format": {"unix_micro"},
		"_inttotime":           {"1"},
		"_pragma": append([]string{
			"busy_timeout(10000)", tempInMemory, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"recursive_triggers(1)",
		}, pragmas...),
	}
	return sqliteFile(path, options, conns)
}

// sqliteReader opens a file read-only, and does not change its journal mode either.
func sqliteReader(path string) (*sql.DB, error) {
	return sqliteFile(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", tempInMemory}}, 1)
}

func sqliteFile(path string, options url.Values, conns int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector((&url.URL{
		Scheme: "file", Opaque: url.PathEscape(path),
		RawQuery: options.Encode(),
	}).String())
	if err != nil {
		return nil, fmt.Errorf("open SQLite file: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}
