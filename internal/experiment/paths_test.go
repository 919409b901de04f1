package experiment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Paths are told from names: by their looks, or since there is such a file. Folders
// that are called like a multiplier or a set change nothing.
func TestPaths(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"exp/digits", "exp/set", "exp/mbm_e8m7", "exp/fp32", "exp/sub"} {
		require.NoError(t, os.MkdirAll(name, 0o755))
	}
	require.NoError(t, os.WriteFile("exp/plain", nil, 0o644))
	write := func(data, multiplier string) *Config {
		require.NoError(t, os.WriteFile("exp/net.yaml", []byte("data: "+data+"\nmultipliers: ["+multiplier+"]\n"), 0o644))
		c, err := Load("exp/net.yaml")
		require.NoError(t, err)
		return c
	}
	for _, c := range []struct{ written, want string }{
		{"mul.lut", "exp/mul.lut"}, {"sub/mul", "exp/sub/mul"}, {"../mul.lut", "mul.lut"}, {"m.c:f", "exp/m.c:f"}, {"/m.lut", "/m.lut"},
		{"plain", "exp/plain"}, {"mbm_e8m7", "mbm_e8m7"}, {"fp32", "fp32"}, {"none", "none"},
	} {
		got := write("digits", c.written).Multipliers[0]
		assert.Equal(t, c.want, got.Default)
		assert.Equal(t, c.written, got.Name, "results call it as the file does")
		assert.Equal(t, "exp/net.yaml:2:15", got.places[c.want])
		got.Default = absolute(got.Default)
		assert.Equal(t, c.want, Shown(got.Default))
		assert.True(t, got.Is(c.written))
	}
	for written, want := range map[string]string{"digits": "digits", "./digits": "exp/digits", "set": "exp/set", "none": "none",
		"../none": "none", "mnist": "mnist", "/data/x": "/data/x"} {
		assert.Equal(t, want, write(written, "fp32").Data, written)
	}
	outside := filepath.Join(filepath.Dir(dir), "elsewhere")
	assert.Equal(t, outside, Shown(outside))
}
