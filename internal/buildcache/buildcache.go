// Package buildcache keeps the outputs of compilers and simulators under a digest of their inputs.
//
// An entry is a folder, v2/KIND/KEY below the cache's folder. It is complete or absent:
// it is made under another name and renamed. Its manifest (entry.json) holds the size,
// the mode and the SHA-256 of every file. Each use of an entry verifies all of them, and
// a damaged entry is made again. Entries that nobody used for a month are removed.
//
// The digests find damage, not an attacker, who would write a manifest as well. Permissions
// keep others out: every folder on the way to an entry must belong to
// this user or to root, and only its owner may write it (owner.go). So nobody else can
// change a file between its verification and its use, and an entry may be verified by
// name and then be run by name.
//
// Start reading at Entry. evidence.go is about tools that find files by themselves,
// shared.go about a second, read-only cache for a team.
package buildcache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// layout is the folder of the entries below the cache's folder. Its number changes with
// the form of entries.
const layout = "v2"

// Notice receives a line about a damaged entry. By default it goes to standard error.
var Notice = func(line string) { fmt.Fprintln(os.Stderr, "approxtrain:", line) }

// Dir returns the folder of the cache: $XDG_CACHE_HOME/approxtrain, by
// default ~/.cache/approxtrain.
func Dir() (string, error) {
	base, err := os.UserCacheDir()
	if err == nil && !filepath.IsAbs(base) {
		err = fmt.Errorf("$HOME is %q", base)
	}
	if err != nil {
		return "", fault.Usagef("looking for a folder for the build cache: %w; set XDG_CACHE_HOME to an absolute path", err)
	}
	return filepath.Join(base, "approxtrain"), nil
}

// Folder returns the folder of the entries of a kind, whether it exists or not.
func Folder(kind string) (string, error) {
	root, err := Dir()
	return filepath.Join(root, layout, kind), err
}

// Key is a key under construction: every part is preceded by its length, so
// that no two lists of parts give the same key.
type Key struct{ parts []string }

// Add appends parts.
func (k *Key) Add(parts ...string) { k.parts = append(k.parts, parts...) }

// Sum returns the key: the SHA-256 of the parts, in hex.
func (k *Key) Sum() string {
	h := sha256.New()
	for _, p := range k.parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Entry returns the folder of the entry with a key. If the entry is absent or damaged,
// the given function makes it in an empty folder. hit says that it was not called.
func Entry(kind, key string, make func(dir string) error) (dir string, hit bool, err error) {
	return entry(kind, key, func(string) bool { return true }, make)
}

// Judged is Entry for contents that their user can verify. An entry that judge refuses is made again, and a notice says
// why; one of a shared cache is not copied. judge is not asked about an entry that make has just made.
func Judged(kind, key string, judge func(dir string) error, make func(dir string) error) (dir string, hit bool, err error) {
	var refused error
	dir, hit, err = entry(kind, key, func(dir string) bool {
		err := judge(dir)
		if err != nil {
			refused = err
		}
		return err == nil
	}, make)
	if refused != nil && err == nil {
		Notice(fmt.Sprintf("the entry %s of the build cache was wrong (%v): it is made again", dir, refused))
	}
	return dir, hit, err
}

// entry is Entry for entries that count only while current says so.
func entry(kind, key string, current func(dir string) bool, make func(dir string) error) (dir string, hit bool, err error) {
	root, err := Dir()
	if err != nil {
		return "", false, err
	}
	parent, err := open(root, kind)
	if err != nil {
		return "", false, err
	}
	sweepOnce(root)
	dir = filepath.Join(parent, key)
	if there, err := take(root, dir, current); there || err != nil {
		return dir, there, err
	}
	tmp, remove, err := workFolder(root)
	if err != nil {
		return "", false, explain(root, "making a folder in the build cache", err)
	}
	defer remove()
	made := filepath.Join(tmp, "entry")
	hit, err = copyShared(kind, key, made, current)
	if err == nil && !hit {
		if err = os.Mkdir(made, 0o700); err == nil {
			if err = make(made); err == nil {
				err = seal(made, kind, key)
			}
		}
	}
	if err != nil {
		return "", false, explain(root, "", err)
	}
	for range 3 { // another process may put a damaged entry there, and then again
		err = os.Rename(made, dir)
		if err == nil {
			use(dir)
			clean(root, parent)
			return dir, hit, nil
		}
		if there, e := take(root, dir, current); there || e != nil {
			return dir, there, e // somebody else was faster
		}
	}
	return "", false, explain(root, "putting an entry into the build cache", err)
}

// take says whether an entry is there and can be used. A damaged entry, or one that is
// no longer current, is removed first.
func take(root, dir string, current func(dir string) bool) (bool, error) {
	good := func() (bool, error) {
		if err := use(dir); err != nil {
			return false, err
		}
		if err := verify(dir); err != nil {
			return false, err
		}
		return current(dir), nil
	}
	there, err := good()
	if there || errors.Is(err, fs.ErrNotExist) {
		return there, nil
	}
	if errors.As(err, new(*refusal)) {
		return false, refused(root, err)
	}
	// Look again while no other process removes or judges an entry of this kind: it may
	// have put a good one there.
	unlock := lock(filepath.Dir(dir))
	defer unlock()
	there, err = good()
	if there || errors.Is(err, fs.ErrNotExist) {
		return there, nil
	}
	var damage *damaged
	switch {
	case errors.As(err, &damage):
		Notice(fmt.Sprintf("the entry %s of the build cache is damaged (%v): it is made again", dir, damage))
	case err != nil:
		return false, err
	}
	if err := discard(root, dir); err != nil {
		return false, fault.Failedf("removing an entry of the build cache that cannot be used: %w; remove the folder %s", err, dir)
	}
	return false, nil
}

// discard removes an entry, at once for everybody who looks for it.
func discard(root, dir string) error {
	release(dir)
	tmp, remove, err := workFolder(root)
	if err != nil {
		return err
	}
	defer remove()
	if err := os.Rename(dir, filepath.Join(tmp, "entry")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// explain adds advice to an error of the cache's file system.
func explain(root, doing string, err error) error {
	if err == nil {
		return nil
	}
	if doing != "" {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT), full(root):
		return fault.Failedf("%w (the disk of the build cache, %s, is full: free some space, run 'approxtrain cache clear', "+
			"or set XDG_CACHE_HOME to a folder on another disk)", err, root)
	case errors.Is(err, unix.EROFS):
		return fault.Failedf("%w (the build cache, %s, is on a read-only file system: set XDG_CACHE_HOME to a folder that can be written)", err, root)
	case doing != "" && errors.Is(err, fs.ErrPermission):
		return fault.Failedf("%w (user %d may not write the build cache, %s: set XDG_CACHE_HOME to a folder that this user may write)",
			err, os.Geteuid(), root)
	}
	return err
}

// full says whether a disk has no room for another file. A compiler that met a full disk
// has said so in words of its own.
func full(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && st.Bavail*uint64(st.Bsize) < 1<<16
}

// lifetime is how long an unused entry stays.
const lifetime = 30 * 24 * time.Hour
