//go:build unix

package whose

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner returns the account and the group of a file, such as root:root (0:0).
func owner(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return named(int(stat.Uid), int(stat.Gid))
}

// self returns as whom the program runs.
func self() string { return named(os.Geteuid(), os.Getegid()) }

func named(uid, gid int) string {
	ids := fmt.Sprintf("%d:%d", uid, gid)
	account, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ids
	}
	return account.Username + " (" + ids + ")"
}

// advice says what to do.
func advice(cause error, there bool, path string) string {
	switch {
	case errors.Is(cause, syscall.EROFS):
		return ": mount it so that it can be written, or name a place that can be"
	case errors.Is(cause, fs.ErrPermission):
		return fmt.Sprintf(": give it to the account that the program runs as (chown %d %s), or name another place",
			os.Geteuid(), path)
	case errors.Is(cause, syscall.ENOSPC), errors.Is(cause, syscall.EDQUOT):
		return ": make room there"
	case errors.Is(cause, fs.ErrNotExist) && !there:
		return ": is what should be there mounted, and is the name right"
	case errors.Is(cause, syscall.ENOTDIR):
		return ": a part of the path is no folder"
	case errors.Is(cause, syscall.EISDIR):
		return ": name a file in the folder"
	}
	return ""
}

// Writable tells why the file or folder can't be written in, or the nearest folder above it that exists; nil when it
// can.
func Writable(path string) error {
	for {
		err := syscall.Access(path, 2) // W_OK
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return err
		}
		path = parent
	}
}
