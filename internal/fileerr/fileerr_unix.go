//go:build unix

package fileerr

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

// self returns the account that the program runs as.
func self() string { return named(os.Geteuid(), os.Getegid()) }

func named(uid, gid int) string {
	ids := fmt.Sprintf("%d:%d", uid, gid)
	account, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ids
	}
	return account.Username + " (" + ids + ")"
}

// advice returns what to do about the error.
func advice(cause error, there bool, path string) string {
	switch {
	case errors.Is(cause, syscall.EROFS):
		return ": mount it writable, or choose another location"
	case errors.Is(cause, fs.ErrPermission):
		return fmt.Sprintf(": make the account that the program runs as its owner (chown %d %s), or choose another location",
			os.Geteuid(), path)
	case errors.Is(cause, syscall.ENOSPC), errors.Is(cause, syscall.EDQUOT):
		return ": free space on the disk"
	case errors.Is(cause, fs.ErrNotExist) && !there:
		return ": check the path, and that its disk is mounted"
	case errors.Is(cause, syscall.ENOTDIR):
		return ": a part of the path is not a folder"
	case errors.Is(cause, syscall.EISDIR):
		return ": choose a file in the folder"
	}
	return ""
}

// Writable returns an error when the file or folder, or the nearest folder above it that exists, can't be written.
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
