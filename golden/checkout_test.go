package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// A library that changed after the program was compiled is an error, in any folder of the checkout.
func TestCheckCheckout(t *testing.T) {
	here, err := CheckCheckout(".")
	require.NoError(t, err, "this checkout is the one that the test was compiled from")
	assert.FileExists(t, filepath.Join(here, "go.mod"))
	none, err := CheckCheckout(t.TempDir())
	require.NoError(t, err)
	assert.Empty(t, none)
	assert.Equal(t, filepath.Dir(absolute(t, ".")), checkout("testdata/none/.."))

	copied := func() string {
		dir := t.TempDir()
		for _, part := range []string{"rtl/verilog", "golden/tables"} {
			require.NoError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join("..", part))))
		}
		for _, f := range []string{"go.mod", "golden/manifest.yaml"} {
			text, err := os.ReadFile(filepath.Join("..", f))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, f), text, 0o644))
		}
		return dir
	}
	_, err = CheckCheckout(copied())
	require.NoError(t, err, "an exact copy")
	for _, c := range []struct{ file, change string }{
		{"rtl/verilog/uint_exact.v", "changed"}, {"rtl/verilog/fp/fp_mul.v", "changed"}, {"rtl/verilog/uint_drum.v", "removed"},
		{"rtl/verilog/uint_new.v", "new"}, {"golden/manifest.yaml", "changed"}, {"golden/tables/exact_u8.lut", "changed"},
	} {
		dir := copied()
		path := filepath.Join(dir, c.file)
		if c.change == "removed" {
			require.NoError(t, os.Remove(path))
		} else {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			require.NoError(t, err)
			_, err = f.WriteString("\n// more\n")
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}
		_, err := CheckCheckout(filepath.Join(dir, "rtl", "verilog"))
		require.ErrorContains(t, err, c.file+" differs", c.change)
		assert.Equal(t, fault.Usage, fault.Status(err))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/other\n"), 0o644))
		_, err = CheckCheckout(dir)
		assert.NoError(t, err, "a checkout of another module")
	}
}

func absolute(t *testing.T, path string) string {
	abs, err := filepath.Abs(path)
	require.NoError(t, err)
	return abs
}
