//go:build !unix

package whose

import (
	"errors"
	"io/fs"
	"os/user"
)

// owner returns nothing: who owns a file is not told by its mode here.
func owner(fs.FileInfo) string { return "" }

// self returns as whom the program runs.
func self() string {
	account, err := user.Current()
	if err != nil {
		return ""
	}
	return account.Username
}

// advice says what to do.
func advice(cause error, there bool, _ string) string {
	switch {
	case errors.Is(cause, fs.ErrPermission):
		return ": let the account that the program runs as write there, or name another place"
	case errors.Is(cause, fs.ErrNotExist) && !there:
		return ": is the name right"
	}
	return ""
}

// Writable returns nil: what can be written is found out by writing here.
func Writable(string) error { return nil }
