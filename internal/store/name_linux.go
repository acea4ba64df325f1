package store

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// networks are the magic numbers of file systems that other machines may have mounted.
var networks = []int64{
	unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC,
	unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CODA_SUPER_MAGIC, unix.OCFS2_SUPER_MAGIC,
}

// onlyName returns an error when the file is, or may be, served under another name or mount, whose write-ahead log is
// elsewhere. It does not open the file: closing the descriptor would release SQLite's locks.
func onlyName(path string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(path, &disk); err != nil {
		return fmt.Errorf("check the disk of the database file: %w", err)
	}
	if slices.Contains(networks, int64(disk.Type)) { //nolint:unconvert // its type differs between platforms
		return ErrNetworkDisk
	}
	var stat unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_NLINK, &stat); err != nil {
		return fmt.Errorf("check the database file: %w", err)
	}
	switch {
	case stat.Nlink > 1:
		return ErrSecondName
	case stat.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && stat.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0:
		return ErrMountedFile
	}
	return nil
}
