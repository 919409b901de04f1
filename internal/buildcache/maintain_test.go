package buildcache

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Clearing removes what is chosen, and nothing that a process uses.
func TestClear(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, k := range []string{"one", "two", "three"} {
		_, _, err := Entry("things", k, fill)
		require.NoError(t, err)
	}
	all, err := List()
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, i := range all {
		assert.NoError(t, i.Verify())
		assert.Greater(t, i.Size, int64(400))
		assert.WithinDuration(t, time.Now(), i.Used, time.Hour)
	}
	removed, err := Clear(func(Info) bool { return true })
	require.NoError(t, err)
	assert.Empty(t, removed, "this process uses them")
	release(filepath.Join(must(Folder("things")), "one"))
	release(filepath.Join(must(Folder("things")), "two"))
	removed, err = Clear(func(i Info) bool { return i.Key != "two" })
	require.NoError(t, err)
	require.Len(t, removed, 1)
	assert.Equal(t, "one", removed[0].Key)
	assert.Equal(t, []string{"three", "two"}, names(t, must(Folder("things"))))
}

// Entries go after a month without use, but not while a process uses them; those of the
// first layout go after a day.
func TestClean(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	root := must(Dir())
	old := time.Now().Add(-lifetime - time.Hour)
	age := func(dir string) { require.NoError(t, os.Chtimes(dir, old, old)) }
	for _, k := range []string{"used", "old", "young"} {
		dir, _, err := Entry("things", k, fill)
		require.NoError(t, err)
		if k != "used" {
			release(dir)
		}
		if k != "young" {
			age(dir)
		}
	}
	for _, d := range []string{"builds/1", "builds/2", "testdata/x", "leash/3"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, d), 0o755))
		if d != "builds/2" {
			age(filepath.Join(root, d))
		}
	}
	_, _, err := Entry("things", "new", fill)
	require.NoError(t, err)
	assert.Equal(t, []string{"new", "used", "young"}, names(t, must(Folder("things"))))
	assert.Equal(t, []string{"builds", "testdata", layout}, names(t, root))
	assert.Equal(t, []string{"2"}, names(t, filepath.Join(root, "builds")))
	dir, hit, err := Entry("things", "young", fill)
	require.NoError(t, err)
	assert.True(t, hit)
	assert.DirExists(t, dir)
}

// A folder of a process that was killed goes with the next use of the cache, be it a hit.
func TestKilled(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, _, err := get()
	require.NoError(t, err)
	left := filepath.Join(must(Dir()), layout, making+"0123456789abcdef.temp")
	require.NoError(t, os.MkdirAll(filepath.Join(left, "entry"), 0o700))
	c := exec.Command(os.Args[0], "-test.run=^TestUseInAnotherProcess$")
	c.Env = append(os.Environ(), "USE_CACHE=1")
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "hit: true")
	assert.NoDirExists(t, left)
}

func TestUseInAnotherProcess(t *testing.T) {
	if os.Getenv("USE_CACHE") != "" {
		_, hit, err := get()
		require.NoError(t, err)
		os.Stdout.WriteString(map[bool]string{true: "hit: true\n", false: "hit: false\n"}[hit])
	}
}

// Many that meet a damaged entry at once all get a whole one; it is named and removed once.
func TestDamageAtOnce(t *testing.T) {
	for range 20 {
		t.Setenv("XDG_CACHE_HOME", t.TempDir())
		dir, _, err := get()
		require.NoError(t, err)
		require.NoError(t, os.Truncate(filepath.Join(dir, "data"), 1))
		var notices atomic.Int32
		before := Notice
		Notice = func(string) { notices.Add(1) }
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				dir, _, err := get()
				assert.NoError(t, err)
				assert.NoError(t, verify(dir))
			})
		}
		all.Wait()
		Notice = before
		assert.Equal(t, int32(1), notices.Load())
		assert.Equal(t, []string{"key"}, names(t, filepath.Dir(dir)))
		assert.Equal(t, []string{"things"}, names(t, filepath.Dir(filepath.Dir(dir))))
	}
}
