package buildcache

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a tool found is compared with what is there: contents, absent files,
// links, kinds.
func TestEvidence(t *testing.T) {
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	for name, c := range map[string]struct {
		change func(dir string)
		holds  bool
	}{
		"nothing":                 {func(string) {}, true},
		"an unrelated file":       {func(d string) { write(d+"/one/notes.txt", "x") }, true},
		"a content":               {func(d string) { write(d+"/two/cfg.def", "B") }, false},
		"a file gone":             {func(d string) { os.Remove(d + "/two/cfg.def") }, false},
		"earlier in the path":     {func(d string) { write(d+"/one/cfg.def", "A") }, false},
		"in a sub-folder":         {func(d string) { write(d+"/one/sub/x.vh", "A") }, false},
		"a module's file":         {func(d string) { write(d+"/one/m.v", "") }, false},
		"one without extension":   {func(d string) { write(d+"/one/m", "") }, false},
		"a folder for a file":     {func(d string) { os.Remove(d + "/two/late.v"); os.Mkdir(d+"/two/late.v", 0o755) }, false},
		"a dangling link's file":  {func(d string) { write(d+"/nowhere", "A") }, false},
		"a link to other content": {func(d string) { os.Remove(d + "/link"); os.Symlink("three", d+"/link") }, false},
		"a searched folder":       {func(d string) { write(d+"/later/m.v", "A") }, false},
		"same size, same time": {func(d string) {
			st, err := os.Stat(d + "/two/cfg.def")
			require.NoError(t, err)
			write(d+"/two/cfg.def", "C")
			os.Chtimes(d+"/two/cfg.def", st.ModTime(), st.ModTime())
		}, false},
	} {
		d := t.TempDir()
		write(d+"/one/other.v", "")
		write(d+"/two/cfg.def", "A")
		write(d+"/two/late.v", "")
		write(d+"/two/in.v", "A")
		write(d+"/three/in.v", "B")
		require.NoError(t, os.Symlink("two", d+"/link"))
		require.NoError(t, os.Symlink("../nowhere", d+"/one/dangling.v"))
		files, err := HashFiles([]string{d + "/two/cfg.def", d + "/link/in.v"})
		require.NoError(t, err)
		e := Evidence{Files: files, Searches: []Search{
			Look([]string{d + "/one", d + "/two", d + "/later"}, []string{"cfg.def", "sub/x.vh"}, []string{"", ".v", ".sv"})}}
		require.True(t, e.Holds(), name)
		c.change(d)
		assert.Equal(t, c.holds, e.Holds(), name)
	}
	assert.False(t, (&Evidence{}).Holds(), "no files: nothing is known")
}

// What changed while a tool ran is of no use later.
func TestSettle(t *testing.T) {
	d := t.TempDir()
	require.NoError(t, os.WriteFile(d+"/a", nil, 0o644))
	files, err := HashFiles([]string{d + "/a"})
	require.NoError(t, err)
	e := Evidence{Files: files}
	e.Settle(time.Now().Add(time.Second))
	assert.True(t, e.Holds())
	e.Settle(time.Now())
	assert.False(t, e.Holds())

	e = Evidence{Files: files, Searches: []Search{Look([]string{d}, []string{"a"}, nil)}}
	e.Files = nil
	e.Settle(time.Now())
	assert.True(t, e.Unsettled, "a file that was found by a search only")
}

// An entry is made again once its evidence does not hold.
func TestChecked(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "read")
	require.NoError(t, os.WriteFile(path, []byte("1"), 0o644))
	made := 0
	entry := func() bool {
		dir, hit, err := Checked("things", "k", func(dir string) (Evidence, error) {
			made++
			files, err := HashFiles([]string{path})
			return Evidence{Files: files}, err
		})
		require.NoError(t, err)
		assert.FileExists(t, filepath.Join(dir, evidenceFile))
		return hit
	}
	assert.False(t, entry())
	assert.True(t, entry())
	require.NoError(t, os.WriteFile(path, []byte("2"), 0o644))
	assert.False(t, entry())
	assert.True(t, entry())
	notices := listen(t)
	require.NoError(t, os.Remove(filepath.Join(must(Folder("things")), "k", evidenceFile)))
	assert.False(t, entry(), "an entry without evidence")
	assert.Equal(t, 3, made)
	assert.Len(t, *notices, 1)
	left, err := os.ReadDir(must(Folder("things")))
	require.NoError(t, err)
	assert.Len(t, left, 1, "no old entries")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
