package buildcache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// A shared cache serves a team: one account fills it with Export, the others read it. An
// entry that the user's own cache does not have is copied from there, and the copy is
// verified and used. So nothing in a shared cache is run or written, and it may be mounted
// read-only.
//
// Whoever may write a shared cache decides what its users run; digests in it cannot help,
// since the same hand writes them. Trust is therefore given to accounts, as in one's own
// cache: root, the user, and the account that the user names. A signature would also serve
// where the file system's owners mean nothing (a public network share), but each user
// would have to get and keep a key, and the account that fills the cache would hold a
// secret. Team caches lie on file systems with accounts, so a name is enough.
const (
	sharedVariable = "APPROXTRAIN_CACHE_SHARED"
	ownerVariable  = "APPROXTRAIN_CACHE_SHARED_OWNER"
)

// Shared returns the folder of the shared cache, "" if the user names none.
func Shared() (string, error) {
	dir := os.Getenv(sharedVariable)
	if dir != "" && !filepath.IsAbs(dir) {
		return "", fault.Usagef("%s is %q: give an absolute path", sharedVariable, dir)
	}
	return dir, nil
}

// sharedOwners returns the owners of a shared cache that are trusted.
func sharedOwners() (owners, error) {
	name := os.Getenv(ownerVariable)
	if name == "" {
		return ownOnly, nil
	}
	id := name
	if u, err := user.Lookup(name); err == nil {
		id = u.Uid
	}
	uid, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return nil, fault.Usagef("%s is %q: there is no user of this name; give a name or a number", ownerVariable, name)
	}
	return append(owners{uint32(uid)}, ownOnly...), nil
}

// absent is said once in a process.
var absent sync.Once

// openShared returns the folder of a kind in the shared cache, "" if there is none.
func openShared(kind string) (string, owners, error) {
	root, err := Shared()
	if root == "" || err != nil {
		return "", nil, err
	}
	trusted, err := sharedOwners()
	if err != nil {
		return "", nil, err
	}
	resolved, err := filepath.EvalSymlinks(root)
	if errors.Is(err, fs.ErrNotExist) {
		absent.Do(func() {
			Notice(fmt.Sprintf("the shared build cache %s does not exist (%s): it is not used", root, sharedVariable))
		})
		return "", nil, nil
	}
	dir := filepath.Join(resolved, layout, kind)
	if err == nil {
		err = trusted.checkAbove(resolved)
	}
	for _, d := range []string{resolved, filepath.Dir(dir), dir} {
		if err == nil {
			err = trusted.check(d)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	return dir, trusted, refusedShared(root, err)
}

func refusedShared(root string, err error) error {
	if err == nil {
		return nil
	}
	return fault.Usagef("the shared build cache %s is not used: %w; it must belong to root, to you or to the user in %s, "+
		"and only its owner may write it", root, err, ownerVariable)
}

// copyShared makes the folder to of an entry of the shared cache, if that has it.
func copyShared(kind, key, to string, current func(dir string) bool) (bool, error) {
	if kind == ownKind {
		return false, nil
	}
	parent, trusted, err := openShared(kind)
	if parent == "" || err != nil {
		return false, err
	}
	from := filepath.Join(parent, key)
	err = trusted.check(from)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if errors.As(err, new(*refusal)) {
		return false, refusedShared(filepath.Dir(filepath.Dir(parent)), err)
	}
	if err == nil {
		err = copyEntry(from, to, kind, key, 0o700)
	}
	if err == nil && current(to) {
		return true, nil
	}
	if errors.As(err, new(*damaged)) || errors.Is(err, fs.ErrPermission) {
		Notice(fmt.Sprintf("the entry %s of the shared build cache is not used: %v", from, err))
		err = nil
	}
	return false, errors.Join(err, os.RemoveAll(to))
}

// copyEntry copies the files of an entry that its manifest lists, and verifies the copy.
func copyEntry(from, to, kind, key string, folders fs.FileMode) error {
	m, err := readManifest(from, kind, key)
	if err != nil {
		return err
	}
	if err := mkdir(to, folders); err != nil {
		return err
	}
	for _, f := range m.Files {
		path := to
		parts := strings.Split(filepath.Dir(f.Path), "/")
		for _, p := range parts {
			if path = filepath.Join(path, p); p != "." {
				if err := mkdir(path, folders); err != nil && !errors.Is(err, fs.ErrExist) {
					return err
				}
			}
		}
		if err := copyFile(filepath.Join(from, f.Path), filepath.Join(to, f.Path), modes[f.Mode]); err != nil {
			return err
		}
	}
	if err := writeFile(filepath.Join(to, manifestFile), 0o644, strings.NewReader(string(m.text()))); err != nil {
		return err
	}
	return m.verify(to, ownOnly)
}

// mkdir makes a folder with a mode, whatever the umask.
func mkdir(dir string, mode fs.FileMode) error {
	if err := os.Mkdir(dir, mode); err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

// copyFile copies a regular file. A file that cannot be read is damage of the entry.
func copyFile(from, to string, mode fs.FileMode) error {
	f, err := os.OpenFile(from, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return damagedf("%v", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return damagedf("%s is no regular file", from)
	}
	return writeFile(to, mode, f)
}

func writeFile(path string, mode fs.FileMode, from io.Reader) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.Copy(f, from); err != nil {
		return err
	}
	return f.Chmod(mode)
}
