package store

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deputy/internal/store/prepared"
)

// Unavailable reports whether an error means that the database is unreachable, full, read-only or too busy, so that the
// request was rolled back and may succeed later. It is false for an unknown outcome.
func Unavailable(err error) bool {
	if err == nil || errors.Is(err, ErrUnknownOutcome) {
		return false
	}
	var connect *ConnectError
	switch {
	case errors.As(err, &connect), isDisconnect(err), isConflict(err), errors.Is(err, ErrReplaced),
		errors.Is(err, prepared.ErrLost),
		errors.Is(err, sqldriver.ErrBadConn), errors.Is(err, context.DeadlineExceeded):
		return true
	}
	if failure := pq.As(err); failure != nil {
		switch failure.Code {
		case pqerror.QueryCanceled, pqerror.LockNotAvailable, pqerror.OutOfMemory:
			return true
		}
	}
	ill, _ := illness(err)
	return ill
}

// illness reports whether an error means that the database can't be read or written, and whether that lasts until the
// server is restarted.
func illness(err error) (ill, lasts bool) {
	if failure := pq.As(err); failure != nil {
		// Errors of a single expensive statement don't count: anybody could make the server unready with them.
		ill = failure.Code == pqerror.ReadOnlySQLTransaction || failure.Code == pqerror.DiskFull ||
			failure.Code.Class() == pqerror.ClassSystemError
		return ill, false
	}
	var liteErr *sqlite.Error
	if errors.As(err, &liteErr) {
		switch liteErr.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true, true
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return true, false
		}
	}
	return false, false
}
