// Package fileerr explains errors about files to an operator: the owner and the mode of the file, and what to do.
package fileerr

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Error is an error about a file, with the file's owner and mode. It wraps the system's error.
type Error struct {
	doing, path string
	cause       error
}

// Explain returns an error about a file, or nil if err is nil. It states what was being done with the file, the
// system's error, the owner and the mode of the file or of the nearest folder that exists, and the account that the
// program runs as.
func Explain(doing, path string, err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if absolute, wrong := filepath.Abs(path); wrong == nil {
		path = absolute
	}
	return &Error{doing: doing, path: path, cause: err}
}

// Error implements error.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %v", e.doing, e.path, e.cause)
	path := e.path
	for {
		info, err := os.Stat(path)
		if err == nil {
			text += "; " + about(path, info)
			break
		}
		parent := filepath.Dir(path)
		if parent == path {
			break
		}
		path = parent
	}
	if runs := self(); runs != "" {
		text += "; the program runs as " + runs
	}
	return text + advice(e.cause, path == e.path, path)
}

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.cause }

func about(path string, info fs.FileInfo) string {
	what := "the file"
	if info.IsDir() {
		what = "the folder"
	}
	if owner := owner(info); owner != "" {
		return fmt.Sprintf("%s %s is owned by %s, mode %s", what, path, owner, info.Mode())
	}
	return fmt.Sprintf("%s %s has mode %s", what, path, info.Mode())
}
