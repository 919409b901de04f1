package emulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga/emulator"
)

// TestLink: only the link of an emulator that was killed gives way.
func TestLink(t *testing.T) {
	dir := t.TempDir()
	port, gone := "/dev/pts/ptmx", "/dev/pts/99999999"
	for name, target := range map[string]string{"killed": gone, "alive": port, "other": filepath.Join(dir, "nothing")} {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	for _, name := range []string{"new", "killed"} {
		require.NoError(t, emulator.Link(port, filepath.Join(dir, name)))
		target, err := os.Readlink(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, port, target)
	}
	for _, name := range []string{"alive", "other", "file"} {
		assert.ErrorIs(t, emulator.Link(port, filepath.Join(dir, name)), os.ErrExist, name)
	}
}
