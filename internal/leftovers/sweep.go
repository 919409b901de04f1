package leftovers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A name that Dir gives: prefix, 16 hexadecimal digits, suffix. removeDir adds gone.
const (
	suffix = ".temp"
	gone   = ".gone"
)

var given = regexp.MustCompile(`^[0-9a-f]{16}\.temp(\.gone)*$`)

// errTaken is the error of lock if another process holds the lock or removed the folder.
var errTaken = errors.New("another process has it")

// flock is unix.Flock, but for a test.
var flock = unix.Flock

// lock opens a folder, never through a symbolic link, and locks it until the descriptor is
// closed or the process ends. locked is false where the file system has no locks.
func lock(dir string) (fd int, locked bool, err error) {
	fd, err = unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return 0, false, errTaken
	} else if err != nil {
		return 0, false, err
	}
	for err = unix.EINTR; errors.Is(err, unix.EINTR); {
		err = flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		unix.Close(fd)
		return 0, false, errTaken
	} else if err != nil {
		return fd, false, nil
	}
	// Another process may have removed or renamed the folder before the lock.
	var here, there unix.Stat_t
	err = errors.Join(unix.Fstat(fd, &here), unix.Lstat(dir, &there))
	if err != nil || here.Ino != there.Ino || here.Dev != there.Dev {
		unix.Close(fd)
		return 0, false, errTaken
	}
	return fd, true, nil
}

// sweep removes the folders that Dir made in a process that has ended without removing them. It
// leaves those that it cannot remove.
func sweep(parent, prefix string) {
	list, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	shared := false
	for i, e := range list {
		if i == 0 {
			shared = sharedBetweenMachines(parent)
		}
		rest, ok := strings.CutPrefix(e.Name(), prefix)
		if ok && e.IsDir() && given.MatchString(rest) {
			sweepOne(filepath.Join(parent, e.Name()), shared)
		}
	}
}

func sweepOne(dir string, shared bool) {
	fd, locked, err := lock(dir)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || !locked || int(st.Uid) != os.Geteuid() {
		return
	}
	if shared && time.Since(time.Unix(st.Mtim.Unix())) < 7*24*time.Hour {
		return
	}
	removeDir(dir)
}

// removeDir renames a folder and then removes it, so that nobody can see one that is half
// removed under its name, or rename it to another name. Folders without permission to
// write get it.
func removeDir(dir string) error {
	if !strings.HasSuffix(dir, gone) {
		switch err := os.Rename(dir, dir+gone); {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err == nil:
			dir += gone
		}
	}
	err := os.RemoveAll(dir)
	for range 10 { // a child of the process may still be writing there
		if err == nil {
			return nil
		}
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				os.Chmod(path, 0o700)
			}
			return nil
		})
		if err = os.RemoveAll(dir); err != nil {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return err
}

// sharedBetweenMachines reports whether other machines may use the file system.
func sharedBetweenMachines(dir string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return true
	}
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC,
		unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC, unix.CODA_SUPER_MAGIC, unix.OCFS2_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
		0x0bd00bd0, // Lustre
		0x47504653, // GPFS
		0x19830326: // BeeGFS
		return true
	}
	return false
}
