//go:build !unix

package fileerr

import (
	"errors"
	"io/fs"
	"os/user"
)

// owner returns an empty text: the mode of a file does not show its owner here.
func owner(fs.FileInfo) string { return "" }

// self returns the account that the program runs as.
func self() string {
	account, err := user.Current()
	if err != nil {
		return ""
	}
	return account.Username
}

// advice returns what to do about the error.
func advice(cause error, there bool, _ string) string {
	switch {
	case errors.Is(cause, fs.ErrPermission):
		return ": give the account that the program runs as write access, or choose another location"
	case errors.Is(cause, fs.ErrNotExist) && !there:
		return ": check the path"
	}
	return ""
}

// Writable returns nil: on this system, only writing shows whether a file can be written.
func Writable(string) error { return nil }
