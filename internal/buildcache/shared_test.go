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

	"approxtrain/internal/fault"
)

// team makes a shared cache with an entry, and gives the test an empty cache of its own.
func team(t *testing.T) (shared, entry string) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, _, err := get()
	require.NoError(t, err)
	ProgramDigest("/bin/sh")
	shared = filepath.Join(t.TempDir(), "team")
	n, err := Export(shared)
	require.NoError(t, err)
	require.Equal(t, 1, n, "not the digest")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(sharedVariable, shared)
	return shared, filepath.Join(shared, layout, "things", "key")
}

// state describes each file and folder, with its times.
func state(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("find", dir, "-printf", "%p %m %s %T@ %C@\n").Output()
	require.NoError(t, err)
	return string(out)
}

// An entry of the shared cache is copied and used from the own cache, which comes first.
// The shared one is never written, and no file in it is run.
func TestShared(t *testing.T) {
	shared, entry := team(t)
	for _, d := range []string{shared, entry, filepath.Join(entry, "sub")} {
		info, err := os.Stat(d)
		require.NoError(t, err)
		assert.Equal(t, os.ModeDir|0o755, info.Mode(), "a team reads it: %s", d)
	}
	before := state(t, shared)
	never := func(string) error { panic("made") }
	for range 2 {
		dir, hit, err := Entry("things", "key", never)
		require.NoError(t, err)
		assert.True(t, hit)
		assert.Equal(t, filepath.Join(must(Folder("things")), "key"), dir)
		whole(t, dir, "copied")
	}
	assert.Equal(t, before, state(t, shared))
	require.NoError(t, os.RemoveAll(shared))
	_, hit, err := Entry("things", "key", never)
	require.NoError(t, err)
	assert.True(t, hit, "it is the user's own")
	notices := listen(t)
	for _, key := range []string{"one", "two"} {
		_, hit, err = Entry("others", key, fill)
		require.NoError(t, err)
		assert.False(t, hit)
	}
	assert.LessOrEqual(t, len(*notices), 1, "an absent cache is named once")
}

// An entry whose evidence does not hold here is made.
func TestSharedEvidence(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	source := filepath.Join(t.TempDir(), "source")
	require.NoError(t, os.WriteFile(source, []byte("1"), 0o644))
	made := 0
	use := func() bool {
		_, hit, err := Checked("things", "k", func(dir string) (Evidence, error) {
			made++
			files, err := HashFiles([]string{source})
			return Evidence{Files: files}, err
		})
		require.NoError(t, err)
		return hit
	}
	use()
	shared := t.TempDir()
	n, err := Export(shared)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = Export(shared)
	require.NoError(t, err)
	require.Zero(t, n, "it is there")
	t.Setenv(sharedVariable, shared)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	assert.True(t, use())
	require.NoError(t, os.WriteFile(source, []byte("2"), 0o644))
	assert.False(t, use())
	assert.True(t, use())
	assert.Equal(t, 2, made)
}

// A damaged entry of the shared cache is named and made; it stays as it is.
func TestSharedDamage(t *testing.T) {
	for why, harm := range map[string]func(entry string) error{
		"a bit":          func(d string) error { return os.WriteFile(d+"/data", []byte("12344"), 0o644) },
		"a size":         func(d string) error { return os.Truncate(d+"/program", 3) },
		"a file":         func(d string) error { return os.Remove(d + "/sub/below/file") },
		"a link":         func(d string) error { return errorsOf(os.Remove(d+"/data"), os.Symlink("/etc/passwd", d+"/data")) },
		"no manifest":    func(d string) error { return os.Remove(d + "/" + manifestFile) },
		"empty manifest": func(d string) error { return os.Truncate(d+"/"+manifestFile, 0) },
		"no folder":      func(d string) error { return errorsOf(os.RemoveAll(d), os.WriteFile(d, nil, 0o644)) },
	} {
		shared, entry := team(t)
		require.NoError(t, harm(entry), why)
		before := state(t, shared)
		notices := listen(t)
		dir, hit, err := get()
		require.NoError(t, err, why)
		assert.False(t, hit, why)
		whole(t, dir, why)
		if assert.Len(t, *notices, 1, why) {
			assert.Contains(t, (*notices)[0], "the entry "+entry+" of the shared build cache is not used: ", why)
		}
		assert.Equal(t, before, state(t, shared), why)
		assert.Equal(t, []string{"things"}, names(t, filepath.Dir(filepath.Dir(dir))), why)
	}
}

// A shared cache that others may write, or that an account owns that nobody named, is
// refused.
func TestSharedUnsafe(t *testing.T) {
	shared, entry := team(t)
	for _, d := range []string{shared, filepath.Join(shared, layout), filepath.Dir(entry), entry} {
		require.NoError(t, os.Chmod(d, 0o775))
		_, _, err := get()
		assert.ErrorContains(t, err, d+" is not safe: its mode 0775", d)
		assert.ErrorContains(t, err, ownerVariable)
		assert.Equal(t, fault.Usage, fault.Status(err))
		require.NoError(t, os.Chmod(d, 0o755))
	}
	require.NoError(t, os.Chmod(filepath.Dir(shared), 0o777))
	_, _, err := get()
	assert.ErrorContains(t, err, "lets other users replace what is in it")
	require.NoError(t, os.Chmod(filepath.Dir(shared), 0o755))

	for variable, value := range map[string]string{sharedVariable: "relative", ownerVariable: "no such user"} {
		old := os.Getenv(variable)
		t.Setenv(variable, value)
		_, _, err = get()
		assert.ErrorContains(t, err, variable+` is "`+value)
		assert.Equal(t, fault.Usage, fault.Status(err))
		t.Setenv(variable, old)
	}
	if os.Geteuid() != 0 {
		return
	}
	require.NoError(t, exec.Command("chown", "-R", "12345", shared).Run())
	_, _, err = get()
	assert.ErrorContains(t, err, "user 12345 owns it")
	t.Setenv(ownerVariable, "12346")
	_, _, err = get()
	assert.ErrorContains(t, err, "user 12345 owns it")
	t.Setenv(ownerVariable, "12345")
	dir, hit, err := get()
	require.NoError(t, err)
	assert.True(t, hit)
	whole(t, dir, "the copy is the user's own")
}

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
