package icarus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a design does to its own simulation is an error with the operands at which
// it happened, and never a product.
func TestDesignErrorLong(t *testing.T) {
	const head = "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b;\n"
	const clocked = "module mul(input clk, rst, start, input [3:0] a, b, output done, output [7:0] p); assign p = a * b;\n"
	for _, c := range []struct {
		name string
		part part
		text string
		want string
		at   int // pairs done before; −1: not known
	}{
		{"finish", small(), head + "always @* if (a == 3 && b == 7) $finish; endmodule", "the RTL called $finish; operands a = 0x3, b = 0x7 (pair 55)", 55},
		{"finish at once", small(), head + "initial $finish; endmodule", "the RTL called $finish; operands a = 0x0, b = 0x0 (pair 0)", 0},
		{"finish at the last pair", small(), head + "always @* if (a == 15 && b == 15) #100 $finish; endmodule", "the RTL called $finish; operands a = 0xf, b = 0xf (pair 255)", 255},
		{"stop", small(), head + "always @* if (a == 1) $stop; endmodule", "the RTL called $stop: exit status 1; operands a = 0x1, b = 0x0 (pair 16)", 16},
		{"fatal", small(), head + `always @* if (a == 1) $fatal(1, "too much"); endmodule`, "mul.v:2: too much; operands a = 0x1, b = 0x0 (pair 16)", 16},
		{"a loop without time", small(), head + "reg t = 0; always @(a) if (a == 2) while (1) t = ~t; endmodule", "the design made no progress for 2s (option timeout); operands a = 0x2, b = 0x0 (pair 32)", 32},
		{"a ring", small(), "module mul(input [3:0] a, b, output [7:0] p); reg q = 0; always @(q or a) if (a == 2) q <= ~q; assign p = a * b; endmodule",
			"no progress", 32},
		{"never ready", func() part { d := handshake(); d.ports += " ready:1>"; d.iface.InReady = "ready"; return d }(),
			strings.Replace(clocked, "output done", "output done, ready", 1) + "assign done = 1, ready = a != 2; endmodule",
			"handshake: the design did not take its operands within 65,536 cycles; operands a = 0x2, b = 0x0 (pair 32)", 32},
		{"never valid", handshake(), clocked + "assign done = a != 2; endmodule",
			"handshake: the product was not valid within 65,536 cycles; operands a = 0x2, b = 0x0 (pair 32)", 32},
		{"a missing file", small(), head + `reg [7:0] m[0:3]; initial $readmemh("missing.hex", m); endmodule`, "the design reads a file that is missing: ", -1},
		{"a missing file of bits", small(), head + `reg [7:0] m[0:3]; initial $readmemb("missing.bin", m); endmodule`, "$readmemb: Unable to open missing.bin", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := c.part.text(t, c.text)
			b.Timeout = 2 * time.Second
			if strings.HasPrefix(c.name, "never") {
				b.Timeout = time.Minute
			}
			x, y := all()
			_, err := b.Eval(t.Context(), x, y)
			var e *DesignError
			require.ErrorAs(t, err, &e)
			assert.ErrorContains(t, err, c.want)
			if assert.Equal(t, c.at >= 0, e.Known); e.Known {
				assert.Equal(t, c.at, e.Index)
			}
			_, err = b.FindUnknown(t.Context())
			require.ErrorAs(t, err, &e)
		})
	}
}

// A design that prints is shown with what it printed last.
func TestOutput(t *testing.T) {
	b := small().text(t, `module mul(input [3:0] a, b, output [7:0] p); assign p = a * b;
  always @* begin $display("%0d by %0d", a, b); if (a == 1) $finish; end endmodule`)
	x, y := all()
	_, err := b.Eval(t.Context(), x, y)
	assert.ErrorContains(t, err, "last output of the design in Icarus Verilog:\n")
	assert.ErrorContains(t, err, "\n  0 by 15")
}

// A design cannot write products: file descriptors can be guessed.
func TestForged(t *testing.T) {
	for name, text := range map[string]string{
		"a line more":    `always @(a) #1 $fdisplay(32'h80000004, "0 00000000");`,
		"lines before":   `initial #1000 begin $fdisplay(32'h80000004, "0 00000000"); $fdisplay(32'h80000004, "1 00000000"); end`,
		"the end":        `initial #100000 begin #1 $fdisplay(32'h80000004, "end 256"); $finish; end`,
		"everything":     `integer i; initial #1 begin for (i = 0; i < 256; i = i + 1) $fdisplay(32'h80000004, "%0d 00000000", i); $fdisplay(32'h80000004, "end 256"); $finish; end`,
		"no end":         `integer i; initial #1 begin for (i = 0; i < 256; i = i + 1) $fdisplay(32'h80000004, "%0d 00000000", i); $finish; end`,
		"another header": `initial #1 $fdisplay(32'h80000004, "begin");`,
	} {
		t.Run(name, func(t *testing.T) {
			b := small().text(t, "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; "+text+" endmodule")
			x, y := all()
			_, err := b.Eval(t.Context(), x, y)
			require.Error(t, err)
			t.Log(err)
		})
	}
}

// What is not a whole file of products is refused.
func TestReadProducts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		ok         bool
		want       int
		ended      bool
	}{
		{"whole", "begin\n0 01\n1 1x\nend 7\n", true, 2, true},
		{"a line less", "begin\n0 01\nend 7\n", false, 0, false},
		{"no end", "begin\n0 01\n1 1x\n", true, 2, false},
		{"half a line", "begin\n0 01\n1 1", true, 1, false},
		{"empty", "", true, 0, false},
		{"the wrong header", "head\n", false, 0, false},
		{"no header", "0 01\n", false, 0, false},
		{"out of order", "begin\n1 01\n", false, 0, false},
		{"too many", "begin\n0 01\n1 01\n2 01\n", false, 0, false},
		{"behind the end", "begin\n0 01\n1 01\nend 7\n0 00\n", false, 0, false},
		{"another end", "begin\n0 01\n1 01\nend 8\n", false, 0, false},
		{"too wide", "begin\n0 011\n", false, 0, false},
		{"no bits", "begin\n0 0w\n", false, 0, false},
		{"a port", "begin\n0 01\nvalid-is z\n", true, 1, false},
		{"a port that is known", "begin\n0 01\nvalid-is 1\n", false, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := readProducts(file(t, t.TempDir(), "products", c.text), 7, 2, 2)
			require.Equal(t, c.ok, err == nil, "%v", err)
			if c.ok {
				assert.Len(t, r.products, c.want)
				assert.Equal(t, c.ended, r.ended)
			}
		})
	}
	r, err := readProducts(filepath.Join(t.TempDir(), "none"), 7, 2, 2)
	require.NoError(t, err)
	assert.Empty(t, r.products)
}

func TestOperands(t *testing.T) {
	b := small().text(t, "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; endmodule")
	for name, pair := range map[string][2][]uint32{
		"none": {}, "one more": {{1, 2}, {3}}, "too large": {{16}, {0}}, "too large in b": {{0}, {1 << 31}},
	} {
		_, err := b.Eval(t.Context(), pair[0], pair[1])
		assert.Error(t, err, name)
	}
}

// Nothing is left in the folder for temporary files.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	exact(t, small().text(t, "module mul(input [3:0] a, b, output [7:0] p); assign p = a * b; initial $dumpvars; endmodule"))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range left {
		assert.NotContains(t, f.Name(), "approxtrain-icarus")
		assert.NotContains(t, f.Name(), "ivrl")
	}
	assert.NoFileExists(t, "dump.vcd")
}

// A design that takes more processor time than it may ends with the number of products that it had formed; with enough
// time it has all of them.
func TestEvalWithin(t *testing.T) {
	const slow = `module mul(input [3:0] a, b, output [7:0] p); assign p = a * b;
integer i; reg [7:0] s; always @(a or b) begin s = 0; for (i = 0; i < 40000; i = i + 1) s = s + i; end endmodule`
	b := small().text(t, slow)
	x, y := all()
	_, err := b.EvalWithin(t.Context(), time.Second, x, y)
	var e *SlowError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, time.Second, e.Most)
	assert.Greater(t, e.Done, 0)
	assert.Less(t, e.Done, len(x))
	got, err := b.EvalWithin(t.Context(), time.Hour, x[:4], y[:4])
	require.NoError(t, err)
	assert.Len(t, got, 4)
}
