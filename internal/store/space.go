package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// fewPages is the number of free pages of a SQLite file below which compacting is not worth it.
const fewPages = 1_000

// giveBack compacts a SQLite file when more than half of it is free, as after a version of the schema that removes
// large data; SQLite keeps free pages for future rows. It may be interrupted at any moment: the file is then either
// unchanged or compacted, and the next start checks again. Meanwhile the disk needs twice the space of the compacted
// file; when it is missing, the file stays as it is.
//
// VACUUM would do the same with its whole copy in memory (see tempInMemory).
func (s *Store) giveBack(ctx context.Context) error {
	copied := s.file.path + ".compact" // nobody else creates it: we hold the lock on the database
	if err := removeFile(copied); err != nil {
		return fmt.Errorf("remove the copy of an interrupted start: %w", err)
	}
	pages, free := 0, 0
	for pragma, into := range map[string]*int{"page_count": &pages, "freelist_count": &free} {
		if err := s.driver.write.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(into); err != nil {
			return fmt.Errorf("check for free space: %w", err)
		}
	}
	if free < fewPages || free <= pages/2 {
		return nil
	}
	err := s.compact(ctx, copied)
	if full := (*sqlite.Error)(nil); errors.As(err, &full) && full.Code()&0xff == sqlite3.SQLITE_FULL {
		err = nil
	}
	if err := errors.Join(err, removeFile(copied)); err != nil {
		return fmt.Errorf("release free space: %w", err)
	}
	return nil
}

// removeFile removes a file, if there is one.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return withoutPath(err)
	}
	return nil
}

// compact copies the database without its free pages, and overwrites it with the copy in one transaction.
func (s *Store) compact(ctx context.Context, copied string) (err error) {
	conn, err := s.driver.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := truncateLog(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", copied); err != nil {
		return err
	}
	err = conn.Raw(func(inner any) error {
		restorer, ok := inner.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the driver restores nothing")
		}
		restoring, err := restorer.NewRestore(copied)
		if err != nil {
			return err
		}
		_, err = restoring.Step(-1)
		return errors.Join(err, restoring.Finish())
	})
	if err != nil {
		return err
	}
	return truncateLog(ctx, conn)
}

// truncateLog moves the content of the write-ahead log into the file, and truncates the log.
func truncateLog(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
