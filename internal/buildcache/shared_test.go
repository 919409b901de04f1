package buildcache

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
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
