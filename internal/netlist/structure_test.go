package netlist

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/yosys"
)

// circuitOfVerilog makes the circuit of a module m with operands a and b of four bits
// and a product p of eight, without Verilator.
func circuitOfVerilog(t *testing.T, verilog string, edit func(f *cosim.Interface)) (*Circuit, error) {
	tool, err := yosys.Find(t.Context())
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "m.v")
	require.NoError(t, os.WriteFile(file, []byte(verilog), 0o644))
	made, err := tool.Gates(t.Context(), yosys.Source{Files: []string{file}, Top: "m"})
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(made.Dir, yosys.GatesFile))
	require.NoError(t, err)
	n, err := parse(data, "m")
	require.NoError(t, err)
	f := plain(4, 4, 8)
	if edit != nil {
		edit(f)
	}
	c, err := newCircuit(n, f)
	if err == nil {
		c.rtl = &cosim.RTL{Iface: f}
	}
	return c, err
}

func clocked(f *cosim.Interface) { f.Clock = "clk" }
func resetHigh(f *cosim.Interface) {
	f.Clock, f.Reset = "clk", "rst"
}
func resetLow(f *cosim.Interface) {
	f.Clock, f.Reset, f.ResetLow = "clk", "rst_n", true
}
func handshake(f *cosim.Interface) {
	f.Clock, f.Reset, f.InValid, f.OutValid = "clk", "rst", "start", "done"
}

const (
	ports   = "input [3:0] a, b, output [7:0] p); "
	portReg = "input [3:0] a, b, output reg [7:0] p); "
)

// TestDepth counts levels of gates by hand: inverters are none, a multiplexer is two, registers begin anew.
func TestDepth(t *testing.T) {
	for _, c := range []struct {
		name    string
		edit    func(*cosim.Interface)
		verilog string
		depth   int
	}{
		{"wires", nil, "module m(" + ports + "assign p = {b, a}; endmodule", 0},
		{"inverters", nil, "module m(" + ports + "assign p = ~{b, a}; endmodule", 0},
		{"one gate", nil, "module m(" + ports + "assign p = {8{~(a[0] & ~b[0])}}; endmodule", 1},
		{"a chain of three", nil, "module m(" + ports + "assign p = {8{((a[0] & b[0]) ^ a[1]) | b[1]}}; endmodule", 3},
		{"a tree of four operands", nil, "module m(" + ports + "assign p = {8{(a[0] & b[0]) ^ (a[1] & b[1])}}; endmodule", 2},
		{"a multiplexer behind a gate", nil, "module m(" + ports + "assign p = {8{(a[0] & b[0]) ? a[1] : b[1]}}; endmodule", 3},
		{"beside the product", nil, "module m(" + ports + "wire u = ^{a, b}; assign p = {8{a[0] & b[0]}}; endmodule", 1},
		{"a stage of three and one of one", clocked, "module m(input clk, " + portReg +
			"reg q, r; always @(posedge clk) begin q <= ((a[0] & b[0]) ^ a[1]) | b[1]; r <= a[2]; p <= {8{q & r}}; end endmodule", 3},
		{"a stage of one and one of two", clocked, "module m(input clk, " + portReg +
			"reg q, r; always @(posedge clk) begin q <= a[0] & b[0]; r <= a[2]; p <= {8{q ? r : ~r}} ^ {8{r}}; end endmodule", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := circuitOfVerilog(t, c.verilog, c.edit)
			require.NoError(t, err)
			assert.Equal(t, c.depth, made.Structure.Depth)
		})
	}
}

// TestStructure has a design of each kind that structure tells apart. The products of
// those that it calls a function of the operands are compared with a·b, all of them, in
// two orders and with open bits as zeros, ones and random.
func TestStructure(t *testing.T) {
	type want struct {
		kind              StructureKind
		latency, shortest int
	}
	for _, c := range []struct {
		name    string
		edit    func(*cosim.Interface)
		verilog string
		want    want
		fault   string // parts of the error of a design that has none of the structures
		missing string // of what is not supported
		state   bool   // which holds state
	}{
		{name: "combinational", verilog: "module m(" + ports + "assign p = a * b; endmodule", want: want{Combinational, 0, 0}},
		{name: "clock without a register", edit: clocked, verilog: "module m(input clk, " + ports + "assign p = a * b; endmodule", want: want{Combinational, 0, 0}},
		{name: "x where it does not matter", verilog: "module m(" + portReg + "always @* begin p = 8'bx; if (a != 0) p = a * b; if (a == 0) p = 0; end endmodule", want: want{Combinational, 0, 0}},
		{name: "memory with values", verilog: "module m(" + ports + "reg [7:0] r [0:255]; integer i; initial for (i = 0; i < 256; i = i + 1) r[i] = (i >> 4) * (i & 15); assign p = r[{a, b}]; endmodule", want: want{Combinational, 0, 0}},
		{name: "register that only has a first value", verilog: "module m(" + ports + "reg [7:0] k = 0; assign p = a * b + k; endmodule", want: want{Combinational, 0, 0}},
		{name: "one stage", edit: clocked, verilog: "module m(input clk, " + portReg + "always @(posedge clk) p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "three stages", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [3:0] c, d; reg [7:0] q; always @(posedge clk) begin c <= a; d <= b; q <= c * d; p <= q; end endmodule", want: want{Pipeline, 3, 3}},
		{name: "falling edge", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [7:0] q; always @(negedge clk) begin q <= a * b; p <= q; end endmodule", want: want{Pipeline, 2, 2}},
		{name: "skewed operands", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [3:0] c; always @(posedge clk) begin c <= a; p <= c * b; end endmodule", want: want{Pipeline, 2, 1}},
		{name: "skewed operands before another stage", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [3:0] c; reg [7:0] q; always @(posedge clk) begin c <= a; q <= c * b; p <= q; end endmodule", want: want{Pipeline, 3, 2}},
		{name: "an operand passes by", edit: clocked, verilog: "module m(input clk, " + ports + "reg [3:0] c; always @(posedge clk) c <= a; assign p = c * b; endmodule", want: want{Pipeline, 1, 0}},
		{name: "synchronous reset", edit: resetHigh, verilog: "module m(input clk, rst, " + portReg + "always @(posedge clk) if (rst) p <= 8'h55; else p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "asynchronous reset, active low", edit: resetLow, verilog: "module m(input clk, rst_n, " + portReg + "always @(posedge clk or negedge rst_n) if (!rst_n) p <= 8'hff; else p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "asynchronous reset, active high, falling edge", edit: resetHigh, verilog: "module m(input clk, rst, " + portReg + "always @(negedge clk or posedge rst) if (rst) p <= 0; else p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "set and reset", edit: func(f *cosim.Interface) { clocked(f); f.Tied = []cosim.Tie{cosim.Tied("s", "0"), cosim.Tied("r", "0")} },
			verilog: "module m(input clk, s, r, " + portReg + "always @(posedge clk or posedge s or posedge r) if (r) p <= 0; else if (s) p <= 8'hff; else p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "asynchronous load", edit: func(f *cosim.Interface) { clocked(f); f.Tied = []cosim.Tie{cosim.Tied("l", "0")} },
			verilog: "module m(input clk, l, " + portReg + "always @(posedge clk or posedge l) if (l) p <= a + b; else p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "enable that is tied", edit: func(f *cosim.Interface) { clocked(f); f.Tied = []cosim.Tie{cosim.Tied("en", "1")} },
			verilog: "module m(input clk, en, " + portReg + "always @(posedge clk) if (en) p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "valid bits beside the product", edit: func(f *cosim.Interface) { resetHigh(f); f.Tied = []cosim.Tie{cosim.Tied("v", "1")} },
			verilog: "module m(input clk, rst, v, " + portReg + "reg [7:0] q; reg w, x; always @(posedge clk) begin w <= v & !rst; x <= w & !rst; q <= a * b; p <= w ? q : 0; end endmodule", want: want{Pipeline, 2, 2}},
		{name: "enable by data", edit: clocked, verilog: "module m(input clk, " + portReg + "always @(posedge clk) if (b != 3) p <= a * b; endmodule", want: want{kind: StateMachine}},
		{name: "counter", edit: resetHigh, verilog: "module m(input clk, rst, " + portReg + "reg [3:0] n; always @(posedge clk) begin n <= rst ? 0 : n + 1; p <= a * b + (n == 15); end endmodule", want: want{kind: StateMachine}},
		{name: "feedback through two registers", edit: clocked, verilog: "module m(input clk, " + portReg + "reg q; always @(posedge clk) begin q <= p[0] & a[0]; p <= a * b + q; end endmodule", want: want{kind: StateMachine}},
		{name: "a counter that plays no part", edit: resetHigh, verilog: "module m(input clk, rst, " + portReg + "reg [3:0] n; always @(posedge clk) begin n <= rst ? 0 : n + 1; p <= a * b; end endmodule", want: want{Pipeline, 1, 1}},
		{name: "feedback through done only", edit: handshake, verilog: "module m(input clk, rst, start, input [3:0] a, b, output reg [7:0] p, output reg done); always @(posedge clk) begin p <= a * b; done <= !rst & (start | done & !start); end endmodule", want: want{kind: StateMachine}},
		{name: "wakes up late", edit: clocked, verilog: "module m(input clk, " + ports + "reg [2:0] k = 0; always @(posedge clk) k <= {k[1:0], 1'b1}; assign p = k[2] ? a * b : 0; endmodule", want: want{kind: StateMachine}},
		{name: "memory that is written", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [7:0] r [0:15]; always @(posedge clk) begin r[a] <= b; p <= r[b] ^ a * b; end endmodule", want: want{kind: StateMachine}},
		{name: "latch", verilog: "module m(" + portReg + "always @* if (a != b) p = a * b; endmodule", fault: "latch for p[0]"},
		{name: "loop", verilog: "module m(" + ports + "wire s; assign s = a[0] ? s : b[0]; assign p = a * b ^ s; endmodule", fault: "combinational loop through s ("},
		{name: "undriven", verilog: "module m(" + ports + "wire [1:0] c; assign c[0] = 0; assign p = a * b + c; endmodule", fault: "nothing drives c[1] ("},
		{name: "floating bus", verilog: "module m(" + ports + "assign p = a[0] ? a * b : 8'bz; endmodule", fault: "a bus that nothing drives"},
		{name: "two drivers", verilog: "module m(" + ports + "wire c; assign c = a[0] & b[0]; assign c = a[1] | b[1]; assign p = {7'd0, c}; endmodule", fault: "has 2 drivers: and gate ("},
		{name: "clock as data", edit: clocked, verilog: "module m(input clk, " + ports + "assign p = clk ? a * b : 0; endmodule", fault: "nothing drives input clk"},
		{name: "no clock was named", verilog: "module m(input clk, " + portReg + "always @(posedge clk) p <= a * b; endmodule", missing: "register p[7] is clocked by clk, which is not the clock", state: true},
		{name: "gated clock", edit: clocked, verilog: "module m(input clk, " + portReg + "wire g = clk & b[0]; always @(posedge g) p <= a * b; endmodule", missing: "is clocked by g, which is not the clock", state: true},
		{name: "inverted clock", edit: clocked, verilog: "module m(input clk, " + portReg + "wire g = ~clk; always @(posedge g) p <= a * b; endmodule", want: want{Pipeline, 1, 1}},
		{name: "gate that is tied", edit: func(f *cosim.Interface) { clocked(f); f.Tied = []cosim.Tie{cosim.Tied("en", "1")} },
			verilog: "module m(input clk, en, " + portReg + "wire g = clk & en; always @(posedge g) p <= a * b; endmodule", missing: "is clocked by g, which is not the clock"},
		{name: "divided clock", edit: clocked, verilog: "module m(input clk, " + portReg + "reg g = 0; always @(posedge clk) g <= ~g; always @(posedge g) p <= a * b; endmodule", missing: "is clocked by g, which is not the clock", state: true},
		{name: "clocked by an operand", edit: clocked, verilog: "module m(input clk, " + portReg + "always @(posedge a[3]) p <= a * b; endmodule", missing: "is clocked by a[3]", state: true},
		{name: "both edges", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [7:0] q; always @(negedge clk) q <= a * b; always @(posedge clk) p <= q; endmodule", missing: "registers at both edges"},
		{name: "both edges and an enable", edit: clocked, verilog: "module m(input clk, " + portReg + "reg [3:0] q; always @(posedge clk) q <= b; always @(negedge clk) if (q != b) p <= a * b; endmodule", missing: "registers at both edges", state: true},
		{name: "reset by data", edit: clocked, verilog: "module m(input clk, " + portReg + "wire z = a == 0; always @(posedge clk or posedge z) if (z) p <= 0; else p <= a * b; endmodule", missing: "asynchronous set or reset that depends on data", state: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := circuitOfVerilog(t, c.verilog, c.edit)
			var wrong *FaultError
			var unsupported *UnsupportedError
			switch {
			case c.fault != "":
				require.ErrorAs(t, err, &wrong)
				assert.Contains(t, err.Error(), c.fault)
				return
			case c.missing != "":
				require.True(t, errors.As(err, &unsupported), "%v", err)
				assert.Contains(t, err.Error(), c.missing)
				assert.Equal(t, c.state, unsupported.State, "state")
				return
			}
			require.NoError(t, err)
			s := got.Structure
			assert.Equal(t, c.want, want{s.Kind, s.Latency, s.Shortest}, "%v", s)
			assert.Equal(t, s.Kind == StateMachine, len(s.State) > 0)
			if !s.Pure() {
				return
			}
			// The timing is set as it would be measured with luck: SetTiming corrects it.
			got.SetTiming(cosim.Timing{Latency: c.want.shortest})
			if s.Shortest == s.Latency {
				got.SetTiming(cosim.Timing{Latency: s.Latency})
			}
			assert.Equal(t, 3*256, multiplies(t, got))
		})
	}
}

// multiplies counts the products that are a·b, over three sweeps of a Reset each.
func multiplies(t *testing.T, c *Circuit) (right int) {
	d, err := c.open(context.Background())
	require.NoError(t, err)
	for i, fill := range []cosim.Fill{cosim.FillZeros, cosim.FillOnes, cosim.FillRandom} {
		require.NoError(t, d.Reset(context.Background(), fill))
		o := cosim.RowMajor
		if i == 1 {
			o = cosim.Scattered(256)
		}
		p, err := d.Sweep(context.Background(), cosim.Rect{NA: 16, NB: 16}, o)
		require.NoError(t, err)
		for k := range 256 {
			if p.At(k) == uint32(k>>4*(k&15)) {
				right++
			}
		}
	}
	return right
}

// A handshake in the netlist: products that are registers or inputs themselves, and a
// design that says "valid" too early or never.
func TestHandshakes(t *testing.T) {
	const head = "module m(input clk, rst, start, input [3:0] a, b, output [7:0] p, output done); "
	for _, c := range []struct {
		name, verilog string
		right         int
		err           string
	}{
		{"one cycle", "reg [7:0] q; reg d; assign p = q; assign done = d; always @(posedge clk) begin d <= start & !rst; q <= a * b; end endmodule", 768, ""},
		{"shift and add, constants in the product's neighbourhood", `reg [7:0] s, q; reg [3:0] m; reg [2:0] n; reg d; assign p = q; assign done = d;
			always @(posedge clk) if (rst) begin n <= 0; d <= 0; end else begin d <= 0;
			if (start) begin n <= 4; m <= b; s <= a; q <= 0; end
			else if (n != 0) begin if (m[0]) q <= q + s; s <= s << 1; m <= m >> 1; n <= n - 1; d <= n == 1; end end endmodule`, 768, ""},
		{"as long as it takes", `reg [7:0] q; reg [3:0] n; reg r, d; assign p = q; assign done = d;
			always @(posedge clk) if (rst) begin r <= 0; d <= 0; end else begin d <= 0;
			if (start) begin n <= b; q <= 0; r <= 1; end else if (r) begin if (n == 0) begin r <= 0; d <= 1; end else begin q <= q + a; n <= n - 1; end end end endmodule`, 768, ""},
		{"operands are the product", "reg d; assign p = {a, b}; assign done = d; always @(posedge clk) d <= start; endmodule", -1, ""},
		{"never", "assign p = a * b; assign done = 0; endmodule", 0, "not valid within"},
		{"only in the cycle of start", "assign p = a * b; assign done = start; endmodule", 0, "not valid within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := circuitOfVerilog(t, head+c.verilog, handshake)
			require.NoError(t, err)
			if c.err != "" {
				d, err := got.open(t.Context())
				require.NoError(t, err)
				_, err = d.Sweep(t.Context(), cosim.Rect{NA: 16, NB: 16}, cosim.RowMajor)
				require.ErrorContains(t, err, c.err)
				return
			}
			if c.right < 0 { // the product's bits are inputs
				d, err := got.open(t.Context())
				require.NoError(t, err)
				p, err := d.Sweep(t.Context(), cosim.Rect{NA: 16, NB: 16}, cosim.RowMajor)
				require.NoError(t, err)
				for k := range 256 {
					require.Equal(t, uint32(k), p.At(k))
				}
				return
			}
			assert.Equal(t, c.right, multiplies(t, got))
		})
	}
}
