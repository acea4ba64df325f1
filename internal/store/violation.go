package store

import (
	"errors"
	"slices"
	"strings"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Violates reports whether the database refused a row because of one of the constraints. PostgreSQL names the
// constraint or the index; SQLite names checks and triggers, but a unique index by its columns ("roles.org_id,
// roles.name"), and foreign keys not at all. On PostgreSQL the transaction has failed by then: constraints are the
// second check, behind one under a lock.
func Violates(err error, constraints ...string) bool {
	name := violated(err)
	return name != "" && slices.Contains(constraints, name)
}

// violated returns the violated constraint, or an empty text for other errors.
func violated(err error) string {
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		if pqErr.Code.Class() != "23" {
			return ""
		}
		return pqErr.Constraint
	}
	var liteErr *sqlite.Error
	if !errors.As(err, &liteErr) || liteErr.Code()&0xff != sqlite3.SQLITE_CONSTRAINT {
		return ""
	}
	// "constraint failed: UNIQUE constraint failed: roles.org_id, roles.name (2067)"
	text := liteErr.Error()
	if i := strings.LastIndex(text, "constraint failed: "); i >= 0 {
		text = text[i+len("constraint failed: "):]
	}
	if i := strings.LastIndex(text, " ("); i >= 0 {
		text = text[:i]
	}
	return text
}
