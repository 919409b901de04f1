package tool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"second", "chosen"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o755))
	}
	t.Setenv("PATH", dir)
	t.Setenv("TOOL", "")
	path, err := Find("TOOL", "help", "first", "second")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "second"), path)
	t.Setenv("TOOL", "chosen")
	path, err = Find("TOOL", "help", "first", "second")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "chosen"), path)
	path, err = Find("", "help", "second")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "second"), path)

	t.Setenv("TOOL", "gone")
	_, err = Find("TOOL", "apt-get install it", "second")
	require.EqualError(t, err, `gone is not installed (`+
		`exec: "gone": executable file not found in $PATH); apt-get install it`)
	assert.Equal(t, fault.Missing, fault.Status(err))
	_, err = Find("", "apt-get install it", "first", "third")
	require.EqualError(t, err, `first, or third is not installed (`+
		`exec: "first": executable file not found in $PATH); apt-get install it`)
}
