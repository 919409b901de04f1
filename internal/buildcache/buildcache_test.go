package buildcache

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKey(t *testing.T) {
	sum := func(parts ...string) string {
		k := &Key{}
		k.Add(parts...)
		return k.Sum()
	}
	assert.Equal(t, sum("a", "b"), sum("a", "b"))
	assert.NotEqual(t, sum("a", "b"), sum("ab"))
	assert.NotEqual(t, sum("a", "b"), sum("", "ab"))
}

func TestEntry(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, _, err := Entry("things", "key", func(dir string) error {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "half"), nil, 0o644))
		return errors.New("no luck")
	})
	require.EqualError(t, err, "no luck")
	root := must(Folder("things"))
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Empty(t, left, "a failed build leaves nothing")
	require.Equal(t, []string{"things"}, names(t, filepath.Dir(root)))

	var all sync.WaitGroup
	for range 8 { // side by side, as processes would be
		all.Go(func() {
			dir, _, err := Entry("things", "key", func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "whole"), []byte("whole"), 0o644)
			})
			assert.NoError(t, err)
			data, err := os.ReadFile(filepath.Join(dir, "whole"))
			assert.NoError(t, err)
			assert.Equal(t, "whole", string(data))
		})
	}
	all.Wait()
	left, err = os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, left, 1)
	_, hit, err := Entry("things", "key", func(string) error { return errors.New("made twice") })
	require.NoError(t, err)
	require.True(t, hit)
}

// TestJudged refuses an entry whose files are those of its manifest.
func TestJudged(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	before := Notice
	defer func() { Notice = before }()
	var lines []string
	Notice = func(line string) { lines = append(lines, line) }
	content := func(text string) func(dir string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o644) }
	}
	judge := func(dir string) error {
		if data, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(data) != "right" {
			return errors.New("wrong content")
		}
		return nil
	}
	_, _, err := Entry("things", "key", content("wrong"))
	require.NoError(t, err)
	for i, want := range []bool{false, true} {
		dir, hit, err := Judged("things", "key", judge, content("right"))
		require.NoError(t, err)
		require.Equal(t, want, hit, i)
		require.NoError(t, judge(dir))
		require.Len(t, lines, 1)
	}
	require.Contains(t, lines[0], "was wrong (wrong content)")
}
