package survey

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// write fills the current folder.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	time.Sleep(30 * time.Millisecond) // more than the kernel's stamps may be late: nothing changes while it is measured
}

// module is a multiplier of 4 × 4 bits.
func module(name, product string) string {
	return "module " + name + "(input [3:0] a, input [3:0] b, output [7:0] p);\n  " + product + "\nendmodule\n"
}

// mred computes the mean relative error of a function of two numbers of 4 bits.
func mred(f func(a, b int) int) float64 {
	sum, n := 0.0, 0
	for a := range 16 {
		for b := range 16 {
			if a*b > 0 {
				sum += math.Abs(float64(f(a, b)-a*b)) / float64(a*b)
				n++
			}
		}
	}
	return sum / float64(n)
}

func trunc(t int) func(a, b int) int {
	return func(a, b int) int { return (a >> t << t) * (b >> t << t) }
}

// fast are the options of tests about rows: one simulator, no place and route.
func fast() Options {
	return Options{Jobs: 2, Proof: proof.Options{Timeout: 5 * time.Second, Witness: witness.Options{Simulators: witness.Netlist}}}
}

// run makes a survey of the folder designs and returns its rows by name.
func run(t *testing.T, o Options) (*Result, map[string]Row) {
	t.Helper()
	r, err := Run(t.Context(), []string{"designs"}, o)
	require.NoError(t, err)
	rows := map[string]Row{}
	for _, row := range r.Rows {
		rows[row.Name] = row
	}
	require.Len(t, rows, len(r.Rows))
	return r, rows
}

// TestRun surveys a folder with designs, parts of them, and files that are none; it goes on from the rows of an earlier
// survey, and measures a row anew when a file changes that it was made from.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/exact.v":  "// MAE% = 0.00 %\n// PDK45_PWR = 0.4 mW\n" + module("exact", "assign p = a * b;"),
		"designs/trunc.v":  "// EP% = 68.75 %\n" + module("trunc", "assign p = {a[3:1], 1'b0} * {b[3:1], 1'b0};"),
		"designs/same.v":   module("same", "wire [7:0] h; core u(a, b, h); assign p = h;"),
		"designs/core.v":   module("core", "wire [5:0] q = a[3:1] * b[3:1]; assign p = {q, 2'b00};"),
		"designs/syntax.v": module("syntax", "assign p = a * ;"),
		"designs/tb.v":     "module tb; wire [7:0] p; exact u(4'd3, 4'd5, p); endmodule\n",
		"designs/defs.v":   "`define WIDTH 4\n",
		"designs/readme":   "no design\n",
	})
	r, rows := run(t, fast())
	assert.Equal(t, 0, r.Kept)
	assert.Equal(t, []LeftOut{{"designs/core.v", "a part of same"}, {"designs/defs.v", "it holds no module"},
		{"designs/tb.v", "the module tb has no ports: a test bench"}}, r.LeftOut)
	assert.Equal(t, [][]string{{"same", "trunc"}}, r.Equal)
	assert.Equal(t, []string{"same"}, rows["trunc"].Same)
	for name, f := range map[string]func(a, b int) int{"exact": trunc(0), "trunc": trunc(1), "same": trunc(1)} {
		row := rows[name]
		require.NotNil(t, row.Metrics, "%s: %s", name, row.Error)
		assert.InDelta(t, mred(f), row.Metrics.MRED, 1e-12, name)
		assert.Equal(t, "u4", row.Format)
		require.NotNil(t, row.Area)
		assert.Positive(t, row.Area.NAND2)
		assert.Positive(t, *row.Area.Depth)
	}
	assert.Greater(t, rows["exact"].Area.NAND2, rows["trunc"].Area.NAND2)
	for name, why := range map[string]string{"syntax": "syntax error"} {
		assert.Contains(t, rows[name].Error, why, name)
		assert.Nil(t, rows[name].Metrics, name)
		assert.NotContains(t, rows[name].Error, "\n")
	}
	assert.Equal(t, "exact_u4", rows["exact"].Known)
	assert.Equal(t, Totals{Designs: 4, Failed: 1, Figures: 2, Agreed: r.Totals.Agreed}, r.Totals)
	assert.False(t, r.Totals.Good())

	again, _ := run(t, fast())
	assert.Equal(t, 3, again.Kept, "the three that were measured")
	assert.Equal(t, r.Rows, again.Rows)

	// A design and a part of another one change: both are measured anew, the third row is kept.
	write(t, map[string]string{
		"designs/trunc.v": "// EP% = 68.75 %\n" + module("trunc", "assign p = {a[3:2], 2'b0} * {b[3:2], 2'b0};"),
		"designs/core.v":  module("core", "assign p = a * b;"),
	})
	r, rows = run(t, fast())
	assert.Equal(t, 1, r.Kept)
	assert.InDelta(t, mred(trunc(2)), rows["trunc"].Metrics.MRED, 1e-12)
	assert.Zero(t, rows["same"].Metrics.MRED)
	assert.Equal(t, [][]string{{"exact", "same"}}, r.Equal)
	assert.Equal(t, 1, r.Totals.Untrue, "the file states the figures of the design before")
	require.Len(t, rows["trunc"].Untrue(), 1)
	assert.InDelta(t, 100*rows["trunc"].Metrics.EP, *rows["trunc"].Untrue()[0].Computed, 1e-12)
	// A figure in a comment changes. Another file appears: it is of no importance to the rows, since no tool would
	// find it first.
	write(t, map[string]string{
		"designs/exact.v":   "// MAE% = 0.10 %\n" + module("exact", "assign p = a * b;"),
		"designs/another.v": module("another", "assign p = a * b + 1;"),
	})
	r, rows = run(t, fast())
	assert.Equal(t, 2, r.Kept)
	assert.Len(t, rows["exact"].Untrue(), 1)
	assert.Len(t, r.Rows, 5)
}

// TestSearched measures a design anew when a tool would find a part of it in another folder than before.
func TestSearched(t *testing.T) {
	t.Chdir(t.TempDir())
	core := func(product string) string { return module("core", product) }
	truncated := map[string]string{"first/core.v": core("assign p = {a[3:1], 1'b0} * {b[3:1], 1'b0};")}
	write(t, truncated)
	write(t, map[string]string{
		"designs/m.v":    module("m", "core u(a, b, p);"),
		"designs/core.v": core("assign p = a * b;"),
	})
	o := fast()
	o.Proof.Source.Include = []string{"first"}
	_, rows := run(t, o)
	assert.InDelta(t, mred(trunc(1)), rows["m"].Metrics.MRED, 1e-12)
	require.NoError(t, os.Remove("first/core.v"))
	_, rows = run(t, o)
	assert.Zero(t, rows["m"].Metrics.MRED, "core.v is now that of the design's folder")
	r, _ := run(t, o)
	assert.Equal(t, 1, r.Kept)
	write(t, truncated)
	_, rows = run(t, o)
	assert.InDelta(t, mred(trunc(1)), rows["m"].Metrics.MRED, 1e-12, "and now that of the searched one")
}

// TestGolden compares designs with exact products and with a table, which is part of what rows are made from.
func TestGolden(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/exact.v": module("exact", "assign p = a * b;"),
		"designs/wrong.v": module("wrong", "assign p = a == 3 && b == 5 ? 8'd14 : a * b;"),
		"designs/wider.v": "module wider(input [12:0] a, input [2:0] b, output [15:0] p);\n  assign p = a == 3 && b == 5 ? 14 : a * b;\nendmodule\n",
		"designs/wide.v":  "module wide(input [4:0] a, input [3:0] b, output [8:0] p);\n  assign p = a * b;\nendmodule\n",
	})
	with := func(text string) Options {
		o := fast()
		var err error
		o.Golden, err = multiplier.Parse(text, Golden...)
		require.NoError(t, err)
		return o
	}
	r, rows := run(t, with("exact"))
	assert.Equal(t, &Verdict{"golden model exact_u4", 256, 0}, rows["exact"].Golden)
	assert.Equal(t, &Verdict{"golden model exact_u4", 256, 1}, rows["wrong"].Golden)
	assert.Equal(t, &Verdict{"exact products", 512, 0}, rows["wide"].Golden)
	assert.Equal(t, &Verdict{"exact products", 1 << 16, 1}, rows["wider"].Golden, "which no table holds: %s", rows["wider"].Error)
	assert.InDelta(t, 1./15/(8191*7), rows["wider"].Metrics.MRED, 1e-15)
	assert.Empty(t, rows["wider"].Digest)
	assert.Equal(t, uint64(1024+1<<16), r.Totals.Compared)
	assert.Equal(t, 2, r.Totals.Unequal)
	assert.False(t, r.Totals.Good())

	m, err := golden.Lookup("exact_u4")
	require.NoError(t, err)
	table := m.Table()
	require.NoError(t, table.WriteFile("golden.lut"))
	_, rows = run(t, with("golden.lut"))
	assert.True(t, rows["exact"].Golden.Equal())
	assert.Contains(t, rows["wide"].Error, "cannot be compared")
	table.Set(2, 2, 5)
	require.NoError(t, table.WriteFile("golden.lut"))
	time.Sleep(30 * time.Millisecond)
	r, rows = run(t, with("golden.lut"))
	assert.Equal(t, uint64(1), rows["exact"].Golden.Mismatched, "the table is another one")
	assert.Equal(t, uint64(2), rows["wrong"].Golden.Mismatched)
	assert.Zero(t, r.Kept)
	_, err = multiplier.Parse("golden.c", Golden...)
	assert.Equal(t, fault.Usage, fault.Status(err))
}

// TestFailuresLong has a design of whose products two simulators disagree, a function that hangs, and one whose
// operands are signed though nothing says so. The first two are rows that are kept.
func TestFailuresLong(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/disagree.v": module("disagree", "\n`ifdef SYNTHESIS\n  assign p = a * b + 1;\n`else\n  assign p = a * b;\n`endif\n"),
		"designs/hang.c": "#include <stdint.h>\nuint64_t hang(uint64_t a, uint64_t b) { volatile int on = 1; while (a == 3 && on) {} " +
			"return a * b; }\n",
		"designs/signed.v": module("signed_inside", "assign p = $signed(a) * $signed(b);"),
	})
	o := fast()
	o.Proof.Witness.Simulators, o.Proof.Timeout = witness.Both, time.Second
	o.Models, o.A, o.B = true, 4, 4
	r, rows := run(t, o)
	assert.Contains(t, rows["disagree"].Error, "SYNTHESIS")
	assert.Contains(t, rows["hang"].Error, "no progress for 1s")
	assert.Equal(t, "s4", rows["signed"].Format)
	assert.Equal(t, "sint", string(rows["signed"].Kind))
	assert.Zero(t, rows["signed"].Metrics.MRED)
	assert.Equal(t, 2, r.Totals.Failed)
	assert.GreaterOrEqual(t, r.Totals.Agreed, uint64(256))
	r, again := run(t, o)
	assert.Equal(t, 3, r.Kept)
	assert.Equal(t, rows, again)
	o.Proof.Timeout = 2 * time.Second
	_, rows = run(t, o)
	assert.Contains(t, rows["hang"].Error, "no progress for 2s")
}

// TestFailureMended mends a file that only Yosys reads: the design whose netlist was refused because of it is
// measured anew. Until then the row of its failure is kept.
func TestFailureMended(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/m.v":      module("m", "\n`ifdef YOSYS\n`include \"gates.vh\"\n`else\n  assign p = a * b;\n`endif\n"),
		"designs/gates.vh": "wire [7:0] q; assign p = q;\n",
	})
	o := fast()
	o.Proof.Witness.Simulators = witness.Both
	_, rows := run(t, o)
	assert.Contains(t, rows["m"].Error, "nothing drives")
	r, _ := run(t, o)
	assert.Equal(t, 1, r.Kept)
	write(t, map[string]string{"designs/gates.vh": "assign p = a * b;\n"})
	r, rows = run(t, o)
	assert.Zero(t, r.Kept)
	assert.Empty(t, rows["m"].Error)
}

// TestStopped ends a survey after its first row: the error says how far it was, and the next survey keeps that row.
func TestStopped(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/a.v": module("a", "assign p = a * b;"),
		"designs/b.v": module("b", "assign p = 8'd0;"),
	})
	ctx, cancel := context.WithCancel(t.Context())
	o := fast()
	o.Jobs = 1
	o.Done = func(*Row, bool) { cancel() }
	_, err := Run(ctx, []string{"designs"}, o)
	var stopped *StoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "1 of 2 designs are measured")
	o.Done = nil
	r, rows := run(t, o)
	assert.Equal(t, 1, r.Kept)
	require.NotNil(t, rows["b"].Area, "a design without gates: %s", rows["b"].Error)
	assert.Zero(t, rows["b"].Area.NAND2)
	assert.InDelta(t, 1, rows["b"].Metrics.MRED, 0)
}

// TestFiles lists files of folders and of the command line, each once and under a name of its own.
func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{"x/a.v": "", "x/a.sv": "", "x/b.V": "", "x/c.c": "", "x/d.txt": "", "x/sub/e.v": "", "y/b.v": "", "y/z.v": "",
		"empty/readme": "", "a b.v": ""})
	names := func(models bool, args ...string) (all []string) {
		jobs, err := files(args, models)
		require.NoError(t, err)
		for _, j := range jobs {
			all = append(all, j.name+" = "+j.path)
		}
		return all
	}
	assert.Equal(t, []string{"a.sv = x/a.sv", "a.v = x/a.v", "b = x/b.V"}, names(false, "x"))
	assert.Equal(t, []string{"a.sv = x/a.sv", "a.v = x/a.v", "b = x/b.V", "c = x/c.c"}, names(true, "x", "x/a.v"))
	assert.Equal(t, []string{"a.sv = x/a.sv", "a.v = x/a.v", "b.V = x/b.V", "b.v = y/b.v", "z = y/z.v"}, names(false, "x", "y"))
	assert.Equal(t, []string{"z:m = y/z.v", "z:n = y/z.v", "c = x/c.c", "a b = a b.v"},
		names(false, "y/z.v:m", "y/z.v:n", "y/../y/z.v:m", "x/c.c", "a b.v"))
	for arg, want := range map[string]string{"empty": "no design in the folder empty", "x/d.txt": "expected", "none": "expected",
		"none.v": "no such file"} {
		_, err := files([]string{arg}, true)
		require.ErrorContains(t, err, want, arg)
		assert.Equal(t, fault.Usage, fault.Status(err), arg)
	}
}
