// Package leftovers removes a process's temporary folders, however the process ends.
//
//   - An ordinary end: the function that Dir returned removes the folder.
//   - A signal: RemoveAll removes everything that is registered.
//   - kill -9, a crash, a power cut: the next process that calls Dir with the same parent
//     and prefix removes the folder. A living process holds a lock (flock) on its folder, so
//     the kernel decides which folders are left, not a process number or a time.
//
// Only folders with a name that Dir gave and that belong to the same user are ever removed.
// Where the file system has no locks, nothing is removed after a kill -9. Where it may be
// shared between machines, whose locks one machine may not see, folders stay for a week.
//
// Code that makes a folder inside a registered one uses os.Mkdir or os.Root, never
// os.MkdirAll: that would make the registered one again after RemoveAll.
//
// Start reading at Dir.
package leftovers

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// patience is the longest that RemoveAll takes.
const patience = 500 * time.Millisecond

// errEnding is the error of Dir after RemoveAll.
var errEnding = errors.New("the process is ending")

// entry is a path to remove.
type entry struct {
	path string
	info fs.FileInfo // what was there when it was registered
	mu   sync.Mutex  // held by remove, so that RemoveAll waits for one that is under way
}

// The registered entries, the latest last. mu is held while a folder is made and registered,
// so that RemoveAll sees each folder.
var (
	mu      sync.Mutex
	entries []*entry
	ending  bool
	swept   = map[[2]string]bool{} // parent and prefix
)

// Dir makes a folder in parent, which it makes too if absent. The folder's name begins with
// prefix; Dir locks it while the process lives or until remove. remove removes the folder;
// a folder that was renamed stays, and its lock ends.
//
// The first Dir of a parent and prefix in a process removes the folders there that another
// process made and left.
func Dir(parent, prefix string) (dir string, remove func() error, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("making a folder %s… in %s: %w", prefix, parent, err)
		}
	}()
	if prefix == "" || filepath.Base(prefix) != prefix {
		return "", nil, fmt.Errorf("%q is no beginning of a name", prefix)
	}
	if parent, err = filepath.Abs(parent); err != nil { // RemoveAll may run in another working folder
		return "", nil, err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", nil, err
	}
	if first(parent, prefix) {
		sweep(parent, prefix)
	}
	mu.Lock()
	defer mu.Unlock()
	if ending {
		return "", nil, errEnding
	}
	for range 100 {
		dir = filepath.Join(parent, fmt.Sprintf("%s%016x%s", prefix, rand.Uint64(), suffix))
		if err = os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return "", nil, err
		}
		afterMkdir(dir)
		fd, _, err := lock(dir)
		if errors.Is(err, errTaken) { // by a process that sweeps and saw the folder before its lock
			os.Remove(dir) // in case that process leaves it
			continue
		} else if err != nil {
			return "", nil, errors.Join(err, os.Remove(dir))
		}
		e, err := newEntry(dir)
		if err != nil {
			unix.Close(fd)
			return "", nil, err
		}
		entries = append(entries, e)
		return dir, sync.OnceValue(func() error {
			defer unix.Close(fd) // and with it the lock
			defer forget(e)
			return e.remove()
		}), nil
	}
	return "", nil, errors.New("each name that was tried is taken")
}

// afterMkdir is where a test steps between the making of a folder and its lock.
var afterMkdir = func(dir string) {}

func first(parent, prefix string) bool {
	mu.Lock()
	defer mu.Unlock()
	was := swept[[2]string{parent, prefix}]
	swept[[2]string{parent, prefix}] = true
	return !was
}

// Add registers a path that exists, a file, a symbolic link or a folder, for RemoveAll.
// forget takes it back, when the path was renamed or removed. RemoveAll leaves the path
// alone if something else has taken its place.
func Add(path string) (forgetIt func()) {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	mu.Lock()
	defer mu.Unlock()
	e, err := newEntry(path)
	if err != nil { // nothing there, nothing to remove
		return func() {}
	}
	if ending {
		e.remove()
		return func() {}
	}
	entries = append(entries, e)
	return func() { forget(e) }
}

func newEntry(path string) (*entry, error) {
	info, err := os.Lstat(path)
	return &entry{path: path, info: info}, err
}

func forget(e *entry) {
	mu.Lock()
	defer mu.Unlock()
	for i := range entries {
		if entries[i] == e {
			entries = slices.Delete(entries, i, i+1)
			return
		}
	}
}

// RemoveAll removes everything registered, the latest first, and makes Dir fail from then
// on. It returns after half a second at the latest, whatever the file system does.
func RemoveAll() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		mu.Lock()
		ending = true
		list := slices.Clone(entries) // they stay registered: a second RemoveAll waits for them too
		mu.Unlock()
		for i := len(list) - 1; i >= 0; i-- {
			list[i].remove() // the process ends: nobody is there to hear of an error
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
	}
}

// remove removes a registered folder if it still exists.
func (e *entry) remove() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, err := os.Lstat(e.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, e.info) {
		return nil
	} else if err != nil {
		return err
	}
	if !now.IsDir() {
		err := os.Remove(e.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return removeDir(e.path)
}
