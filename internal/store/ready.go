package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// readyFor is how long a successful write of Ready counts.
	readyFor = time.Second
	// illFor is how long the server is unready after a request met a failure of the database.
	illFor = 5 * time.Second
	// room is the free space that the disk of a SQLite file must have, in bytes.
	room = 256 << 10
)

// health is the known state of the database.
type health struct {
	mu    sync.Mutex
	wrote time.Time   // when Ready wrote last
	doubt atomic.Bool // whether a request has met a failure since

	met     sync.Mutex
	failure error
	at      time.Time
	forever bool
}

// meet records an error of a statement, if it means that the database can't be read or written.
func (h *health) meet(err error) {
	if Unavailable(err) {
		h.doubt.Store(true)
	}
	ill, lasts := illness(err)
	if !ill {
		return
	}
	h.met.Lock()
	defer h.met.Unlock()
	if !h.forever {
		h.failure, h.at, h.forever = err, time.Now(), lasts
	}
}

// recent returns a failure that a statement met recently.
func (h *health) recent() error {
	h.met.Lock()
	defer h.met.Unlock()
	if h.failure != nil && (h.forever || time.Since(h.at) < illFor) {
		return h.failure
	}
	return nil
}

// Ready returns nil when the server can read and write the database: on SQLite the file that it opened, with free space
// on its disk; on PostgreSQL a primary. It writes at most once a second. A server whose clock differs from the
// database's is not ready either.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	if err := errors.Join(s.clock.check(), s.file.check(), s.health.recent()); err != nil {
		return err
	}
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if !s.health.doubt.Swap(false) && !s.health.wrote.IsZero() && time.Since(s.health.wrote) < readyFor {
		return nil
	}
	s.health.wrote = time.Time{}
	if err := s.tryWriting(ctx); err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	if err := s.file.check(); err != nil {
		return err
	}
	s.health.wrote = time.Now()
	return nil
}

// sign writes the row of Ready. A sweep may delete it.
const sign = `INSERT INTO throttles (id, count, ends_at) VALUES ('ready', 0, $1)
ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at`

func (s *Store) tryWriting(ctx context.Context) error {
	if s.file != nil {
		return errors.Join(s.file.hasRoom(), s.markFile(ctx))
	}
	_, err := s.driver.health.ExecContext(ctx, sign, s.clock.Now().Add(time.Minute))
	return err
}

// hasRoom writes a file next to the database, because a small change may fit into space that SQLite has allocated
// already.
func (h *heldFile) hasRoom() (err error) {
	file, err := os.CreateTemp(filepath.Dir(h.path), filepath.Base(h.path)+".room-*")
	if err != nil {
		return fmt.Errorf("write next to the database: %w", withoutPath(err))
	}
	defer func() { err = errors.Join(err, withoutPath(os.Remove(file.Name()))) }()
	_, err = file.Write(make([]byte, room))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write next to the database: %w", withoutPath(err))
	}
	return nil
}

// markFile writes a number into the SQLite file that distinguishes it from all others, also from its copies and its
// earlier states.
func (s *Store) markFile(ctx context.Context) error {
	if s.file == nil {
		return nil
	}
	mark, err := s.file.nextMark()
	if err != nil {
		return err
	}
	for _, statement := range []string{
		fmt.Sprintf("PRAGMA user_version = %d", mark),
		"PRAGMA wal_checkpoint(PASSIVE)", // into the file itself, unless a reader needs the earlier state
	} {
		if _, err := s.driver.health.ExecContext(ctx, statement); sqlState(err) == busy {
			return nil // another connection is writing right now
		} else if err != nil {
			return fmt.Errorf("mark the database file: %w", err)
		}
	}
	return nil
}

// unmark removes the mark from a copy, which must not be taken for the original.
func unmark(copied *os.File) error {
	_, err := copied.WriteAt(binary.BigEndian.AppendUint32(nil, 0), markAt)
	return err
}
