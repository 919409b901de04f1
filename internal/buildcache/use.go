package buildcache

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/leftovers"
)

// making is the beginning of the names of folders in which entries are made or removed.
const making = ".making-"

// workFolder makes a folder in which an entry is made or removed, on the same file system
// as the entries. It does not outlive the process, even if that is killed: the next one
// removes it.
func workFolder(root string) (dir string, remove func() error, err error) {
	return leftovers.Dir(filepath.Join(root, layout), making)
}

// swept is done once for each cache in a process.
var swept sync.Map

// sweepOnce removes what processes that were killed have left in a cache, whether this
// process will make an entry or not.
func sweepOnce(root string) {
	if _, done := swept.LoadOrStore(root, true); !done {
		if _, remove, err := workFolder(root); err == nil {
			remove()
		}
	}
}

// used holds a shared lock on each entry that this process uses, until it ends. An entry
// that a process uses is not removed because of its age.
var used struct {
	sync.Mutex
	entries map[string]*os.File
}

// use locks an entry against removal. Where a file system has no locks, the entry's new
// time of use protects it, for a month.
func use(dir string) error {
	used.Lock()
	defer used.Unlock()
	if f := used.entries[dir]; f != nil {
		if here, err := f.Stat(); err == nil {
			if there, err := os.Lstat(dir); err == nil && os.SameFile(here, there) {
				return nil
			}
		}
		f.Close()
		delete(used.entries, dir)
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		if _, err := os.Lstat(dir); err != nil {
			return err
		}
		return nil // verification says what it is instead
	}
	unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB) // fails if it is being removed, and then it is absent or damaged
	if used.entries == nil {
		used.entries = map[string]*os.File{}
	}
	used.entries[dir] = os.NewFile(uintptr(fd), dir)
	now := time.Now()
	os.Chtimes(dir, now, now) // best effort: only the cleaning reads it
	return nil
}

// release ends the use of an entry.
func release(dir string) {
	used.Lock()
	defer used.Unlock()
	if f := used.entries[dir]; f != nil {
		f.Close()
		delete(used.entries, dir)
	}
}

// lock keeps other processes and goroutines from removing entries of a kind. It is held
// for the time of a verification and a renaming.
func lock(kind string) (unlock func()) {
	f, err := os.Open(kind)
	if err != nil {
		return func() {}
	}
	for unix.Flock(int(f.Fd()), unix.LOCK_EX) == unix.EINTR {
	}
	return func() { f.Close() }
}

// clean removes entries of a kind that nobody used for the lifetime and that no process
// uses now, and such entries of the layout before this one.
func clean(root, kind string) {
	unlock := lock(kind)
	defer unlock()
	for _, e := range readDir(kind) {
		dir := filepath.Join(kind, e.Name())
		if info, err := e.Info(); err != nil || time.Since(info.ModTime()) <= lifetime {
			continue
		}
		removeUnused(root, dir)
	}
	cleanFirstLayout(root)
}

func readDir(dir string) []os.DirEntry {
	entries, _ := os.ReadDir(dir)
	return entries
}

// firstLayout lists the folders of entries without manifests, which are never used. Other
// folders beside them belong to scripts and tests.
var firstLayout = []string{"builds", "designs", "emulation", "fpga", "icarus", "leash", "models", "programs", "ptx", "rtl",
	"runtime", "standin", "yosys"}

// cleanFirstLayout removes entries of the first layout that were not used for a day. An
// older approxtrain may be running beside this one.
func cleanFirstLayout(root string) {
	for _, kind := range firstLayout {
		dir := filepath.Join(root, kind)
		for _, e := range readDir(dir) {
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
				os.RemoveAll(filepath.Join(dir, e.Name()))
			}
		}
		os.Remove(dir) // if it is empty
	}
}
