package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
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

// What kill -9 left of a file goes with the next file beside it; what another process is
// writing stays.
func TestWriteRemovesWhatWasLeft(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, temporary+"0123456789abcdef.temp")
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, ".x123"), []byte("half"), 0o600))
	mine := filepath.Join(dir, temporary+"mine")
	require.NoError(t, os.Mkdir(mine, 0o700))
	writing := filepath.Join(dir, temporary+"fedcba9876543210.temp")
	require.NoError(t, os.Mkdir(writing, 0o700))
	lock, err := os.Open(writing)
	require.NoError(t, err)
	defer lock.Close()
	require.NoError(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))

	require.NoError(t, Write(filepath.Join(dir, "x"), text("new")))
	assert.ElementsMatch(t, []string{"x", filepath.Base(mine), filepath.Base(writing)}, names(t, dir))
}
