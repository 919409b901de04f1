package cosim

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A design is read anew when a file that Verilator found has changed, or when it
// would now find another one. Each case gives operands of 4 bits first, of 5 after
// the change, and a cache must not be seen in that.
func TestElaborationIsNotStaleLong(t *testing.T) {
	const mul = "module mul(input [`W-1:0] a, b, output [2*`W-1:0] p); assign p = a * b; endmodule\n"
	const four, five = "`define W 4\n", "`define W 5\n"
	settle := func() { time.Sleep(50 * time.Millisecond) } // a file that is as young as the run is in no cache
	for name, c := range map[string]struct {
		text   string
		files  map[string]string
		change func(t *testing.T, at func(name, text string))
	}{
		"a header in the current folder": {"`include \"cfg.vh\"\n" + mul,
			map[string]string{"here/cfg.vh": four}, func(t *testing.T, at func(name, text string)) { at("here/cfg.vh", five) }},
		"another current folder": {"`include \"cfg.vh\"\n" + mul,
			map[string]string{"here/cfg.vh": four, "there/cfg.vh": five}, func(t *testing.T, _ func(name, text string)) { t.Chdir("../there") }},
		"an unusual extension, earlier in the path": {"`include \"cfg.def\"\n" + mul,
			map[string]string{"d2/cfg.def": four}, func(t *testing.T, at func(name, text string)) { at("d1/cfg.def", five) }},
		"a sub-folder, earlier in the path": {"`include \"sub/cfg.vh\"\n" + mul,
			map[string]string{"d2/sub/cfg.vh": four}, func(t *testing.T, at func(name, text string)) { at("d1/sub/cfg.vh", five) }},
		"a parent, earlier in the path": {"`include \"../up/cfg.vh\"\n" + mul,
			map[string]string{"d2/x": "", "up/cfg.vh": four, "up2/x": ""}, func(t *testing.T, at func(name, text string)) {
				// d1 becomes a link to elsewhere/d1, so that d1/.. is another folder.
				at("elsewhere/d1/x", "")
				at("elsewhere/up/cfg.vh", five)
				require.NoError(t, os.RemoveAll("../d1"))
				require.NoError(t, os.Symlink("elsewhere/d1", "../d1"))
			}},
		"the name with an extension": {"`include \"cfg\"\n" + mul,
			map[string]string{"d1/cfg.sv": four}, func(t *testing.T, at func(name, text string)) { at("d1/cfg.v", five) }},
		"a name that a macro makes": {"`define F(x) `\"x.cfg`\"\n`include `F(one)\n" + mul,
			map[string]string{"d2/one.cfg": four}, func(t *testing.T, at func(name, text string)) { at("d1/one.cfg", five) }},
		"a link to another file": {"`include \"cfg.vh\"\n" + mul,
			map[string]string{"d2/a.vh": four, "d2/b.vh": five}, func(t *testing.T, _ func(name, text string)) {
				require.NoError(t, os.Remove("../d1/cfg.vh"))
				require.NoError(t, os.Symlink("../d2/b.vh", "../d1/cfg.vh"))
			}},
		"the same size and time": {"`include \"cfg.vh\"\n" + mul,
			map[string]string{"d1/cfg.vh": four}, func(t *testing.T, at func(name, text string)) {
				st, err := os.Stat("../d1/cfg.vh")
				require.NoError(t, err)
				at("d1/cfg.vh", five)
				require.NoError(t, os.Chtimes("../d1/cfg.vh", st.ModTime(), st.ModTime()))
			}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			at := func(name, text string) {
				path := filepath.Join(root, name)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
			}
			for _, d := range []string{"here", "there", "d1", "d2"} {
				at(d+"/unrelated.txt", "")
			}
			at("rtl/mul.v", c.text)
			for n, text := range c.files {
				at(n, text)
			}
			if name == "a link to another file" {
				require.NoError(t, os.Symlink("../d2/a.vh", filepath.Join(root, "d1/cfg.vh")))
			}
			t.Chdir(filepath.Join(root, "here"))
			cache := t.TempDir()
			width := func() int {
				tools, err := findTools(t.Context(), true)
				require.NoError(t, err)
				d, err := elaborate(t.Context(), tools, Source{Files: []string{"../rtl/mul.v"}, Include: []string{"../d1", "../d2"}}, false)
				require.NoError(t, err)
				return d.Ports[0].Width
			}
			t.Setenv("XDG_CACHE_HOME", cache)
			settle()
			require.Equal(t, 4, width())
			require.Equal(t, 4, width())
			c.change(t, at)
			assert.Equal(t, 5, width())
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			assert.Equal(t, 5, width(), "without a cache")
		})
	}
}

// A design in the cache stays there when something else in its folders changes, and
// Verilator is not run for it.
func TestElaborationIsCached(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	t.Chdir(dir)
	top := file(t, dir, "mul.v", "module mul(input [3:0] a, b, output [7:0] p); part u(.a, .b, .p); endmodule\n")
	file(t, dir, "part.v", "module part(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule\n")
	time.Sleep(50 * time.Millisecond)
	tools, err := findTools(t.Context(), true)
	require.NoError(t, err)
	first, err := elaborate(t.Context(), tools, Source{Files: []string{top}}, false)
	require.NoError(t, err)
	assert.Len(t, first.Deps, 2)
	file(t, dir, "mul_u4.lut", "a table")
	tools.verilator = "/nonexistent"
	again, err := elaborate(t.Context(), tools, Source{Files: []string{top}}, false)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	file(t, dir, "part", "module part(input [3:0] a, b, output [7:0] p); assign p = a + b; endmodule\n")
	_, err = elaborate(t.Context(), tools, Source{Files: []string{top}}, false)
	assert.ErrorContains(t, err, "/nonexistent", "the module would be found in a file without extension")
}

// Programs and variables that take part are told apart, by more than a version.
func TestIdentity(t *testing.T) {
	dir := t.TempDir()
	path := file(t, dir, "tool", "#!/bin/sh\n")
	require.NoError(t, os.Chmod(path, 0o755))
	seen := map[string]bool{}
	distinct := func(why string) {
		id := Identity([]string{path, "no-such-tool"}, []string{"VERILATOR_*", "CPATH"})
		assert.False(t, seen[id], why)
		seen[id] = true
	}
	distinct("first")
	assert.Contains(t, seen, Identity([]string{path}, []string{"CPATH", "VERILATOR_*"}))
	t.Setenv("CPATH", "/include")
	distinct("a variable")
	t.Setenv("VERILATOR_ROOT", "/root")
	distinct("a variable by its first letters")
	t.Setenv("VERILATO", "/root")
	assert.Contains(t, seen, Identity([]string{path}, []string{"VERILATOR_*", "CPATH"}), "another variable")
	t.Chdir(dir)
	distinct("a folder relative to which CPATH may be")
	st, err := os.Stat(path)
	require.NoError(t, err)
	other := file(t, dir, "other", "#!/bin/ls\n")
	require.NoError(t, os.Chmod(other, 0o755))
	require.NoError(t, os.Chtimes(other, st.ModTime(), st.ModTime()))
	require.NoError(t, os.Rename(other, path))
	distinct("another program of the same size and time")
}
