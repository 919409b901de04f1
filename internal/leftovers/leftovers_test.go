package leftovers

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const prefix = ".made-"

// TestMain: with a folder in $MAKE_IN the test is a process that makes a folder there,
// prints its name and waits to be killed.
func TestMain(m *testing.M) {
	if parent := os.Getenv("MAKE_IN"); parent != "" {
		dir, _, err := Dir(parent, prefix)
		fmt.Println(dir, err)
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// reset makes the process one that has made nothing yet.
func reset() {
	mu.Lock()
	defer mu.Unlock()
	entries, ending = nil, false
	clear(swept)
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// fill puts two files into a folder, one of them in a folder that cannot be written.
func fill(t *testing.T, dir string) {
	t.Helper()
	sub := filepath.Join(dir, "a", "b")
	require.NoError(t, os.MkdirAll(sub, 0o755))
	for _, d := range []string{dir, sub} {
		require.NoError(t, os.WriteFile(filepath.Join(d, "file"), []byte("x"), 0o444))
	}
	require.NoError(t, os.Chmod(sub, 0o500))
	require.NoError(t, os.Chmod(filepath.Dir(sub), 0o500))
}

// stale makes a folder such as kill -9 leaves.
func stale(t *testing.T, parent string, number int) string {
	t.Helper()
	dir := filepath.Join(parent, fmt.Sprintf("%s%016x%s", prefix, number, suffix))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	fill(t, dir)
	return dir
}

func TestDir(t *testing.T) {
	reset()
	parent := filepath.Join(t.TempDir(), "not", "there")
	dir, remove, err := Dir(parent, prefix)
	require.NoError(t, err)
	st, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700)|os.ModeDir, st.Mode())
	assert.Regexp(t, `/not/there/\.made-[0-9a-f]{16}\.temp$`, dir)
	fill(t, dir)
	require.NoError(t, remove())
	require.NoError(t, remove(), "a second time")
	assert.Empty(t, names(t, parent))
	assert.Empty(t, entries)

	dir, remove, err = Dir(parent, prefix)
	require.NoError(t, err)
	require.NoError(t, os.Rename(dir, filepath.Join(parent, "result")))
	require.NoError(t, remove())
	assert.Equal(t, []string{"result"}, names(t, parent), "renamed")

	for _, wrong := range []string{"", "a/b", "a/"} {
		_, _, err = Dir(parent, wrong)
		assert.Error(t, err, wrong)
	}
	_, _, err = Dir("/dev/null", prefix)
	assert.ErrorContains(t, err, "/dev/null")
}

// What a process left that was killed goes; what one that lives has made stays.
func TestKilled(t *testing.T) {
	reset()
	parent := t.TempDir()
	var dirs []string
	var commands []*exec.Cmd
	for range 2 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "MAKE_IN="+parent)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		defer c.Process.Kill()
		line, err := bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		var dir, end string
		_, err = fmt.Sscan(line, &dir, &end)
		require.NoError(t, err)
		require.Equal(t, "<nil>", end)
		dirs = append(dirs, filepath.Base(dir))
		commands = append(commands, c)
		fill(t, dir)
	}
	require.ElementsMatch(t, dirs, names(t, parent))
	for i := range commands {
		require.NoError(t, commands[i].Process.Kill())
		require.Error(t, commands[i].Wait())
		clear(swept)
		_, remove, err := Dir(parent, prefix)
		require.NoError(t, err)
		require.NoError(t, remove())
		assert.ElementsMatch(t, dirs[i+1:], names(t, parent))
	}
}

// Only a folder of this user with a name that Dir gives goes; no symbolic link is followed.
func TestSweepLeavesTheRest(t *testing.T) {
	reset()
	parent, other := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(other, "file"), nil, 0o600))
	name := func(n int) string { return filepath.Join(parent, fmt.Sprintf("%s%016x%s", prefix, n, suffix)) }
	require.NoError(t, os.Symlink(other, name(1)))
	require.NoError(t, os.WriteFile(name(2), nil, 0o600))
	for _, d := range []string{".made-", ".made-2024", ".made-0000000000000000", ".made-0000000000000000.temp.mine", ".made-000000000000000g.temp",
		".other-0000000000000000.temp", "x.made-0000000000000000.temp"} {
		require.NoError(t, os.Mkdir(filepath.Join(parent, d), 0o700))
	}
	if os.Geteuid() == 0 {
		require.NoError(t, os.Mkdir(name(3), 0o700))
		require.NoError(t, os.Chown(name(3), 12345, -1))
	}
	want := names(t, parent)
	require.GreaterOrEqual(t, len(want), 9)
	require.NoError(t, os.Symlink(other, filepath.Join(stale(t, parent, 4), "link")))
	stale(t, parent, 5)
	require.NoError(t, os.Rename(name(5), name(5)+gone)) // killed while it removed
	dir, remove, err := Dir(parent, prefix)
	require.NoError(t, err)
	assert.ElementsMatch(t, append(want, filepath.Base(dir)), names(t, parent))
	assert.Equal(t, []string{"file"}, names(t, other))
	require.NoError(t, remove())
}

// Folders that cannot be written go as well, for a user who is not root.
func TestReadOnly(t *testing.T) {
	parent, err := os.MkdirTemp("", "leftovers-test-") // t.TempDir is in a folder that only its user may enter
	require.NoError(t, err)
	defer os.RemoveAll(parent)
	dir := stale(t, parent, 1)
	if os.Geteuid() == 0 {
		require.NoError(t, exec.Command("chown", "-R", "12345", parent).Run())
	}
	var before, after error
	var thread sync.WaitGroup
	thread.Go(func() {
		if os.Geteuid() == 0 { // which may write everywhere
			runtime.LockOSThread() // and never unlocked: the thread ends with the function
			unix.Setfsuid(12345)
		}
		before, after = os.RemoveAll(dir), removeDir(dir)
	})
	thread.Wait()
	assert.Error(t, before, "not vacuous")
	assert.NoError(t, after)
	assert.Empty(t, names(t, parent))
}

// A process that sweeps may see a folder before its lock.
func TestSweepBeforeTheLock(t *testing.T) {
	reset()
	parent := t.TempDir()
	calls := 0
	afterMkdir = func(string) {
		if calls++; calls <= 3 {
			sweep(parent, prefix)
		}
	}
	defer func() { afterMkdir = func(string) {} }()
	dir, remove, err := Dir(parent, prefix)
	require.NoError(t, err)
	assert.Equal(t, 4, calls)
	assert.Equal(t, []string{filepath.Base(dir)}, names(t, parent))
	sweep(parent, prefix)
	assert.DirExists(t, dir)

	afterMkdir = func(string) {}
	calls = 0
	flock = func(fd, how int) error { // the other process removes the folder before the lock
		if calls++; calls == 1 {
			path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			require.NoError(t, err)
			sweepOne(path, false)
		}
		return unix.Flock(fd, how)
	}
	defer func() { flock = unix.Flock }()
	other, removeOther, err := Dir(parent, prefix)
	require.NoError(t, err)
	assert.Equal(t, 3, calls)
	assert.DirExists(t, other)
	require.NoError(t, removeOther())
	flock = unix.Flock

	held := 0 // the other process is between its lock and the removal
	afterMkdir = func(dir string) {
		if held == 0 {
			held, _, err = lock(dir)
			require.NoError(t, err)
		}
	}
	second, removeSecond, err := Dir(parent, prefix)
	require.NoError(t, err)
	unix.Close(held)
	assert.ElementsMatch(t, []string{filepath.Base(dir), filepath.Base(second)}, names(t, parent))
	require.NoError(t, remove())
	require.NoError(t, removeSecond())
}

// Many that make, sweep and remove at once lose nothing and leave nothing. A lock belongs to
// a descriptor, so goroutines stand for processes.
func TestAtOnce(t *testing.T) {
	reset()
	parent := t.TempDir()
	const workers, rounds = 8, 100
	var made sync.Map
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range rounds {
				dir, remove, err := Dir(parent, prefix)
				if !assert.NoError(t, err) {
					return
				}
				made.Store(dir, true)
				assert.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
				sweep(parent, prefix)
				assert.FileExists(t, filepath.Join(dir, "file"))
				assert.NoError(t, remove())
			}
		})
	}
	all.Wait()
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, workers*rounds, n)
	assert.Empty(t, names(t, parent))
}

// Without locks Dir works and nothing is swept.
func TestNoLocks(t *testing.T) {
	reset()
	flock = func(int, int) error { return unix.ENOLCK }
	defer func() { flock = unix.Flock }()
	parent := t.TempDir()
	left := stale(t, parent, 1)
	dir, remove, err := Dir(parent, prefix)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{filepath.Base(left), filepath.Base(dir)}, names(t, parent))
	require.NoError(t, remove())
	assert.DirExists(t, left)
}

// On a file system that machines share, a folder goes after a week.
func TestShared(t *testing.T) {
	parent := t.TempDir()
	for days, there := range map[int]bool{6: true, 8: false} {
		dir := stale(t, parent, days)
		when := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
		require.NoError(t, os.Chtimes(dir, when, when))
		sweepOne(dir, true)
		_, err := os.Stat(dir)
		assert.Equal(t, there, err == nil, "%d days", days)
	}
	assert.True(t, sharedBetweenMachines(filepath.Join(parent, "none")), "unknown")
}

func TestRemoveAll(t *testing.T) {
	reset()
	defer reset()
	parent := t.TempDir()
	t.Chdir(parent)
	write := func(name string) { require.NoError(t, os.WriteFile(name, nil, 0o600)) }
	for _, name := range []string{"file", "forgotten", "replaced", "target"} {
		write(name)
	}
	require.NoError(t, os.Symlink("target", "link"))
	require.NoError(t, os.Mkdir("folder", 0o700))
	write("folder/file")
	for _, name := range []string{"file", "replaced", "link", "folder", "folder/file", "absent"} {
		Add(name)
	}
	Add("forgotten")()
	write("other")
	require.NoError(t, os.Rename("other", "replaced"))
	write("absent")
	dir, remove, err := Dir(parent, prefix)
	require.NoError(t, err)
	t.Chdir("/")
	RemoveAll()
	assert.ElementsMatch(t, []string{"forgotten", "replaced", "target", "absent"}, names(t, parent))
	assert.NoDirExists(t, dir)
	assert.NoError(t, remove())

	_, _, err = Dir(parent, prefix)
	assert.ErrorIs(t, err, errEnding)
	Add(filepath.Join(parent, "absent"))
	assert.ElementsMatch(t, []string{"forgotten", "replaced", "target"}, names(t, parent))
}

// A folder that is renamed while RemoveAll removes it is complete under its new name, or absent.
func TestRemoveAllAgainstRename(t *testing.T) {
	defer reset()
	const files, rounds = 100, 20
	renamed := 0
	for round := range rounds {
		reset()
		parent := t.TempDir()
		dir, _, err := Dir(parent, prefix)
		require.NoError(t, err)
		for i := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600))
		}
		result := filepath.Join(parent, "result")
		var both sync.WaitGroup
		both.Go(RemoveAll)
		both.Go(func() {
			if round < rounds/4 { // before, at the same time, or
				os.Rename(dir, result)
				return
			}
			for { // when the removal has begun
				list, err := os.ReadDir(dir)
				if err != nil {
					return
				}
				if len(list) < files {
					os.Rename(dir, result)
				}
			}
		})
		both.Wait()
		if left := names(t, parent); len(left) > 0 {
			renamed++
			assert.Equal(t, []string{"result"}, left)
			assert.Len(t, names(t, result), files)
		}
	}
	t.Logf("%d of %d renamed", renamed, rounds)
}

// RemoveAll waits for a removal that is under way, be it another RemoveAll's.
func TestRemoveAllWaits(t *testing.T) {
	defer reset()
	for _, first := range []string{"remove", "RemoveAll"} {
		reset()
		parent := t.TempDir()
		dir, remove, err := Dir(parent, prefix)
		require.NoError(t, err)
		const files = 2000
		for i := range files {
			require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600))
		}
		var other sync.WaitGroup
		if first == "remove" {
			other.Go(func() { remove() })
		} else {
			other.Go(RemoveAll)
		}
		for { // until it has begun
			if _, err := os.Stat(dir); err != nil {
				break
			}
		}
		start := time.Now()
		RemoveAll()
		if time.Since(start) < patience { // else the machine is too slow for a verdict
			assert.Empty(t, names(t, parent), first)
		}
		other.Wait()
	}
}

// RemoveAll returns even if it cannot begin.
func TestRemoveAllIsBounded(t *testing.T) {
	reset()
	mu.Lock()
	ended := make(chan struct{})
	go func() {
		RemoveAll()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * patience):
		t.Error("RemoveAll did not return")
	}
	mu.Unlock()
	require.Eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return ending }, 10*time.Second, time.Millisecond)
	reset()
}
