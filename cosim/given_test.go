package cosim

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParametersOf(t *testing.T) {
	const text = `module other #(parameter X = 1) (input a); endmodule
module top #(parameter W = 4, parameter integer DEPTH = {2{1'b1}}, localparam L = 3, parameter string NAME = "a, b = c") (input [W-1:0] a, output b);
  parameter MODE = 0, [3:0] SIZE = 2; localparam HIDDEN = 1; wire c = a; endmodule`
	assert.Equal(t, []string{"W", "DEPTH", "NAME", "MODE", "SIZE"}, parametersOf(text, "top"))
	assert.Equal(t, []string{"X"}, parametersOf(text, "other"))
	assert.Empty(t, parametersOf(text, "none"))
}

// A file that another given file includes is read once; one that only has its name is left alone.
func TestWithoutIncluded(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	top := file("top.v", "  `include \"ha.v\"\n// `include \"fa.v\"\n")
	ha, fa, far := file("ha.v", ""), file("fa.v", ""), file("sub/ha.v", "`include \"none.v\"\n")
	s, left := Source{Files: []string{top, ha, fa, far}}.withoutIncluded()
	assert.Equal(t, []string{top, fa, far}, s.Files)
	assert.Equal(t, []string{ha}, left)
}

// Yosys reads the files of other languages themselves, not what was made of them: the two roads share nothing.
func TestRoads(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"m.blif": ".model m\n.inputs a b\n.outputs p\n.gate AND2 A=a B=b Y=p\n.end\n",
		"c.lib": "library (l) { cell (AND2) { pin (A) { direction : input; } pin (B) { direction : input; } " +
			"pin (Y) { direction : output; function : \"A B\"; } } }",
		"c.v": "// Verilator is one of the tools\nmodule unused (input a); endmodule\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	s := Source{Files: []string{filepath.Join(dir, "m.blif"), filepath.Join(dir, "c.v")}, Libraries: []string{filepath.Join(dir, "c.lib")}, Top: "m"}
	was, err := read(t.Context(), s, false)
	require.NoError(t, err)
	r := &RTL{Design: was.design, source: was.source, tools: was.tools}
	y := r.YosysSource()
	assert.Equal(t, []string{filepath.Join(dir, "c.v")}, y.Files)
	require.Len(t, y.Others, 2)
	for i, want := range []string{"m.blif", "c.lib"} {
		assert.Equal(t, filepath.Join(dir, want), y.Others[i].Path)
	}
	for _, f := range was.source.Paths() {
		assert.NotEqual(t, dir, filepath.Dir(f), "%s: Verilator has what was made of it", f)
		assert.True(t, r.Made(f))
	}
	var names []string
	for _, f := range r.Sources() {
		names = append(names, f.Path)
	}
	assert.Equal(t, []string{"c.lib", "c.v", "m.blif"}, names)
	assert.Empty(t, r.OneReader(true))
	assert.Contains(t, r.OneReader(false), "all simulators have the Verilog that approxtrain makes of")
	a, err := r.CellArea(t.Context())
	require.NoError(t, err)
	assert.Equal(t, &CellArea{Cells: 1}, a)
}
