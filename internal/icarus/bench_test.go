package icarus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// part is a design for tests, as package cosim would describe it.
type part struct {
	top    string // mul unless set
	ports  string // "clk rst a:4 b:4 done:1> p:8>"; > marks outputs
	iface  cosim.Interface
	timing cosim.Timing
	source cosim.Source // but for Files
	lang   string
}

// small is a combinational multiplier of 4 × 4 bits; clocked has a clock, too.
func small() part {
	return part{ports: "a:4 b:4 p:8>", iface: cosim.Interface{
		Shape: cosim.Shape{Kind: cosim.Unsigned, A: 4, B: 4, P: 8},
		A:     cosim.Whole("a"), B: cosim.Whole("b"), P: cosim.Whole("p"),
	}}
}

func clocked(latency int) part {
	d := small()
	d.ports = "clk:1 " + d.ports
	d.iface.Clock = "clk"
	d.timing.Latency = latency
	return d
}

func handshake() part {
	d := clocked(0)
	d.ports += " rst:1 start:1 done:1>"
	d.iface.Reset, d.iface.InValid, d.iface.OutValid = "rst", "start", "done"
	return d
}

// bench compiles files as the sources of a design.
func (d part) bench(t *testing.T, files ...string) (*Bench, error) {
	t.Helper()
	design := &cosim.Design{Top: d.top, File: filepath.Base(files[0]), Line: 1, Language: d.lang}
	if design.Top == "" {
		design.Top = "mul"
	}
	for _, p := range strings.Fields(d.ports) {
		dir := cosim.In
		name, width, _ := strings.Cut(p, ":")
		if strings.HasSuffix(width, ">") {
			dir, width = cosim.Out, strings.TrimSuffix(width, ">")
		}
		n, err := strconv.Atoi(width)
		require.NoError(t, err)
		design.Ports = append(design.Ports, cosim.Port{Name: name, Dir: dir, Width: n})
	}
	s := d.source
	s.Files = files
	read := append([]string{}, files...)
	for _, dir := range s.Include {
		found, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		read = append(read, found...)
	}
	for _, f := range read {
		abs, err := filepath.Abs(f)
		require.NoError(t, err)
		design.Deps = append(design.Deps, struct{ Path, SHA256 string }{abs, digest(t, f)})
	}
	b, err := open(t.Context(), s, design, &d.iface, d.timing)
	if err == nil {
		b.Timeout = 2 * time.Second
	}
	return b, err
}

func digest(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// text compiles a design written in the test.
func (d part) text(t *testing.T, text string) *Bench {
	t.Helper()
	b, err := d.bench(t, file(t, t.TempDir(), "mul.v", text))
	require.NoError(t, err)
	return b
}

func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// all lists every pair of 4 × 4 bits.
func all() (a, b []uint32) {
	a, b, _ = Survey(cosim.Shape{Kind: cosim.Unsigned, A: 4, B: 4, P: 8})
	return a, b
}

// exact checks that a bench of 4 × 4 bits multiplies every pair.
func exact(t *testing.T, b *Bench) {
	t.Helper()
	x, y := all()
	p, err := b.Eval(t.Context(), x, y)
	require.NoError(t, err)
	require.Len(t, p, 256)
	for i := range p {
		require.Equal(t, Product{Value: x[i] * y[i]}, p[i], "%d × %d", x[i], y[i])
	}
	n, err := b.FindUnknown(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 256, n)
}

// Every sort of interface, written in every way that the testbench has to write
// it.
func TestInterfaces(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	with := func(d part, change func(*part)) part { change(&d); return d }
	for _, c := range []struct {
		name string
		part part
		text string
	}{
		{"combinational", small(), `module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule`},
		{"a process that waits for changes", small(), `module mul(input [3:0] a, b, output reg [7:0] p); always @(a or b) p = a * b; endmodule`},
		{"delays", small(), `module mul(input [3:0] a, b, output [7:0] p); wire [7:0] #700 q = a * b; assign #40 p = q; endmodule`},
		{"escaped names", with(small(), func(d *part) {
			d.top, d.ports = "my-mul", "a[1]:1 a[0]:1 a.hi:2 b:4 p(:8>"
			d.iface.A, d.iface.P = cosim.Whole("a.hi", "a[1]", "a[0]"), cosim.Whole("p(")
		}), "module \\my-mul (input \\a[1] , \\a[0] , input [1:0] \\a.hi , input [3:0] b, output [7:0] \\p( );\n" +
			"assign \\p( = {\\a.hi , \\a[1] , \\a[0] } * b; endmodule"},
		{"two product ports, an open one, tied inputs", with(small(), func(d *part) {
			d.ports = "a:4 b:4 en:1 vdd:1 k:3 carry:1> rest:7> more:2>"
			d.iface.P, d.iface.Open = cosim.Whole("carry", "rest"), []string{"more"}
			d.iface.Tied = []cosim.Tie{cosim.Tied("en", "1"), cosim.Tied("vdd", "1"), cosim.Tied("k", "3'd5")}
		}), `module mul(input [3:0] a, b, input en, inout vdd, input [2:0] k, output carry, output [6:0] rest, output [1:0] more);
  assign {carry, rest} = en && vdd && k == 5 ? a * b : 0; endmodule`},
		{"parameters and macros", with(small(), func(d *part) {
			d.source.Params, d.source.Defines = []string{"N=4", "HOW=exact"}, []string{"ADD=3", "ON"}
		}), "module mul #(parameter N = 1, parameter HOW = \"\") (input [N-1:0] a, b, output [2*N-1:0] p);\n" +
			"`ifdef ON\n assign p = HOW == \"exact\" ? a * b + `ADD - 3 : 0;\n`endif\nendmodule"},
		{"a word of SystemVerilog as a name", with(small(), func(d *part) { d.lang = "1364-2005" }),
			`module mul(input [3:0] a, b, output [7:0] p); wire [7:0] do = a * b; assign p = do; endmodule`},
		{"default_nettype, timescale and macros of the file", small(), "`default_nettype none\n`timescale 1ps/1ps\n`define folder 1\n" +
			`module mul(input wire [3:0] a, b, output wire [7:0] p); assign p = a * b; endmodule`},
		{"a register", clocked(1), `module mul(input clk, input [3:0] a, b, output reg [7:0] p); always @(posedge clk) p <= a * b; endmodule`},
		{"three registers", clocked(3), `module mul(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [7:0] q, r; always @(posedge clk) begin q <= a * b; r <= q; p <= r; end endmodule`},
		{"a falling edge", clocked(1), `module mul(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [7:0] q; always @(negedge clk) q <= a * b; always @(posedge clk) p <= q; endmodule`},
		{"operands held", with(clocked(3), func(d *part) { d.timing.Hold = true }), `module mul(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [1:0] n = 0; always @(posedge clk) begin n <= n == 2 ? 0 : n + 1; if (n == 1) p <= a * b; end endmodule`},
		{"a reset, active low, asynchronous", with(clocked(1), func(d *part) {
			d.ports += " rst_n:1"
			d.iface.Reset, d.iface.ResetLow = "rst_n", true
		}), `module mul(input clk, rst_n, input [3:0] a, b, output reg [7:0] p);
  reg up; always @(posedge clk or negedge rst_n) if (!rst_n) begin up <= 1; p <= 0; end else if (up) p <= a * b; endmodule`},
		{"a handshake", handshake(), `module mul(input clk, rst, start, input [3:0] a, b, output reg done, output reg [7:0] p);
  always @(posedge clk) if (rst) done <= 0; else begin done <= start; if (start) p <= a * b; end endmodule`},
		{"a handshake with all its ports", with(handshake(), func(d *part) {
			d.ports += " ready:1> take:1"
			d.iface.InReady, d.iface.OutReady = "ready", "take"
		}), `module mul(input clk, rst, start, take, input [3:0] a, b, output ready, output reg done, output reg [7:0] p);
  reg [2:0] n; assign ready = n == 0 && !done;
  always @(posedge clk) if (rst) begin n <= 0; done <= 0; end
    else if (done) begin if (take) done <= 0; end
    else if (n != 0) begin n <= n - 1; done <= n == 1; end
    else if (start) begin n <= 1 + b[1:0]; p <= a * b; end endmodule`},
		{"busy is both sides of a handshake", with(handshake(), func(d *part) {
			d.ports = "clk:1 rst:1 start:1 a:4 b:4 busy:1> p:8>"
			d.iface.InReady, d.iface.Busy, d.iface.OutValid, d.iface.Idle = "busy", true, "busy", true
		}), `module mul(input clk, rst, start, input [3:0] a, b, output busy, output reg [7:0] p);
  reg [1:0] n; assign busy = n != 0;
  always @(posedge clk) if (rst) n <= 0; else if (busy) begin n <= n - 1; if (n == 1) p <= p + b * a; end
    else if (start) begin n <= 3; p <= 0; end endmodule`},
		{"a busy of its own and a valid", with(handshake(), func(d *part) {
			d.ports += " busy:1>"
			d.iface.InReady, d.iface.Busy = "busy", true
		}), `module mul(input clk, rst, start, input [3:0] a, b, output reg done, output busy, output reg [7:0] p);
  assign busy = 0; always @(posedge clk) if (rst) done <= 0; else begin done <= start; if (start) p <= a * b; end endmodule`},
		{"output that looks like products", small(), `module mul(input [3:0] a, b, output [7:0] p); assign p = a * b;
  always @(a or b) $display("%0d %b", a, p); endmodule`},
	} {
		t.Run(c.name, func(t *testing.T) {
			exact(t, c.part.text(t, c.text))
		})
	}
}

// The clock rests high before the first pair, so that this one has both edges.
func TestFirstEdge(t *testing.T) {
	b := clocked(1).text(t, `module mul(input clk, input [3:0] a, b, output reg [7:0] p);
  reg [7:0] q; always @(negedge clk) q <= a * b; always @(posedge clk) p <= q; endmodule`)
	p, err := b.Eval(t.Context(), []uint32{3}, []uint32{5})
	require.NoError(t, err)
	assert.Equal(t, []Product{{Value: 15}}, p)
}

// Modules and includes are found by name in the searched folders.
func TestSearched(t *testing.T) {
	dir, lib := t.TempDir(), filepath.Join(t.TempDir(), "a library")
	require.NoError(t, os.Mkdir(lib, 0o755))
	main := file(t, dir, "mul.v", "`include \"width.vh\"\nmodule mul(input [3:0] a, b, output [7:0] p); core u(a, b, p); endmodule\n")
	file(t, lib, "width.vh", "`define WIDTH 8\n")
	file(t, lib, "core.sv", "module core(input logic [3:0] a, b, output logic [`WIDTH-1:0] p); leaf l(a, b, p); endmodule\n")
	file(t, lib, "leaf.v", "module leaf(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule\n")
	d := small()
	d.source.Include = []string{lib}
	b, err := d.bench(t, main)
	require.NoError(t, err)
	exact(t, b)
}

// A simulation is found again as long as nothing that went in has changed.
func TestCached(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	lib := filepath.Join(dir, "lib")
	require.NoError(t, os.Mkdir(lib, 0o755))
	main := file(t, dir, "mul.v", "`include \"add.vh\"\nmodule mul #(parameter K = 0) (input [3:0] a, b, output [7:0] p); assign p = a * b + `ADD + K; endmodule\n")
	file(t, lib, "add.vh", "`define ADD 1\n")
	product := func(params ...string) (uint32, bool) {
		d := small()
		d.source.Include, d.source.Params = []string{lib}, params
		b, err := d.bench(t, main)
		require.NoError(t, err)
		p, err := b.Eval(t.Context(), []uint32{3}, []uint32{5})
		require.NoError(t, err)
		return p[0].Value, b.Cached
	}
	for i, step := range []struct {
		change string
		params []string
		want   uint32
		cached bool
	}{
		{"", nil, 16, false},
		{"", nil, 16, true},
		{"`define ADD 2\n", nil, 17, false},
		{"", []string{"K=4"}, 21, false},
		{"`define ADD 1\n", nil, 16, true},
	} {
		if step.change != "" {
			file(t, lib, "add.vh", step.change)
		}
		got, cached := product(step.params...)
		assert.Equal(t, step.want, got, "step %d", i)
		assert.Equal(t, step.cached, cached, "step %d", i)
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "approxtrain", "v2", "icarus", "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, left)
	for _, f := range left {
		assert.Contains(t, []string{vvpFile, warningsFile, "entry.json"}, filepath.Base(f), "left in the cache")
	}
}

// What Icarus Verilog cannot read, or must not, is a ReadError that says why.
func TestReadError(t *testing.T) {
	const good = "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule\n"
	for _, c := range []struct {
		name, file, text, want string
		change                 func(t *testing.T, dir string, d *part)
	}{
		{"syntax", "mul.v", "module mul(input [3:0] a b); endmodule", "mul.v:1: syntax error", nil},
		{"a module that is missing", "mul.v", "module mul(input [3:0] a, b, output [7:0] p); gone g(); endmodule", "Unknown module type: gone", nil},
		{"a system task", "mul.v", strings.Replace(good, "assign", `initial $system("touch ran"); assign`, 1), "$system() is not defined", nil},
		{"an import of C", "mul.sv", "import \"DPI-C\" function int system(input string s);\n" + good, "syntax error", nil},
		{"a VPI module as a source", "mul.vpi", good, "files that end in .vpi", nil},
		{"a command in a folder's name", "mul.v", good, "interpreted by a shell", func(t *testing.T, dir string, d *part) {
			lib := filepath.Join(dir, "$(touch ran)")
			require.NoError(t, os.Mkdir(lib, 0o755))
			d.source.Include = []string{lib}
		}},
		{"a command in the name of a module's file", "mul.v", good, "interpreted by a shell", func(t *testing.T, dir string, d *part) {
			file(t, dir, "`touch ran`.v", "module m; endmodule")
		}},
		{"lines in a macro", "mul.v", good, "several lines", func(t *testing.T, dir string, d *part) {
			d.source.Defines = []string{"X=1\nmodule:evil.vpi"}
		}},
		{"a module that Verilator did not read", "mul.v", "`ifdef __ICARUS__\n`include \"other.txt\"\n`endif\n" + good,
			"other.txt, which Verilator did not read", func(t *testing.T, dir string, d *part) { file(t, dir, "other.txt", "// another\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			d := small()
			if c.change != nil {
				c.change(t, dir, &d)
			}
			_, err := d.bench(t, file(t, dir, c.file, c.text))
			var e *ReadError
			require.ErrorAs(t, err, &e)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "Icarus Verilog")
			assert.NotContains(t, err.Error(), benchFile)
			assert.NoFileExists(t, filepath.Join(dir, "ran"))
		})
	}
}

func TestMissingTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("IVERILOG", "")
	_, err := small().bench(t, "testdata/select.v")
	assert.Equal(t, fault.Missing, fault.Status(err))
	assert.ErrorContains(t, err, "apt-get install iverilog")
}

// builtin opens a built-in design under Verilator.
func builtin(t *testing.T, name, variant string) *cosim.RTL {
	t.Helper()
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	m, err = m.Variant(variant)
	require.NoError(t, err)
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	require.NoError(t, err)
	r, err := cosim.OpenRTL(t.Context(), s, cosim.Overrides{Kind: m.RTL.Kind}, cosim.Options{})
	require.NoError(t, err)
	return r
}

// Clean designs have no x, and the products of Verilator.
func TestBuiltinsLong(t *testing.T) {
	for _, c := range []struct {
		name, variant string
		pairs         int
	}{
		{"mitchell_e8m7", "", 20_032},
		{"mitchell_e8m7", golden.Pipelined, 20_032},
		{"exact_u8", "", 4096},
		{"exact_u8", golden.Sequential, 4096},
		{"drum6_s8", "", 4096},
	} {
		t.Run(strings.TrimSpace(c.name+" "+c.variant), func(t *testing.T) {
			r := builtin(t, c.name, c.variant)
			b, err := Open(t.Context(), r)
			require.NoError(t, err)
			assert.Regexp(t, `^Icarus Verilog \d+\.\d+`, b.Version())
			n, err := b.FindUnknown(t.Context())
			require.NoError(t, err)
			assert.Equal(t, c.pairs, n)
			x, y, _ := Survey(r.Shape())
			compare(t, r, b, x, y)
		})
	}
}

// compare evaluates pairs in both simulators.
func compare(t *testing.T, r *cosim.RTL, b *Bench, x, y []uint32) {
	t.Helper()
	got, err := b.Eval(t.Context(), x, y)
	require.NoError(t, err)
	d, err := r.Open(t.Context())
	require.NoError(t, err)
	defer d.Close()
	want := make([]uint32, len(x))
	require.NoError(t, d.Eval(t.Context(), x, y, want))
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, Product{Value: want[i]}, got[i], "a = %#x, b = %#x", x[i], y[i])
	}
}

// All pairs of 8 × 8 bits.
func TestAllPairs(t *testing.T) {
	r := builtin(t, "exact_u8", "")
	b, err := Open(t.Context(), r)
	require.NoError(t, err)
	var x, y []uint32
	for i := range uint32(1 << 16) {
		x, y = append(x, i>>8), append(y, i&255)
	}
	compare(t, r, b, x, y)
}

// A simulation ends with its context.
func TestContext(t *testing.T) {
	b := small().text(t, `module mul(input [3:0] a, b, output [7:0] p); reg [7:0] q; always @(a) while (1) q = ~q; assign p = q; endmodule`)
	b.Timeout = time.Minute
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	start := time.Now()
	_, err := b.Eval(ctx, []uint32{1}, []uint32{1})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(start), 30*time.Second)
}
