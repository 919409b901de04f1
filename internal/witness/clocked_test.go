package witness_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/witness"
)

// TestClockedDesignsLong has clocked designs of each kind whose products both simulators
// form, all of them, and that are right.
func TestClockedDesignsLong(t *testing.T) {
	const operands = "input [3:0] a, b, output [7:0] p"
	times := func(a, b uint32) uint32 { return a * b }
	for _, c := range []struct {
		name, verilog string
		over          cosim.Overrides
		opts          witness.Options
		model         func(a, b uint32) uint32
		timing        cosim.Timing
		function      string
	}{
		{name: "a pipeline with asynchronous reset, active low", timing: cosim.Timing{Latency: 2}, function: "proven, a pipeline of 2 stages",
			verilog: "module m(input clk, rst_n, " + operands + "); reg [7:0] q, r; assign p = r; always @(posedge clk or negedge rst_n) if (!rst_n) {q, r} <= 16'hffff; else begin q <= a * b; r <= q; end endmodule"},
		{name: "a pipeline with an enable", timing: cosim.Timing{Latency: 2}, function: "proven, a pipeline of 2 stages",
			verilog: "module m(input clk, en, " + operands + "); reg [7:0] q, r; assign p = r; always @(posedge clk) if (en) begin q <= a * b; r <= q; end endmodule"},
		{name: "the falling edge", timing: cosim.Timing{Latency: 3}, function: "proven, a pipeline of 3 stages",
			verilog: "module m(input clk, " + operands + "); reg [3:0] c, d; reg [7:0] q, r; assign p = r; always @(negedge clk) begin c <= a; d <= b; q <= c * d; r <= q; end endmodule"},
		{name: "skewed operands", timing: cosim.Timing{Latency: 2, Hold: true}, function: "proven for held operands, registers on 1 to 2 stages",
			verilog: "module m(input clk, " + operands + "); reg [3:0] c; reg [7:0] q; assign p = q; always @(posedge clk) begin c <= a; q <= c * b; end endmodule"},
		{name: "a latency that is given", timing: cosim.Timing{Latency: 3, Hold: true}, over: cosim.Overrides{Latency: 3, LatencyGiven: true}, function: "proven, a pipeline of 2 stages",
			verilog: "module m(input clk, " + operands + "); reg [7:0] q, r; assign p = r; always @(posedge clk) begin q <= a * b; r <= q; end endmodule"},
		{name: "a table in memory, read at the edge", timing: cosim.Timing{Latency: 1}, function: "proven, a pipeline of 1 stage",
			verilog: "module m(input clk, " + operands + "); reg [7:0] t [0:255]; reg [7:0] q; integer i; initial for (i = 0; i < 256; i = i + 1) t[i] = (i / 16) * (i % 16); assign p = q; always @(posedge clk) q <= t[{a, b}]; endmodule"},
		{name: "several ports, tied ports, constants and operands in the product", over: cosim.Overrides{A: "ah,al", P: "ph,pl", Tie: []string{"mode=2'b10"}},
			timing: cosim.Timing{}, function: "proven, no state", model: func(a, b uint32) uint32 { return a<<4 | b&12 | 2 | b&1 },
			verilog: "module m(input [1:0] ah, al, input [3:0] b, input [1:0] mode, output [3:0] ph, pl); assign ph = {ah, al}; assign pl = {b[3:2], mode[1], b[0]}; endmodule"},
		{name: "start and done", function: "sampled: 4 sweeps in different orders",
			verilog: `module m(input clk, rst, start, input [3:0] a, b, output [7:0] p, output reg done); reg [7:0] q, s; reg [3:0] c; reg [2:0] n; assign p = q;
			always @(posedge clk) if (rst) begin n <= 0; done <= 0; end else begin done <= 0;
			if (start) begin n <= 4; c <= b; s <= a; q <= 0; end
			else if (n != 0) begin if (c[0]) q <= q + s; s <= s << 1; c <= c >> 1; n <= n - 1; done <= n == 1; end end endmodule`},
		{name: "start and busy", function: "sampled: 4 sweeps in different orders",
			verilog: `module m(input clk, rst, start, input [3:0] a, b, output [7:0] p, output busy); reg [7:0] q; reg [3:0] n, c; assign p = q, busy = n != 0;
			always @(posedge clk) if (rst) n <= 0; else if (n == 0 && start) begin n <= b; c <= a; q <= 0; end else if (n != 0) begin q <= q + c; n <= n - 1; end endmodule`},
		{name: "valid, ready and back-pressure", function: "sampled: 4 sweeps in different orders",
			verilog: `module m(input clk, rst_n, in_valid, output in_ready, input [3:0] a, b, output out_valid, input out_ready, output [7:0] p);
			reg full; reg [7:0] q; reg [1:0] wait_; assign p = q, out_valid = full, in_ready = (!full || out_ready) && wait_ == 0;
			always @(posedge clk or negedge rst_n) if (!rst_n) begin full <= 0; wait_ <= 0; end else begin wait_ <= wait_ == 2 ? 0 : wait_ + 1;
			if (in_ready && in_valid) begin q <= a * b; full <= 1; end else if (out_ready) full <= 0; end endmodule`},
		{name: "a product that is the operand, with a handshake", function: "sampled: 4 sweeps in different orders", model: func(a, b uint32) uint32 { return a<<4 | b },
			verilog: "module m(input clk, start, " + operands + ", output done); reg d; assign done = d, p = {a, b}; always @(posedge clk) d <= start; endmodule"},
		{name: "a pipeline with valid beside it", function: "sampled: 4 sweeps in different orders",
			verilog: "module m(input clk, in_valid, " + operands + ", output out_valid); reg [7:0] q, r; reg v, w; assign p = r, out_valid = w; always @(posedge clk) begin q <= a * b; r <= q; v <= in_valid; w <= v; end endmodule"},
		{name: "the netlist alone: skewed operands", opts: witness.Options{Simulators: witness.Netlist}, timing: cosim.Timing{Latency: 2, Hold: true}, function: "proven for held operands, registers on 1 to 2 stages",
			verilog: "module m(input clk, " + operands + "); reg [3:0] c; reg [7:0] q; assign p = q; always @(posedge clk) begin c <= a; q <= c * b; end endmodule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, w, err := table(t.Context(), source(t, c.verilog), c.over, c.opts)
			require.NoError(t, err)
			if c.opts.Simulators != witness.Netlist {
				require.Empty(t, w.Alone)
				assert.Len(t, tab.Witnesses, 2)
				for _, v := range tab.Witnesses {
					assert.Equal(t, uint64(256), v.Products)
				}
			}
			assert.Equal(t, c.timing, w.RTL.Timing)
			if strings.HasPrefix(c.function, "sampled") { // and so many products after other pairs
				assert.True(t, strings.HasPrefix(tab.Function, c.function+", "), tab.Function)
			} else {
				assert.Equal(t, c.function, tab.Function)
			}
			model := c.model
			if model == nil {
				model = times
			}
			right := 0
			for a := range uint32(16) {
				for b := range uint32(16) {
					if tab.At(a, b) == model(a, b) {
						right++
					}
				}
			}
			assert.Equal(t, 256, right)
		})
	}
}

// TestWrongClockedDesigns has clocked designs that a single simulator, or a luckless
// measurement, might take for multipliers.
func TestWrongClockedDesigns(t *testing.T) {
	for _, c := range []struct {
		name, verilog, message string
		opts                   witness.Options
		over                   cosim.Overrides
	}{
		{name: "valid before the product is there", message: "state: the product may depend on earlier operands",
			verilog: "module m(input clk, in_valid, input [3:0] a, b, output [7:0] p, output out_valid); reg [7:0] q, r; assign p = r, out_valid = 1; always @(posedge clk) begin q <= a * b; r <= q; end endmodule"},
		{name: "never valid, in the netlist alone", message: "not valid within", opts: witness.Options{Simulators: witness.Netlist},
			verilog: "module m(input clk, in_valid, input [3:0] a, b, output [7:0] p, output out_valid); assign p = a * b, out_valid = in_valid; endmodule"},
		{name: "skewed for one operand only", message: "operands pass through 1 to 2 registers, so they must be held: option latency 2",
			verilog: "module m(input clk, input [7:0] a, b, output [15:0] p); reg [7:0] c; reg [15:0] q; assign p = q; always @(posedge clk) begin c <= b; q <= a * (a == 37 ? c : b); end endmodule"},
		{name: "wrong after one operand that a sample does not meet", message: "operands pass through 1 to 2 registers, so they must be held: option latency 2",
			verilog: "module m(input clk, input [7:0] a, b, output reg [15:0] p); reg [7:0] c; always @(posedge clk) begin c <= a; p <= a * b + (c == 19 && a == 119 && b == 66); end endmodule"},
		{name: "the same, with the shorter latency by the user's word", message: "so they must be held: option latency 2", over: cosim.Overrides{Latency: 1, LatencyGiven: true},
			verilog: "module m(input clk, input [7:0] a, b, output reg [15:0] p); reg [7:0] c; always @(posedge clk) begin c <= a; p <= a * b + (c == 19 && a == 119 && b == 66); end endmodule"},
		{name: "a latency that is too short", message: "the products are not those of the operands; measured: 2", over: cosim.Overrides{Latency: 1, LatencyGiven: true},
			verilog: "module m(input clk, input [3:0] a, b, output reg [7:0] p); reg [7:0] q; always @(posedge clk) begin q <= a * b; p <= q; end endmodule"},
		{name: "a value of the first cycles that nothing resets", message: "changes 2 cycles after the reset by itself",
			verilog: "module m(input clk, rst, input [3:0] a, b, output [7:0] p); reg v, w; always @(posedge clk) begin v <= !rst; w <= v; end assign p = w ? a * b : 0; endmodule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := table(t.Context(), source(t, c.verilog), c.over, c.opts)
			require.ErrorContains(t, err, c.message)
		})
	}
}
