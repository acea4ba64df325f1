package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"deputy/internal/fileerr"
)

// Reasons why a SQLite file can't be served, or not any longer.
var (
	// ErrLocked is returned when another process has the SQLite file open.
	ErrLocked = errors.New("another server has this database file open: stop it, or use another file for this server " +
		"(DATABASE_URL)")
	// ErrNoLocks is returned when the file system has no locks.
	ErrNoLocks = errors.New("the file system of the database file does not support locks, so two servers could write to " +
		"it at once: use a local disk")
	// ErrNetworkDisk is returned when other machines may have the file open.
	ErrNetworkDisk = errors.New("the database file is on a network file system, where SQLite loses changes: use a local " +
		"disk, or PostgreSQL")
	// ErrSecondName is returned when the file has several names, each with a write-ahead log of its own next to it.
	ErrSecondName = errors.New("the database file has a second name (a hard link), and changes made under one name are " +
		"not visible under the other: remove one of the names")
	// ErrMountedFile is returned when only the file is mounted, without the files next to it.
	ErrMountedFile = errors.New("the database file is mounted without its folder, so the changes in the files next to " +
		"it are not visible: mount its folder")
	// ErrLeadsNowhere is returned when the file is a broken symbolic link.
	ErrLeadsNowhere = errors.New("the database file is a symbolic link to a file that does not exist: check that the " +
		"disk it points to is mounted")
	// ErrReplaced is returned when the database file is not the one that the server opened.
	ErrReplaced = errors.New("the database file was removed, replaced or overwritten while the server was running: stop " +
		"the server, restore the right file, and start it again")
)

// errHeld is returned by lock when another process holds the lock.
var errHeld = errors.New("another process holds the lock")

// heldFile is the file of a SQLite database, which no other process serves while this one holds it. The lock is on the
// file itself, so that it holds under every name and every mount. The operating system releases it when the process
// ends.
//
// The file stays open until SQLite has closed it: when a process closes any descriptor of a file, it loses all of
// SQLite's locks on the file.
type heldFile struct {
	path string
	file *os.File

	mu     sync.Mutex
	beside map[string]os.FileInfo // the files that SQLite keeps next to it, once they were seen
	marks  marks
}

// marks are the increasing numbers that a server writes into its file. The file on the disk has one of them, or its
// earlier number, until SQLite writes the next one to the disk. The number never goes back, unless the file is replaced
// by an older copy.
type marks struct {
	first, last uint32 // the numbers passed to SQLite; 0 before the first
	seen        uint32 // the last number read from the disk
}

// follow reports whether the mark on the disk can be one of this server, and stores it.
func (m *marks) follow(mark uint32) bool {
	ours := func(mark uint32) bool { return m.first <= mark && mark <= m.last }
	if mark == m.seen || ours(mark) && (!ours(m.seen) || mark > m.seen) {
		m.seen = mark
		return true
	}
	return false
}

// besides are the suffixes of the files that SQLite keeps next to an open database.
var besides = []string{"-wal", "-shm"}

// holdFile opens and locks the file. If it does not exist, it is created, readable only by its owner. It returns an
// error when the file can't be written: SQLite would open it for reading, and fail at the first change.
func holdFile(path string) (*heldFile, error) {
	path = realPath(path)
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil, ErrLeadsNowhere
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fileerr.Explain("write to the database", path, err)
	}
	h := &heldFile{path: path, file: file, beside: map[string]os.FileInfo{}}
	if err := errors.Join(onlyName(path), h.take()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

// take takes the lock, and checks that it excludes others.
func (h *heldFile) take() error {
	if err := lock(h.file); errors.Is(err, errHeld) {
		return ErrLocked
	} else if err != nil {
		return fmt.Errorf("%w (%w)", ErrNoLocks, withoutPath(err))
	}
	again, err := os.OpenFile(h.path, os.O_RDWR, 0)
	if err != nil {
		return fileerr.Explain("write to the database", h.path, err)
	}
	defer again.Close() //nolint:errcheck // nothing was written
	if err := lock(again); !errors.Is(err, errHeld) {
		return ErrNoLocks
	}
	return h.same(h.path, h.file)
}

// same returns ErrReplaced when the path does not lead to the open file any more.
func (*heldFile) same(path string, file *os.File) error {
	held, err := file.Stat()
	if err != nil {
		return fmt.Errorf("check the database file: %w", withoutPath(err))
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return ErrReplaced
	}
	if err != nil {
		return fmt.Errorf("check the database file: %w", withoutPath(err))
	}
	return nil
}

// sqliteMagic begins every SQLite file.
var sqliteMagic = []byte("SQLite format 3\x00")

// markAt is the offset of user_version in a SQLite file, which Deputy uses for nothing else.
const markAt = 60

// header returns the mark of the file on the disk, bypassing SQLite's caches.
func (h *heldFile) header() (mark uint32, err error) {
	head := make([]byte, 100)
	if _, err := h.file.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, sqliteMagic) {
		return 0, ErrReplaced
	}
	return binary.BigEndian.Uint32(head[markAt:]), nil
}

// check returns ErrReplaced when the file, or one that SQLite keeps next to it, is not the one that the server opened
// and wrote to.
func (h *heldFile) check() error {
	if h == nil {
		return nil
	}
	if err := h.same(h.path, h.file); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.marks.last == 0 {
		return nil
	}
	if mark, err := h.header(); err != nil {
		return err
	} else if !h.marks.follow(mark) {
		return ErrReplaced
	}
	for _, ending := range besides {
		there, err := os.Stat(h.path + ending)
		seen := h.beside[ending]
		switch {
		case seen == nil && err == nil:
			h.beside[ending] = there
		case seen != nil && (err != nil || !os.SameFile(seen, there)):
			return ErrReplaced
		}
	}
	return nil
}

// nextMark returns the number to write into the file. The first one is random, so that files can be distinguished.
func (h *heldFile) nextMark() (uint32, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.marks.last == 0 {
		seen, err := h.header()
		if err != nil {
			return 0, err
		}
		first := 1 + rand.Uint32()>>2 //nolint:gosec // no secret; SQLite has 31 bits for it
		h.marks = marks{first: first, last: first, seen: seen}
		return first, nil
	}
	h.marks.last++
	return h.marks.last, nil
}

func (h *heldFile) release() error {
	if h == nil {
		return nil
	}
	return h.file.Close()
}

// realPath resolves symbolic links: SQLite keeps its other files next to the real file, and so do we. If the file does
// not exist, it resolves only the folder.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}
