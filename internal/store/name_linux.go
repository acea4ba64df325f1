package store

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// networks are the numbers of file systems that other machines may have mounted.
var networks = []int64{
	unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC,
	unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CODA_SUPER_MAGIC, unix.OCFS2_SUPER_MAGIC,
}

// onlyName tells when the file is, or may be, served under another name, whose changes are not beside it. It does not
// open the file: the locks that SQLite has on it would be gone with the descriptor.
func onlyName(path string) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(path, &disk); err != nil {
		return fmt.Errorf("look at the disk of the database's file: %w", err)
	}
	if slices.Contains(networks, int64(disk.Type)) { //nolint:unconvert // it has other widths elsewhere
		return ErrNetworkDisk
	}
	var stat unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_NLINK, &stat); err != nil {
		return fmt.Errorf("look at the database's file: %w", err)
	}
	switch {
	case stat.Nlink > 1:
		return ErrSecondName
	case stat.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 && stat.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0:
		return ErrMountedFile
	}
	return nil
}
