package buildcache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// owners are the users whose files are trusted in addition to root's.
type owners []uint32

// ownOnly trusts this user, and root.
var ownOnly = owners{uint32(os.Geteuid())}

func (o owners) own(info fs.FileInfo) bool {
	uid := info.Sys().(*syscall.Stat_t).Uid
	return uid == 0 || slices.Contains(o, uid)
}

// refusal is the reason not to use a folder of the cache.
type refusal struct{ path, reason string }

func (r *refusal) Error() string {
	return fmt.Sprintf("the folder %s is not safe: %s", r.path, r.reason)
}

// check refuses a folder of the cache that somebody else owns or may write, and one
// behind a symbolic link.
func (o owners) check(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return &refusal{dir, "it is a symbolic link; remove it"}
	case !mode.IsDir():
		return damagedf("it is no folder")
	case !o.own(info):
		return &refusal{dir, fmt.Sprintf("user %d owns it, but the program runs as user %d; remove it", info.Sys().(*syscall.Stat_t).Uid, os.Geteuid())}
	case mode.Perm()&0o022 != 0:
		return &refusal{dir, fmt.Sprintf("its mode %04o lets other users write it; if you trust its content, run: chmod -R go-w %s", mode.Perm(), dir)}
	}
	return nil
}

// checkAbove refuses a folder if another user could put another one in its place: each folder on
// the way to it must belong to a trusted user, and others must not be able to rename its contents.
// A sticky bit, as on /tmp, prevents that too. For a folder that does not exist, the nearest one
// above is checked.
func (o owners) checkAbove(dir string) error {
	namespace := inNamespace()
	for dir != "/" {
		dir = filepath.Dir(dir)
		info, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		private := info.Mode().Perm()&0o002 == 0 && (info.Mode().Perm()&0o020 == 0 || ownGroup(st))
		switch {
		case !o.own(info) && !(namespace && st.Uid == nobody):
			return &refusal{dir, fmt.Sprintf("user %d owns it, but the program runs as user %d", st.Uid, os.Geteuid())}
		case !private && info.Mode()&fs.ModeSticky == 0:
			return &refusal{dir, fmt.Sprintf("its mode %04o lets other users replace what is in it; run: chmod go-w %s", info.Mode().Perm(), dir)}
		}
	}
	return nil
}

// ownGroup says whether the group of a folder has its owner as the only member, as far as
// names tell: root's group, or one that is called like the owner. Systems that give each
// user such a group let it write by default.
func ownGroup(st *syscall.Stat_t) bool {
	if st.Gid == 0 {
		return true
	}
	owner, err := user.LookupId(strconv.Itoa(int(st.Uid)))
	if err != nil {
		return false
	}
	group, err := user.LookupGroupId(strconv.Itoa(int(st.Gid)))
	return err == nil && group.Name == owner.Username
}

// nobody represents the users that a user namespace does not map, root among them.
const nobody = 65534

// inNamespace reports whether this process is in a user namespace that does not map all users.
func inNamespace() bool {
	data, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(string(data)), " ") != "0 0 4294967295"
}

// open returns the folder of a kind in the user's own cache, which is made if needed.
func open(root, kind string) (string, error) {
	resolved := root
	if r, err := filepath.EvalSymlinks(root); err == nil { // the folder itself may be on another disk
		resolved = r
	} else if r, err := filepath.EvalSymlinks(filepath.Dir(root)); err == nil {
		resolved = filepath.Join(r, filepath.Base(root))
	}
	if err := ownOnly.checkAbove(resolved); err != nil {
		return "", refused(root, err)
	}
	if err := os.MkdirAll(resolved, 0o700); err != nil {
		return "", explain(root, "making the build cache", err)
	}
	dir := filepath.Join(root, layout, kind)
	for _, d := range []string{resolved, filepath.Dir(dir), dir} {
		err := os.Mkdir(d, 0o700)
		if _, e := os.Lstat(d); e != nil && err != nil {
			return "", explain(root, "making the build cache", err)
		}
		err = ownOnly.check(d)
		if errors.As(err, new(*damaged)) {
			err = &refusal{d, "it is a file; remove it"}
		}
		if err != nil {
			return "", refused(root, err)
		}
	}
	return dir, nil
}

// refused makes an error for the user of a reason not to use the cache.
func refused(root string, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return explain(root, "opening the build cache", err)
	}
	hint := "or set XDG_CACHE_HOME to a folder that only you may write"
	if os.Geteuid() == 0 {
		hint += "; with sudo, run sudo -H"
	}
	return fault.Usagef("the build cache %s is not used, because it holds programs that approxtrain runs: %w; %s", root, err, hint)
}
