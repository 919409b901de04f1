package cosim

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// emptyCache lets a test begin with a build cache of its own that holds nothing but objects of
// Verilator's library, which take seconds to compile. They are entries of the cache of all tests,
// if that has them yet.
func emptyCache(t *testing.T) {
	shared, err := os.UserCacheDir()
	require.NoError(t, err)
	own := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", own)
	const kind = "approxtrain/v2/runtime"
	entries, err := filepath.Glob(filepath.Join(shared, kind, "*"))
	require.NoError(t, err)
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(e, "verilated.o")); err != nil {
			continue // a precompiled header, or an entry that is being made
		}
		require.NoError(t, os.MkdirAll(filepath.Join(own, kind), 0o700))
		require.NoError(t, os.CopyFS(filepath.Join(own, kind, filepath.Base(e)), os.DirFS(e)))
	}
}
