package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"

	"deputy/internal/whose"
)

// openSQLite opens the file, making it and its folder when they do not exist. One process at a time may hold it: a second
// one is told so. Reads have a pool of their own; writes queue for the one connection that writes.
func openSQLite(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, whose.Explain("make the folder of the database", filepath.Dir(path), err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	if err := touch(path); err != nil {
		return nil, errors.Join(err, lock.release())
	}
	write, err := sqlitePool(path, "rwc", 1)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	read, err := sqlitePool(path, "rw", 8)
	if err != nil {
		return nil, errors.Join(err, write.Close(), lock.release())
	}
	s := newStore(dialect.SQLite, read, write)
	s.lock, s.where = lock, path
	if absolute, err := filepath.Abs(path); err == nil {
		s.where = absolute
	}
	return s, nil
}

// touch makes the file when it does not exist, for its owner alone, and tells when it can't be written: SQLite would open it
// for reading, and say so at the first change.
func touch(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return whose.Explain("open for writing the database", path, err)
	}
	return file.Close()
}

// withoutPath takes the path out of an error, which may end in a log that others read.
func withoutPath(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// tempInMemory keeps SQLite's temporary files off the disk: a root file system that is read-only has no place for them, which SQLite says
// in the middle of a change.
const tempInMemory = "temp_store(MEMORY)"

func sqlitePool(path, mode string, conns int) (*sql.DB, error) {
	options := url.Values{
		"mode":                 {mode},
		"_txlock":              {"immediate"},
		"_time_integer_format": {"unix_micro"},
		"_inttotime":           {"1"},
		"_pragma": {
			"busy_timeout(10000)", tempInMemory, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)",
		},
	}
	return sqliteFile(path, options, conns)
}

// sqliteReader opens a file that it changes nothing in, not even how it is written.
func sqliteReader(path string) (*sql.DB, error) {
	return sqliteFile(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", tempInMemory}}, 1)
}

func sqliteFile(path string, options url.Values, conns int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector((&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open SQLite file: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// fileLock keeps a second server off the same SQLite file. The operating system frees it when the process ends.
type fileLock struct{ file *os.File }

// ErrLocked says that another process has the SQLite file open.
var ErrLocked = errors.New("another server has this database file open: stop it first, or give this one a file of its own (DATABASE_URL)")

func lockFile(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, whose.Explain("make the lock beside the database,", path, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(ErrLocked, file.Close())
	}
	return &fileLock{file}, nil
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
