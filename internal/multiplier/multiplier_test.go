package multiplier

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// here makes a folder with files for names to stand for, and goes there.
func here(t *testing.T) {
	t.Chdir(t.TempDir())
	g, err := golden.Lookup("exact_u2")
	require.NoError(t, err)
	require.NoError(t, g.Table().WriteFile("mul.lut"))
	table, err := os.ReadFile("mul.lut")
	require.NoError(t, err)
	const c = "float f(float a, float b) { return a * b; }\n"
	for name, text := range map[string]string{
		"MUL.LUT": string(table), "table": string(table), "odd.bin": string(table), "exact_u4": string(table),
		"drum6": string(table), "fp32": string(table), "no.txt": "no table", "short": "\x89LU", "empty": "",
		"m.c": c, "MUL.C": c, "m.Cpp": c, "d.v": "module d; endmodule", "D.SV": "module D; endmodule",
		"d.vhd": "entity d is", "netlist": "module n; endmodule",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	require.NoError(t, syscall.Mkfifo("pipe", 0o644))
	require.NoError(t, os.Symlink("pipe", "pipe.lut"))
	require.NoError(t, os.Symlink("pipe", "pipe.c"))
	require.NoError(t, os.MkdirAll("folder.lut", 0o755))
	require.NoError(t, os.MkdirAll("mbm_e8m7", 0o755))
}

// What errors list, in a place that takes every kind, and in others.
const (
	anyName = "fp32, a built-in name (mitchell_e8m7), a built-in design (drum6), FILE.lut, FILE.c[:function], " +
		"FILE.v[:module] or the port of a board"
	trainName  = "fp32, a built-in name (mitchell_e8m7), FILE.lut or FILE.c[:function]"
	tableName  = "a built-in name (mitchell_e8m7) or FILE.lut"
	goldenName = "a built-in name (mitchell_e8m7), a built-in design (drum6), FILE.lut, FILE.c[:function] or " +
		"FILE.v[:module]"
)

func TestParse(t *testing.T) {
	here(t)
	for _, c := range []struct {
		text  string
		takes []Kind
		want  Ref // but for Text
		err   string
	}{
		// Names.
		{text: "fp32", want: Ref{Kind: Native, Name: "fp32"}}, // though there is a file
		{text: "mitchell_e8m7", want: Ref{Kind: Builtin, Name: "mitchell_e8m7"}},
		{text: "exact_u4", want: Ref{Kind: Builtin, Name: "exact_u4"}}, // likewise
		{text: "mbm_e8m7", want: Ref{Kind: Builtin, Name: "mbm_e8m7"}}, // likewise, a folder
		{text: "mitchell_e8m23", want: Ref{Kind: Builtin, Name: "mitchell_e8m23"}},
		{text: "drum6_u16", want: Ref{Kind: Builtin, Name: "drum6_u16"}},
		{text: "drum6", want: Ref{Kind: Design, Name: "drum6"}},
		{text: "drum6", takes: Tabled, want: Ref{Kind: Table, Path: "drum6"}}, // where designs are not taken
		// Tables.
		{text: "mul.lut", want: Ref{Kind: Table, Path: "mul.lut"}},
		{text: "MUL.LUT", want: Ref{Kind: Table, Path: "MUL.LUT"}},
		{text: "table", want: Ref{Kind: Table, Path: "table"}},
		{text: "./exact_u4", want: Ref{Kind: Table, Path: "./exact_u4"}},
		{text: "./fp32", want: Ref{Kind: Table, Path: "./fp32"}},
		{text: "odd.bin", want: Ref{Kind: Table, Path: "odd.bin"}},
		{text: "./pipe", want: Ref{Kind: Table, Path: "./pipe"}}, // which is read once, so not here
		{text: "pipe.lut", want: Ref{Kind: Table, Path: "pipe.lut"}},
		// Functions in C.
		{text: "m.c", want: Ref{Kind: CFunc, Path: "m.c"}},
		{text: "m.c:f", want: Ref{Kind: CFunc, Path: "m.c", Func: "f"}},
		{text: "MUL.C", want: Ref{Kind: CFunc, Path: "MUL.C"}},
		{text: "./MUL.C:f", want: Ref{Kind: CFunc, Path: "./MUL.C", Func: "f"}},
		{text: "m.Cpp:f_2", want: Ref{Kind: CFunc, Path: "m.Cpp", Func: "f_2"}},
		// Verilog and boards.
		{text: "d.v", want: Ref{Kind: RTL, Path: "d.v"}},
		{text: "D.SV:D", want: Ref{Kind: RTL, Path: "D.SV", Func: "D"}},
		{text: "/dev/ttyUSB1", want: Ref{Kind: Board, Path: "/dev/ttyUSB1"}},
		{text: "/dev/pts/3", want: Ref{Kind: Board, Path: "/dev/pts/3"}},
		{text: "/dev/cu.usbserial-1", want: Ref{Kind: Board, Path: "/dev/cu.usbserial-1"}},
		{text: "COM3", want: Ref{Kind: Board, Path: "COM3"}},

		// Names that stand for nothing.
		{text: "mitchel_e8m7", err: `multiplier "mitchel_e8m7" is not built in; ` +
			`nearest names: mitchell_e8m7, mitchell_e8m1, mitchell_e8m2; expected ` + anyName},
		{text: "mitchel_e8m7", takes: Trained, err: `multiplier "mitchel_e8m7" is not built in; ` +
			`nearest names: mitchell_e8m7, mitchell_e8m1, mitchell_e8m2; expected ` + trainName},
		{text: "mitchell", takes: Tabled, err: `multiplier "mitchell" is not built in; ` +
			`nearest names: mitchell_u2, mitchell_s2, mitchell_u3; expected ` + tableName},
		{text: "drum9_u8", takes: Tabled, err: `multiplier "drum9_u8": ` +
			`drum9 has 9, with the 8-bit operands of u8 it may be 2 to 8; ` +
			`nearest names: drum6_u8, drum6_u6, drum6_u7; expected ` + tableName},
		{text: "mbm_e8m24", takes: Trained, err: `multiplier "mbm_e8m24": ` +
			`without a table, multipliers have 12 to 23 mantissa bits; ` +
			`nearest names: mbm_e8m14, mbm_e8m20, mbm_e8m21; expected ` + trainName},
		{text: "", takes: Tabled, err: `multiplier "" is not built in; nearest names: mbm_u2, mbm_s2, mbm_u3; ` +
			`expected ` + tableName},
		{text: "FP32", takes: Trained, err: `multiplier "FP32" is not built in; did you mean fp32?`},
		{text: "FP32", takes: Tabled, err: `multiplier "FP32" is not built in; ` +
			`nearest names: mbm_u2, mbm_s2, udm_u2; expected ` + tableName},
		{text: strings.Repeat("x", 70), takes: Tabled, err: `multiplier "` + strings.Repeat("x", 64) +
			`" is not built in; known names look like mitchell_e8m7 or drum6_u8; expected ` + tableName},

		// Files that are not there, or no files.
		{text: "gone.lut", err: "open gone.lut: no such file or directory"},
		{text: "gone.c:f", err: "open gone.c: no such file or directory"},
		{text: "gone.v", err: "open gone.v: no such file or directory"},
		{text: "gone.vhd", takes: Golden, err: "open gone.vhd: no such file or directory; expected " + goldenName},
		{text: "sub/gone", takes: Trained, err: "open sub/gone: no such file or directory; expected " + trainName},
		{text: "mul.lut:f", takes: Tabled, err: "open mul.lut:f: no such file or directory; expected " + tableName},
		{text: "folder.lut", err: "folder.lut is a folder; expected a regular file"},
		{text: "./mbm_e8m7", takes: Tabled, err: "./mbm_e8m7 is a folder; expected a regular file"},

		{text: "pipe.c", err: "pipe.c is a pipe; expected a regular file"},
		{text: "./pipe", takes: []Kind{RTL}, err: "./pipe is a table; expected FILE.v[:module]"},

		// Files of another kind.
		{text: "d.v", takes: Trained, err: "d.v is Verilog; expected " + trainName},
		{text: "none.sv", takes: Tabled, err: "none.sv is Verilog; expected " + tableName},
		{text: "m.c:f", takes: Tabled, err: "m.c:f is C; expected " + tableName},
		{text: "mul.lut", takes: []Kind{CFunc}, err: "mul.lut is a table; expected FILE.c[:function]"},
		{text: "table", takes: []Kind{RTL}, err: "table is a table; expected FILE.v[:module]"},
		{text: "fp32", takes: Golden, err: "fp32 is binary32's own multiplication; expected " + goldenName},
		{text: "/dev/ttyUSB1", takes: Trained, err: "/dev/ttyUSB1 is the port of a board; expected " + trainName},
		{text: "exact_u4", takes: []Kind{Native, RTL},
			err: "exact_u4 is a built-in multiplier; expected fp32 or FILE.v[:module]"},
		{text: "d.vhd", takes: Golden, err: "d.vhd is a file of no known kind; expected " + goldenName},
		{text: "netlist", takes: []Kind{Builtin},
			err: "netlist is a file of no known kind; expected a built-in name (mitchell_e8m7)"},
		{text: "short", takes: Tabled, err: "short is a file of no known kind; expected " + tableName},
		{text: "empty", takes: Tabled, err: "empty is a file of no known kind; expected " + tableName},
		{text: "no.txt", takes: Tabled, err: "no.txt is a file of no known kind; expected " + tableName},
	} {
		r, err := Parse(c.text, c.takes...)
		if c.err != "" {
			require.EqualError(t, err, c.err, c.text)
			assert.Equal(t, fault.Usage, fault.Status(err), c.text)
			continue
		}
		require.NoError(t, err, c.text)
		c.want.Text = c.text
		assert.Equal(t, c.want, r)
	}
}

// A multiplier of another kind is told from other errors, so that a command can say what takes it.
func TestKindError(t *testing.T) {
	here(t)
	of := map[string]Kind{"d.v": RTL, "m.c:f": CFunc, "netlist": Unknown, "fp32": Native, "COM1": Board}
	for text, kind := range of {
		_, err := Parse(text, Tabled...)
		var e *KindError
		require.ErrorAs(t, err, &e, text)
		assert.Equal(t, kind, e.Ref.Kind)
		assert.Equal(t, text, e.Ref.Text)
		assert.Equal(t, Tabled, e.Takes)
	}
	for _, text := range []string{"mitchel_e8m7", "gone.lut", "gone"} {
		_, err := Parse(text, Tabled...)
		var e *KindError
		require.Error(t, err)
		assert.NotErrorAs(t, err, &e, text)
	}
}

func TestTable(t *testing.T) {
	here(t)
	for _, name := range []string{"mul.lut", "MUL.LUT", "table", "exact_u2"} {
		r, err := Parse(name, Tabled...)
		require.NoError(t, err)
		table, err := r.Table()
		require.NoError(t, err, name)
		assert.Equal(t, "exact_u2", table.Name, "exact_u4 is built in, and a file of that name is not read")
	}
	for name, want := range map[string]string{
		"mitchell_e8m23": "with 23, it is for training only",
		"exact_u16":      "a table holds integer operands of 1 to 12 bits",
		"m.c":            "m.c is C; expected " + tableName,
	} {
		r, err := Parse(name)
		require.NoError(t, err)
		_, err = r.Table()
		require.ErrorContains(t, err, want)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	require.NoError(t, os.WriteFile("bad.lut", []byte("no table"), 0o644))
	r, err := Parse("bad.lut", Tabled...)
	require.NoError(t, err)
	_, err = r.Table()
	require.ErrorContains(t, err, "bad.lut: not a .lut file")
}

func TestLoad(t *testing.T) {
	here(t)
	for _, c := range []struct{ name, table, function string }{
		{"fp32", "", ""}, {"exact_u2", "exact_u2", ""}, {"table", "exact_u2", ""},
		{"m.c", "", "f"}, {"MUL.C:f", "", "f"}, {"mitchell_e8m23", "", "mitchell"},
	} {
		r, err := Parse(c.name, Trained...)
		require.NoError(t, err)
		table, model, err := r.Load()
		require.NoError(t, err, c.name)
		if assert.Equal(t, c.table != "", table != nil, c.name) && table != nil {
			assert.Equal(t, c.table, table.Name)
		}
		if assert.Equal(t, c.function != "", model != nil, c.name) && model != nil {
			assert.Equal(t, c.function, model.Func)
			assert.Equal(t, c.name, model.Name)
			assert.False(t, model.CXX, "upper case makes no C++ of C")
		}
	}
	for name, want := range map[string]string{
		"d.v":   "d.v is Verilog; expected " + trainName,
		"m.c:g": "m.c has no function g", "exact_u16": "a table holds integer operands",
	} {
		r, err := Parse(name)
		require.NoError(t, err)
		_, _, err = r.Load()
		require.ErrorContains(t, err, want)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}

func TestIn(t *testing.T) {
	assert.Equal(t, "drum6_u8", Ref{Kind: Design, Name: "drum6"}.In("u8"))
	assert.Equal(t, "drum6_s8", Ref{Kind: Builtin, Name: "drum6_s8"}.In("u8"))
}

// Paths move, names stay.
func TestRebase(t *testing.T) {
	here(t)
	require.NoError(t, os.Mkdir("exp", 0o755))
	require.NoError(t, os.WriteFile("exp/plain", nil, 0o644))
	to := func(path string) string { return "exp/" + path }
	for text, want := range map[string]string{
		"mul.lut": "exp/mul.lut", "MUL.C:f": "exp/MUL.C:f", "gone.v": "exp/gone.v", "sub/mul": "exp/sub/mul",
		"plain": "exp/plain", "table": "table", // which is no file in exp
		"": "", "fp32": "fp32", "mitchell_e8m7": "mitchell_e8m7", "mitchell_e8m23": "mitchell_e8m23",
		"mitchel_e8m7": "mitchel_e8m7",
		"/dev/ttyUSB1": "/dev/ttyUSB1",
	} {
		assert.Equal(t, want, Rebase(text, to))
	}
}

// FuzzParse: any text is an error of wrong input, or stands for something.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "fp32", "mbm_e8m7", "m.c:f", ":", "a:b", ".v", "/dev/tty", "\x00.lut", "e8m_e8m",
		"_e8m99", "x/../y", "COM0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			require.Equal(t, fault.Usage, fault.Status(err))
			return
		}
		require.NotEqual(t, Unknown, r.Kind)
		require.True(t, r.Name != "" != (r.Path != ""))
		require.Equal(t, text, r.Text)
	})
}
