package buildcache

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
)

// Info describes an entry.
type Info struct {
	Kind string    `json:"kind"`
	Key  string    `json:"key"`
	Path string    `json:"path"`
	Size int64     `json:"bytes"` // of its files
	Used time.Time `json:"used"`  // the last time

	trusted owners
}

// List returns the entries of the user's own cache, by kind and key.
func List() ([]Info, error) {
	root, err := Dir()
	if err != nil {
		return nil, err
	}
	return list(root, ownOnly)
}

// ListShared returns the entries of the shared cache; none if the user names none.
func ListShared() ([]Info, error) {
	root, trusted, err := openShared("")
	if root == "" || err != nil {
		return nil, err
	}
	return list(filepath.Dir(root), trusted)
}

// list returns the entries of a cache.
func list(root string, trusted owners) (all []Info, err error) {
	for _, dir := range []string{root, filepath.Join(root, layout)} {
		if err := trusted.check(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, refused(root, err)
		}
	}
	for _, kind := range readDir(filepath.Join(root, layout)) {
		if !kind.IsDir() || strings.HasPrefix(kind.Name(), ".") {
			continue
		}
		for _, e := range readDir(filepath.Join(root, layout, kind.Name())) {
			i := Info{Kind: kind.Name(), Key: e.Name(), Path: filepath.Join(root, layout, kind.Name(), e.Name()), trusted: trusted}
			if info, err := e.Info(); err == nil {
				i.Used = info.ModTime()
			}
			filepath.WalkDir(i.Path, func(_ string, e fs.DirEntry, err error) error {
				if err != nil {
					return nil // another process may have removed it
				}
				if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
					i.Size += info.Size()
				}
				return nil
			})
			all = append(all, i)
		}
	}
	return all, nil
}

// Verify compares the entry with its manifest and returns in which way it differs.
func (i Info) Verify() error { return verifyFor(i.Path, i.trusted) }

// Clear removes the entries of the user's own cache that a function chooses, and returns
// those that were removed. Entries that another process uses stay.
func Clear(choose func(Info) bool) (removed []Info, err error) {
	root, err := Dir()
	if err != nil {
		return nil, err
	}
	all, err := List()
	if err != nil {
		return nil, err
	}
	sweepOnce(root)
	for _, i := range all {
		if !choose(i) {
			continue
		}
		unlock := lock(filepath.Dir(i.Path))
		free, err := removeUnused(root, i.Path)
		unlock()
		if err != nil {
			return removed, fault.Failedf("removing an entry of the build cache: %w; remove the folder %s", err, i.Path)
		}
		if free {
			removed = append(removed, i)
		}
	}
	return removed, nil
}

// removeUnused removes an entry unless a process uses it.
func removeUnused(root, dir string) (bool, error) {
	if fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err == nil {
		defer unix.Close(fd)
		if unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK {
			return false, nil
		}
	}
	return true, discard(root, dir)
}

// Export copies the entries of the user's own cache into a folder that others can use as
// their shared cache. Entries that are there already and whole stay; damaged ones of the
// user's own are left out. It returns how many were copied.
func Export(to string) (copied int, err error) {
	all, err := List()
	if err != nil {
		return 0, err
	}
	own, err := Dir()
	if err != nil {
		return 0, err
	}
	if to, err = filepath.Abs(to); err != nil {
		return 0, err
	}
	if rel, err := filepath.Rel(own, to); err == nil && filepath.IsLocal(rel) {
		return 0, fault.Usagef("exporting the build cache: %s is in the cache itself", to)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return 0, fault.Usagef("exporting the build cache: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(to); err == nil {
		to = resolved
	}
	err = errors.Join(ownOnly.checkAbove(to), ownOnly.check(to))
	if err != nil {
		return 0, fault.Usagef("exporting the build cache to %s, which nobody would trust: %w", to, err)
	}
	for _, i := range all {
		if i.Kind == ownKind {
			continue
		}
		done, err := export(i, to)
		if errors.As(err, new(*damaged)) {
			Notice(fmt.Sprintf("the entry %s of the build cache is damaged (%v): it is left out", i.Path, err))
			continue
		}
		if err != nil {
			return copied, fault.Failedf("exporting the build cache to %s: %w", to, err)
		}
		if done {
			copied++
		}
	}
	return copied, nil
}

// export copies an entry, if it is of use to others.
func export(i Info, root string) (bool, error) {
	parent := filepath.Join(root, layout, i.Kind)
	dir := filepath.Join(parent, i.Key)
	if err := verify(dir); err == nil {
		return false, nil
	}
	var e Evidence
	if data, err := os.ReadFile(filepath.Join(i.Path, evidenceFile)); err == nil && json.Unmarshal(data, &e) == nil && e.Unsettled {
		return false, nil
	}
	for _, d := range []string{filepath.Dir(parent), parent} {
		if err := mkdir(d, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return false, err
		}
	}
	tmp, remove, err := leftovers.Dir(filepath.Join(root, layout), making)
	if err != nil {
		return false, err
	}
	defer remove()
	made := filepath.Join(tmp, "entry")
	if err := copyEntry(i.Path, made, i.Kind, i.Key, 0o755); err != nil {
		return false, err
	}
	if err := os.Rename(dir, filepath.Join(tmp, "damaged")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, os.Rename(made, dir)
}
