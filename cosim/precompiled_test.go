package cosim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The compiler reads the header precompiled, and the evidence holds what it includes.
func TestPrecompiled(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tools, err := findTools(t.Context(), true)
	require.NoError(t, err)
	header, evidence, err := precompiled(t.Context(), tools, quickFlags)
	require.NoError(t, err)
	var names []string
	for _, f := range evidence.Files {
		names = append(names, f.Path)
	}
	assert.Contains(t, names, filepath.Join(tools.include, "verilated.h"))
	assert.Contains(t, names, filepath.Join(tools.include, "verilated_types.h"))
	assert.Greater(t, len(names), 100, "with those of the C++ library")
	assert.NotEmpty(t, evidence.Searches)
	assert.False(t, evidence.Unsettled)

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
