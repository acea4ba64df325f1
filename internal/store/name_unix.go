//go:build unix && !linux

package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// onlyName returns an error when the file may be served under another name, whose write-ahead log is elsewhere.
func onlyName(path string) error {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return fmt.Errorf("check the database file: %w", err)
	}
	if stat.Nlink > 1 {
		return ErrSecondName
	}
	return nil
}
