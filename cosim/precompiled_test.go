package cosim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/buildcache"
)

// The compiler reads the header precompiled. Its evidence, and with it that of a harness,
// holds what it includes.
func TestPrecompiledLong(t *testing.T) {
	emptyCache(t)
	tools, err := findTools(t.Context(), true)
	require.NoError(t, err)
	header, evidence, err := precompiled(t.Context(), tools, quickFlags)
	require.NoError(t, err)
	complete := func(e buildcache.Evidence) {
		var files, searched []string
		for _, f := range e.Files {
			files = append(files, f.Path)
		}
		for _, s := range e.Searches {
			searched = append(searched, s.Names...)
		}
		assert.Contains(t, files, filepath.Join(tools.include, "verilated_types.h"))
		assert.Greater(t, len(files), 100, "with those of the C++ library")
		assert.Contains(t, searched, "verilated_types.h", "one that appears earlier in the search path makes the entry again")
		assert.False(t, e.Unsettled)
	}
	complete(evidence)

	dir := t.TempDir()
	source := Source{Files: []string{file(t, dir, "mul.v", "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule\n")}}
	time.Sleep(50 * time.Millisecond) // a file that is as young as the run settles nothing
	r, err := OpenRTL(t.Context(), source, Overrides{}, Options{})
	require.NoError(t, err)
	assert.Equal(t, quickLanes, r.lanes)
	ofHarness, err := buildcache.ReadEvidence(filepath.Dir(r.path))
	require.NoError(t, err)
	complete(ofHarness)
	fast, err := OpenRTL(t.Context(), source, Overrides{}, Options{Optimise: true})
	require.NoError(t, err)
	assert.Equal(t, maxLanes, fast.lanes)
	var a, b, want []uint32
	for i := range uint32(1 << 8) {
		a, b, want = append(a, i>>4), append(b, i&15), append(want, (i>>4)*(i&15))
	}
	assert.Equal(t, want, eval(t, r, a, b))
	assert.Equal(t, want, eval(t, fast, a, b))

	unit := filepath.Join(t.TempDir(), "unit.cc")
	require.NoError(t, os.WriteFile(unit, []byte("#include \"verilated.h\"\nint main() { return sizeof(VerilatedContext) == 0; }\n"), 0o600))
	args := append(strings.Fields(quickFlags), Variant{}.cFlags()...)
	args = append(args, "-I"+tools.include, "-I"+filepath.Join(tools.include, "vltstd"), "-include", header, "-H", "-c", unit, "-o", unit+".o")
	out, err := exec.Command(tools.cxx, args...).CombinedOutput()
	require.NoError(t, err, string(out))
	if strings.Contains(tools.cxxVersion, "clang") {
		return // it does not list them so
	}
	assert.Contains(t, string(out), "! "+header+".gch", "precompiled headers that GCC takes have a ! (-H)")
	assert.NotContains(t, string(out), "verilated_types.h", "nothing else is read")
}
