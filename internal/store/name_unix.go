//go:build unix && !linux

package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// onlyName tells when the file may be served under another name, whose changes are not beside it.
func onlyName(path string) error {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return fmt.Errorf("look at the database's file: %w", err)
	}
	if stat.Nlink > 1 {
		return ErrSecondName
	}
	return nil
}
