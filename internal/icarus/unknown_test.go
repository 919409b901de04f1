package icarus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
)

// Each way to an x or a z is found, with the first operands that show it and the
// bits.
func TestFindUnknown(t *testing.T) {
	e8m1 := small()
	e8m1.top, e8m1.ports, e8m1.iface.Shape = "fmul", "a:10 b:10 p:10>", cosim.Shape{Kind: cosim.Float, A: 10, B: 10, P: 10}
	reset := clocked(2)
	reset.ports += " rst_n:1"
	reset.iface.Reset, reset.iface.ResetLow = "rst_n", true
	for _, c := range []struct {
		file         string
		part         part
		a, b         uint32
		xbits, zbits string
		port         string
		others       int
	}{
		{"two_drivers.v", small(), 0, 2, "p[7:0]", "", "", 127},
		{"two_drivers_below.v", small(), 0, 2, "p[1]", "", "", 95},
		{"floating_bus.v", small(), 3, 0, "", "p[1:0]", "", 15},
		{"open_bit.v", small(), 0, 0, "", "p[5]", "", 255},
		{"select.v", small(), 0, 12, "p[7:0]", "", "", 63},
		{"remainder.v", small(), 15, 0, "p[7:0]", "", "", 15},
		{"never_set.v", e8m1, 0, 0x1fe, "p[9]", "", "", -1},
		{"no_reset.v", clocked(1), 1, 1, "p[0]", "", "", -1},
		{"enum_x.sv", reset, 0, 0, "p[7:0]", "", "", 255},
		{"valid_x.v", handshake(), 0, 0, "done", "", "done", 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			b, err := c.part.bench(t, filepath.Join("testdata", c.file))
			require.NoError(t, err)
			n, err := b.FindUnknown(t.Context())
			var e *UnknownError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, [2]uint32{c.a, c.b}, [2]uint32{e.A, e.B}, "operands")
			assert.Equal(t, c.xbits, e.XBits)
			assert.Equal(t, c.zbits, e.ZBits)
			assert.Equal(t, c.port, e.Port)
			if c.others >= 0 {
				assert.Equal(t, c.others, e.Others)
			}
			if c.port == "" {
				assert.Equal(t, e.Pairs, n+1+e.Others, "each pair is known or not")
			}
			assert.ErrorContains(t, err, fmt.Sprintf("operands a = %#x, b = %#x (pair ", c.a, c.b))
		})
	}
}

// A product that is known for all pairs but one is evaluated with that one's x.
func TestEvalUnknown(t *testing.T) {
	b := small().text(t, `module mul(input [3:0] a, b, output [7:0] p);
  assign p = a == 5 && b == 9 ? 8'b10x1_z0x1 : a * b; endmodule`)
	x, y := all()
	p, err := b.Eval(t.Context(), x, y)
	require.NoError(t, err)
	for i := range p {
		want := Product{Value: x[i] * y[i]}
		if x[i] == 5 && y[i] == 9 {
			want = Product{Value: 0b1001_0001, X: 0b0010_0010, Z: 0b0000_1000}
		}
		require.Equal(t, want, p[i])
	}
	_, err = b.FindUnknown(t.Context())
	assert.EqualError(t, err, "the product is neither 0 nor 1 in every bit: p[5], p[1] is x, p[3] is z; "+
		"operands a = 0x5, b = 0x9 (pair 89 of 256)")
}

// A warning of the compiler explains an x.
func TestHint(t *testing.T) {
	b := small().text(t, `module mul(input [3:0] a, b, output [7:0] p); reg one; always @* one = 1; assign p = a * b * one; endmodule`)
	_, err := b.FindUnknown(t.Context())
	var e *UnknownError
	require.ErrorAs(t, err, &e)
	assert.ErrorContains(t, err, "mul.v:1: warning: @* found no sensitivities")
}

// Faults planted in built-in designs are found; the designs themselves are clean.
func TestMutationsLong(t *testing.T) {
	for _, c := range []struct {
		name, variant  string
		file, from, to string
		want           string
	}{
		{"exact_u8", "sequential", "uint_mul_seq.v", "      busy_q         <= 1'b0;\n", "", "ready_o is x; operands a = 0x0, b = 0x0"},
		{"exact_u8", "sequential", "uint_mul_seq.v", "      sum_q          <= {(2 * N) {1'b0}};\n    end else if", "    end else if", "clean"},
		{"mitchell_e8m7", "pipelined", "fp_mul_pipe.v", "      nan1_q  <= nan;\n", "", "clean"}, // it is wrong, which comparison shows
		{"mitchell_e8m7", "pipelined", "fp_mul_pipe.v", "    if (!rst_ni) product3_q <= {(9 + P) {1'b0}};\n    else product3_q <= product;",
			"    if (rst_ni) product3_q[7:0] <= product;", "p_o[15:8] is x; operands a = 0x0, b = 0x0"},
		{"mitchell_e8m7", "pipelined", "fp_mul_pipe.v", "      zero2_q  <= zero1_q;\n", "      zero2_q  <= zero1_q ? 1'bx : 1'b0;\n", "p_o[13:7] is x; operands a = 0x0, b = 0x7f00"},
		{"mitchell_e8m7", "", "mant_mitchell.v", "", "", "clean"},
		{"mitchell_e8m7", "", "fp_mul.v", ".carry_i(carry)", ".carry_i()", "p_o[14:7] is x; operands a = 0x80, b = 0x80"},
	} {
		t.Run(strings.TrimSpace(c.name+" "+c.variant+" "+c.from), func(t *testing.T) {
			r := builtin(t, c.name, c.variant)
			lib, err := cosim.Library()
			require.NoError(t, err)
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(lib)))
			s := r.Source()
			at, err := filepath.Rel(lib, s.Files[0])
			require.NoError(t, err)
			s.Files, s.Include = []string{filepath.Join(dir, at)}, []string{dir, filepath.Join(dir, "fp")}
			planted := filepath.Join(dir, c.file)
			if _, err := os.Stat(planted); err != nil {
				planted = filepath.Join(dir, "fp", c.file)
			}
			text, err := os.ReadFile(planted)
			require.NoError(t, err)
			require.Contains(t, string(text), c.from, "the planted fault has no place")
			require.NoError(t, os.WriteFile(planted, []byte(strings.Replace(string(text), c.from, c.to, 1)), 0o644))

			design := *r.Design
			design.Deps = nil
			for _, d := range r.Design.Deps {
				path := filepath.Join(dir, strings.TrimPrefix(d.Path, lib))
				design.Deps = append(design.Deps, struct{ Path, SHA256 string }{path, digest(t, path)})
			}
			b, err := open(t.Context(), s, &design, r.Iface, r.Timing)
			require.NoError(t, err)
			n, err := b.FindUnknown(t.Context())
			if c.want == "clean" {
				require.NoError(t, err)
				assert.GreaterOrEqual(t, n, 4096)
				return
			}
			var e *UnknownError
			require.ErrorAs(t, err, &e)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// The designs that had a table by Verilator alone.
func TestTrust(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"f03_two_drivers.v", "p[7:0] is x; operands a = 0x0, b = 0xff"},
		{"f04_floating_bus.v", "p[15:0] is x; operands a = 0x0, b = 0x0"},
		{"f05_bit_select.v", "p[15:0] is x; operands a = 0xff, b = 0x0"},
		{"f06_div0.v", "p[15:0] is x; operands a = 0x0, b = 0x0"},
		{"f08_full_x.v", "p[9] is x; operands a = 0x0, b = 0x0"},
		{"multidriven.v", "p[0] is x; operands a = 0x0, b = 0x1"},
		{"multidriven2.v", "p[0] is x; operands a = 0x0, b = 0x0"},
	} {
		t.Run(c.file, func(t *testing.T) {
			b, err := Open(t.Context(), openShared(t, c.file))
			require.NoError(t, err)
			_, err = b.FindUnknown(t.Context())
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
			var u *UnknownError
			var d *DesignError
			assert.True(t, errors.As(err, &u) || errors.As(err, &d))
		})
	}
}

// Products that Verilator 5.006 gets wrong are right here.
func TestReadback(t *testing.T) {
	b, err := Open(t.Context(), openShared(t, "readback5.v"))
	require.NoError(t, err)
	p, err := b.Eval(t.Context(), []uint32{8, 8}, []uint32{0, 4})
	require.NoError(t, err)
	assert.Equal(t, []Product{{Value: 202}, {Value: 192}}, p)
}

func openShared(t *testing.T, name string) *cosim.RTL {
	t.Helper()
	r, err := cosim.OpenRTL(t.Context(), cosim.Source{Files: []string{cases.File(t, "trust/"+name)}}, cosim.Overrides{}, cosim.Options{})
	require.NoError(t, err)
	return r
}
