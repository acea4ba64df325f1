package prepared

import (
	"database/sql/driver"
	"hash/maphash"
)

// seenPerStatement is how many hashes of texts are kept for each statement in the cache.
const seenPerStatement = 4

// seen has the hashes of recent queries. A collision makes a query be prepared one run earlier.
type seen struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
	ring   []uint64
	next   int
}

func newSeen(seed maphash.Seed, limit int) *seen {
	return &seen{seed: seed, hashes: make(map[uint64]struct{}), ring: make([]uint64, 0, limit)}
}

// before reports whether the text has run before, and adds it.
func (s *seen) before(text string) bool {
	hash := maphash.String(s.seed, text)
	if _, ok := s.hashes[hash]; ok {
		return true
	}
	if len(s.ring) < cap(s.ring) {
		s.ring = append(s.ring, hash)
	} else {
		delete(s.hashes, s.ring[s.next])
		s.ring[s.next] = hash
		s.next = (s.next + 1) % len(s.ring)
	}
	s.hashes[hash] = struct{}{}
	return false
}

// The parts of lib/pq that are used; lib/pq does not export their types.
type (
	pqConn interface {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
		driver.NamedValueChecker
	}
	pqStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	pqRows interface {
		driver.Rows
		driver.RowsNextResultSet
		driver.RowsColumnTypeScanType
		driver.RowsColumnTypeDatabaseTypeName
		driver.RowsColumnTypeLength
		driver.RowsColumnTypePrecisionScale
	}
)
