package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockByte is the offset of the locked byte. Locks on Windows are mandatory, so it lies beyond any SQLite file.
const lockByte = 1 << 62

// lock takes the lock of the file, or returns errHeld.
func lock(file *os.File) error {
	at := &windows.Overlapped{OffsetHigh: lockByte >> 32}
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errHeld
	}
	return err
}
