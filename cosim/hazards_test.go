package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHazards(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // parts of the warnings
	}{
		{"race", "module m(input clk, input [7:0] a, output reg [7:0] p);\nreg [7:0] t;\nalways @(posedge clk) p = t;\nalways @(posedge clk) t = a;\nendmodule",
			[]string{"assigns t by =, and another one reads it (line 3)"}},
		{"race in branches", "module m(input clk, s, output reg p); reg t, u;\nalways @(posedge clk) begin if (s) begin case (p) 1'b0: t = s; default: t <= 0; endcase end end\nalways @(posedge clk or negedge s) if (!s) p <= 0; else p <= t & u; endmodule",
			[]string{"assigns t by ="}},
		{"a temporary of one block", "module m(input clk, a, output reg p); reg t; always @(posedge clk) begin t = ~a; p <= t; end endmodule", nil},
		{"no blocking assignment", "module m(input clk, a, output reg p); reg t; always @(posedge clk) t <= a; always @(posedge clk) p <= t; endmodule", nil},
		{"read outside of clocked blocks", "module m(input clk, a, output p); reg t; always @(posedge clk) t = a; assign p = t; endmodule", nil},
		{"loop variables", "module m(input clk, input [3:0] a, output reg [3:0] p, q); integer i;\nalways @(posedge clk) for (i = 0; i < 4; i = i + 1) p[i] <= a[i];\nalways @(posedge clk) for (i = 0; i < 4; i = i + 1) q[i] <= a[i]; endmodule", nil},
		{"list", "module m(input [7:0] a, b, output reg [15:0] p);\nalways @(b) p = a*b;\nendmodule", []string{"the block reads a, which always @(b) leaves out"}},
		{"list without parentheses", "module m(input a, b, output reg p); always @b p = a & b; endmodule", []string{"reads a,"}},
		{"list in a condition", "module m(input a, b, c, output reg p); always @(a or b) if (c) p = a; else p = b; endmodule", []string{"reads c,"}},
		{"list with an index", "module m(input [1:0] i, input [3:0] a, output reg [3:0] p); always @(a) begin p = 0; p[i] = a[0]; end endmodule", []string{"reads i,"}},
		{"whole lists", "module m(input a, b, output reg p, q, r); parameter K = 1; reg t; always @(a, b) begin t = a; p = t & b & K; end always @* q = a; always @(*) r = b; endmodule", nil},
		{"latch kept", "module m(input a, b, output reg p); function f; input x; f = x & a; endfunction always @(a or b) p = f(b); endmodule", nil},
		{"nothing to read", "always @ ( begin module", nil},
	} {
		got := scanHazards(c.text)
		if assert.Len(t, got, len(c.want), "%s: %v", c.name, got) {
			for i := range got {
				assert.Contains(t, got[i], c.want[i], c.name)
			}
		}
	}
}
