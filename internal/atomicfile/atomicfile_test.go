package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/internal/fault"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, Write(path, text("one")))
	require.NoError(t, Write(path, text("two")))
	assert.Equal(t, "two", read(t, path))
	assert.Equal(t, []string{"x"}, names(t, dir))
}

func TestWriteThatFailsLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, Write(path, text("old")))
	broken := errors.New("disk on fire")
	err := Write(path, func(w io.Writer) error {
		text("new")(w)
		return broken
	})
	require.ErrorIs(t, err, broken)
	assert.Contains(t, err.Error(), path)
	assert.Equal(t, "old", read(t, path))
	assert.Equal(t, []string{"x"}, names(t, dir))
}

func TestWriteFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	require.NoError(t, os.WriteFile(target, []byte("old"), 0o600))
	require.NoError(t, os.Symlink("target", link))
	require.NoError(t, Write(link, text("new")))
	assert.Equal(t, "new", read(t, target))
	st, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, st.Mode()&os.ModeSymlink, "the link is still one")
	st, err = os.Stat(target)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), st.Mode().Perm())
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, "/dev/null", filepath.Join(dir, "none", "x")} {
		err := Write(path, text("x"))
		require.Error(t, err, path)
		assert.Equal(t, 2, fault.Status(err), path)
	}
	assert.Empty(t, names(t, dir))
}
