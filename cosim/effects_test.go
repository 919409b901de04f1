package cosim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What reaches out is found where the compiler would see it, and nowhere else.
func TestScanEffects(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"a command", `initial $system("x");`, "$system:1"},
		{"across lines", "initial\n$system\n(\n\"x\");", "$system:2"},
		{"a function", `x = $fopen("f");`, "$fopen:1"},
		{"written files", `$fwrite(1, "x"); $fdisplayh(f); $writememb("f", m); $dumpvars;`, "$fwrite:1 $fdisplayh:1 $writememb:1 $dumpvars:1"},
		{"standard input", `$fgets(s, 32'h80000000);`, "$fgets:1"},
		{"C++", `$c("x"); y = $c32("y");`, "$c:1 $c32:1"},
		{"memories", "$readmemh(\"f\", m);\n\n$readmemb(n, m);", "$readmemh:1 $readmemb:3"},
		{"harmless tasks", `$display("$system"); $write("x"); $finish; $clog2(3); $countones(x); $cast(a, b); $test$plusargs("x");`, ""},
		{"names that begin alike", `$system_x; $c_x; $ceil(1.0); $fopenx;`, ""},
		{"strings", `x = "$system(\"a\"); $fopen"; y = "\\"; $fclose(z);`, ""},
		{"behind a string", `x = "\\"; $system("y");`, "$system:1"},
		{"comments", "// $system(\n/* $fopen\n */ x /* verilator lint_off X */", ""},
		{"behind a comment", `/* " */ $system("x"); // "`, "$system:1"},
		{"an escaped identifier", `wire \$system ; wire \a"b ; assign \x// = 1;`, ""},
		{"behind an escaped identifier", `wire \a" ; initial $system("x");`, "$system:1"},
		{"behind a directive", "`celldefine initial $system(\"x\");", "$system:1"},
		{"behind a place", "`line 7 \"o.v\" 0\n$system(\"x\");", "$system:7"},
		{"a false place", "`line 7 $system(\"x\");", "$system:1"},
		{"a header of C++", "`systemc_header\n#include <x>\n`verilog", "`systemc_header:1"},
		{"DPI", `import "DPI-C" function int f(); export "DPI-C" task g;`, `import "DPI-C":1 export "DPI-C":1`},
		{"a package", `import pkg::*; import pkg2::x;`, ""},
		{"an attribute", `/*verilator systemc_clock*/ wire x;`, "verilator systemc_clock:1"},
		{"an open comment", `/* $system`, ""},
		{"an open string", "x = \"$system\n; $system(1);", "$system:2"},
	} {
		for _, form := range []string{"%s", "module mul; %s\nendmodule", "module a;endmodule module mul; a a(); b b(); endmodule module b; %s\nendmodule"} {
			var got []string
			for _, e := range scanEffects(fmt.Sprintf(form, c.text), "mul") {
				got = append(got, fmt.Sprintf("%s:%d", e.What, e.Line))
			}
			assert.Equal(t, c.want, strings.Join(got, " "), "%s in %s", c.why, form)
		}
	}
}

// A test bench in the same file, which the top does not instantiate, is not simulated.
func TestScanEffectsOfOtherModules(t *testing.T) {
	const bench = "module tb; mul u(); initial $dumpvars; endmodule\n"
	const design = "module mul; cell_x u(); module inner; endmodule endmodule\n module cell_x; endmodule\n"
	assert.Empty(t, scanEffects(bench+design, "mul"))
	assert.Len(t, scanEffects(bench+design, "tb"), 1)
	assert.Len(t, scanEffects(bench+design+"bind mul tb u();", "mul"), 1, "bound in from outside")
	assert.Len(t, scanEffects(bench+design+"module other; bind mul tb u(); endmodule", "mul"), 1, "bound in from another module")
	assert.Len(t, scanEffects("extern module mul;\n"+bench+design, "tb"), 1)
	assert.Len(t, scanEffects(design+"package p; function f; $system(1); endfunction endpackage", "mul"), 1)
	assert.Len(t, scanEffects("module mul; \\a.b u(); endmodule module \\a.b ; initial $system(1); endmodule", "mul"), 1)
	assert.Len(t, scanEffects("module mul; module inner; endmodule initial $system(1); endmodule", "mul"), 1)
}

// Whatever the scan makes of the sources, the C++ that would run is looked through.
func TestGeneratedEffects(t *testing.T) {
	dir := t.TempDir()
	got, err := generatedEffects(dir)
	require.NoError(t, err)
	assert.Empty(t, got)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Vdut.cpp"), []byte(
		"(void)VL_SYSTEM_II(1U); x = VL_FOPEN_NN(s); vlSymsp->_vm_contextp__->dumpfile(x); VL_WRITEF(\"VL_FWRITE\");"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Vdut__Dpi.h"), nil, 0o600))
	got, err = generatedEffects(dir)
	require.NoError(t, err)
	assert.Equal(t, []effect{{What: "$system"}, {What: "$fopen"}, {What: "$dumpfile"}, {What: `import "DPI-C"`}}, got)
}

// The name of a memory image where the text has it.
func TestFirstArgument(t *testing.T) {
	for text, want := range map[string]string{
		`("a.hex", m)`: "a.hex", "\n( // x\n\"a b.hex\" , m)": "a b.hex", `("a\\b", m)`: `a\b`,
		`(name, m)`: "", `({"a", x}, m)`: "", `("a")`: "", `("a" , `: "a", ``: "", `;"a",`: "",
	} {
		assert.Equal(t, want, firstArgument(lexer{text: text}), text)
	}
}

// A Verilator that writes no XML leaves the names that stand in the text.
func TestDataFilesWithoutXML(t *testing.T) {
	tools, err := findTools(t.Context(), true)
	require.NoError(t, err)
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("VERILATOR", file(t, dir, "verilator", "#!/bin/sh\ncase \"$*\" in *--xml-only*) echo no XML >&2; exit 1;; esac\nexec "+tools.verilator+" \"$@\"\n"))
	require.NoError(t, os.Chmod(os.Getenv("VERILATOR"), 0o755))
	tools, err = findTools(t.Context(), true)
	require.NoError(t, err)
	for name, unnamed := range map[string]bool{`"a.hex"`: false, "FILE": true} {
		s := Source{Files: []string{file(t, dir, "mul.v", "module mul #(parameter FILE = \"b.hex\") (input a, b, output p); reg m[0:3]; "+
			"initial $readmemh("+name+", m); assign p = m[{a, b}]; endmodule\n")}}
		d, err := elaborate(t.Context(), tools, s, false)
		require.NoError(t, err)
		require.Len(t, d.Effects, 1)
		assert.Equal(t, unnamed, d.Effects[0].Unnamed)
		assert.Equal(t, unnamed, d.permit(s) != nil)
	}
}

func TestMemoriesOfXML(t *testing.T) {
	const text = `<?xml version="1.0" ?><verilator_xml><files>
<file id="c" filename="a/m.v"/><file id="d" filename="r.v"/></files><netlist>
<readmem loc="c,4,50,4,59"><const name="56&apos;h6c69742e686578"/><varref name="x"/></readmem>
<readmem loc="d,9,5,9,6"><const name="&quot;a\&quot;b.hex&quot;"/><varref name="x"/></readmem>
<readmem loc="d,9,5,9,6"><const name="&quot;a\&quot;b.hex&quot;"/><varref name="x"/></readmem>
<readmem loc="d,10,5,9,6"><varref name="n"/><const name="56&apos;h6c69742e686578"/></readmem>
<readmem loc="d,11,5,9,6"><const name="24&apos;h1"/></readmem>
<readmem loc="d,12,5,9,6"><concat/></readmem>
<readmem loc="d,13,5,9,6"><varref name="&quot;x&quot;"/></readmem>
</netlist></verilator_xml>`
	got, err := memoriesOf(strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, []effect{
		{What: "$readmemh", File: "a/m.v", Line: 4, Data: "lit.hex"},
		{What: "$readmemh", File: "r.v", Line: 9, Data: `a"b.hex`},
		{What: "$readmemh", File: "r.v", Line: 10, Unnamed: true},
		{What: "$readmemh", File: "r.v", Line: 11, Data: "\x01"},
		{What: "$readmemh", File: "r.v", Line: 12, Unnamed: true},
		{What: "$readmemh", File: "r.v", Line: 13, Unnamed: true},
	}, got)
	_, err = memoriesOf(strings.NewReader("<a><b></a>"))
	assert.Error(t, err)
}

func TestSearchList(t *testing.T) {
	assert.Equal(t, []string{"/q", "/a", "/b c"}, searchList("x\n#include \"...\" search starts here:\n /q\n#include <...> search starts here:\n /a\n /b c\nEnd of search list.\n /z\n"))
}
