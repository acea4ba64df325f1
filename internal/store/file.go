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

	"deputy/internal/whose"
)

// These say why a SQLite file can't be served, or is served no longer.
var (
	// ErrLocked says that another process has the SQLite file open.
	ErrLocked = errors.New("another server has this database file open: stop it first, or give this one a file of its " +
		"own (DATABASE_URL)")
	// ErrNoLocks says that the disk keeps nobody off the file.
	ErrNoLocks = errors.New("the disk that the database's file lies on has no locks, so two servers could change it at " +
		"once: use a disk of this machine")
	// ErrNetworkDisk says that other machines may have the file open.
	ErrNetworkDisk = errors.New("the database's file lies on a network file system, where SQLite loses changes: use a " +
		"disk of this machine, or PostgreSQL")
	// ErrSecondName says that the file has several names, each of which has changes of its own beside it.
	ErrSecondName = errors.New("the database's file has a second name (a hard link), and changes that were made under " +
		"one are not seen under the other: " +
		"remove one of the names")
	// ErrMountedFile says that the file alone is mounted, without what lies beside it.
	ErrMountedFile = errors.New("the database's file is mounted by itself, so the changes that lie beside it are not " +
		"seen here: mount its folder")
	// ErrLeadsNowhere says that the file is a symbolic link to nothing.
	ErrLeadsNowhere = errors.New("the database's file is a symbolic link that leads to nothing: is the disk that it " +
		"leads to mounted")
	// ErrReplaced says that what lies under the database's name is not what the server opened.
	ErrReplaced = errors.New("the database's file was removed, replaced or overwritten while the server ran: stop the " +
		"server, put the right file in its place, and start it again")
)

// errHeld is what lock answers when somebody else holds the lock.
var errHeld = errors.New("somebody else holds the lock")

// heldFile is the file of a SQLite database, which no other process serves while this one holds it. It is told by what
// it is: the lock is on the file itself, so that it holds under every name and every mount. The operating system frees
// it when the process ends.
//
// The file stays open until SQLite has closed it: with the first descriptor of a file that a process closes, all locks
// that SQLite has on it are gone.
type heldFile struct {
	path string
	file *os.File

	mu     sync.Mutex
	beside map[string]os.FileInfo // what SQLite keeps beside it, once it was seen
	marks  marks
}

// marks are the numbers that a server writes into its file, each one more than the one before. The file on the disk has
// one of them, or what it had before, until SQLite brings the next one there; it never goes back, unless somebody puts
// an older copy in its place.
type marks struct {
	first, last uint32 // those that were given to SQLite; 0 before the first
	seen        uint32 // what the disk had last
}

// follow reports whether the disk may have the mark, and remembers it.
func (m *marks) follow(mark uint32) bool {
	ours := func(mark uint32) bool { return m.first <= mark && mark <= m.last }
	if mark == m.seen || ours(mark) && (!ours(m.seen) || mark > m.seen) {
		m.seen = mark
		return true
	}
	return false
}

// besides are the endings of the files that SQLite keeps beside its own while it is open.
var besides = []string{"-wal", "-shm"}

// holdFile opens the file, which it makes for its owner alone when it does not exist, and locks it. It tells when the
// file can't be written: SQLite would open it for reading, and say so at the first change.
func holdFile(path string) (*heldFile, error) {
	path = realPath(path)
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil, ErrLeadsNowhere
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, whose.Explain("open for writing the database", path, err)
	}
	h := &heldFile{path: path, file: file, beside: map[string]os.FileInfo{}}
	if err := errors.Join(onlyName(path), h.take()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

// take takes the lock, and sees to it that it keeps others off.
func (h *heldFile) take() error {
	if err := lock(h.file); errors.Is(err, errHeld) {
		return ErrLocked
	} else if err != nil {
		return fmt.Errorf("%w (%w)", ErrNoLocks, withoutPath(err))
	}
	again, err := os.OpenFile(h.path, os.O_RDWR, 0)
	if err != nil {
		return whose.Explain("open for writing the database", h.path, err)
	}
	defer again.Close() //nolint:errcheck // nothing was written
	if err := lock(again); !errors.Is(err, errHeld) {
		return ErrNoLocks
	}
	return h.same(h.path, h.file)
}

// same tells when the path does not lead to the open file any more.
func (*heldFile) same(path string, file *os.File) error {
	held, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the database's file: %w", withoutPath(err))
	}
	there, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return ErrReplaced
	}
	if err != nil {
		return fmt.Errorf("look at the database's file: %w", withoutPath(err))
	}
	return nil
}

// sqliteMagic begins every SQLite file.
var sqliteMagic = []byte("SQLite format 3\x00")

// markAt is where a SQLite file says its user_version, which Deputy uses for nothing else.
const markAt = 60

// header returns the beginning of the file as it lies on the disk, past all caches of SQLite.
func (h *heldFile) header() (mark uint32, err error) {
	head := make([]byte, 100)
	if _, err := h.file.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, sqliteMagic) {
		return 0, ErrReplaced
	}
	return binary.BigEndian.Uint32(head[markAt:]), nil
}

// check returns ErrReplaced when the file, or what SQLite keeps beside it, is not what the server opened and has
// written to.
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

// nextMark returns the number to write into the file. The first one is drawn, so that files are told apart.
func (h *heldFile) nextMark() (uint32, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.marks.last == 0 {
		seen, err := h.header()
		if err != nil {
			return 0, err
		}
		first := 1 + rand.Uint32()>>2 //nolint:gosec // tells files apart, no secret; SQLite takes 31 bits
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

// realPath returns where the path leads, past symbolic links: SQLite keeps what belongs to a file beside the file, and
// so do we. What does not exist is answered as far as it does.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}
