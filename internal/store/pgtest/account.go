package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the operating system's account that runs the server; without a name it is that of the process.
type account struct {
	name     string
	uid, gid uint32
}

// unprivileged returns the account for the server: that of the process, or another one if that is root, since
// PostgreSQL refuses to run as root.
func unprivileged() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return account{}, errors.New("postgresql does not run as root, and there is neither an account postgres nor nobody " +
		"to run it as")
}

// attributes returns the attributes of a process of the account, in a separate session: neither ^C on the terminal nor
// the end of the process group reaches it.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a.name != "" {
		attributes.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: []uint32{a.gid}}
	}
	return attributes
}

// canReach reports whether the account may enter every folder on the path. It returns false when in doubt.
func (a account) canReach(path string) bool {
	if a.name == "" {
		return true
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	for {
		info, err := os.Stat(resolved)
		if err != nil || info.Mode()&0o005 != 0o005 && info.IsDir() {
			return false
		}
		parent := filepath.Dir(resolved)
		if parent == resolved {
			return true
		}
		resolved = parent
	}
}

// temporaryFolder returns a folder in which the account may create and remove its own folder.
func temporaryFolder(a account) (string, error) {
	for _, folder := range []string{os.TempDir(), "/tmp"} {
		info, err := os.Stat(folder)
		if err != nil {
			continue
		}
		if a.name == "" || info.Mode().Perm()&0o007 == 0o007 && a.canReach(folder) {
			return filepath.Abs(folder)
		}
	}
	return "", fmt.Errorf("there is no temporary folder that %s may write to", a.name)
}
