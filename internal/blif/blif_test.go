package blif

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A statement in line N becomes Verilog in line N; ports with an index are joined.
func TestVerilog(t *testing.T) {
	text := `# a comment
.model top
.inputs a[0] a[1] \
 b clk
.outputs p[0] p[1] q
.names a[0] b p[0]
11 1
.names a[1] b n # off-set
-1 0
0- 0
.latch n p[1] re clk 0
.latch n r fe clk
.subckt inner x[0]=n x[1]=r y=q
.names unused
.names one
1
.end
.model inner
.inputs x[1] x[0]
.outputs y
.names x[0] x[1] y
10 1
01 1
`
	got, modules, err := Verilog(text)
	require.NoError(t, err)
	assert.Equal(t, []Module{{"top", 2}, {"inner", 18}}, modules)
	lines := strings.Split(got, "\n")
	for line, want := range map[int]string{
		2:  "module top (input [1:0] a, input b, input clk, output [1:0] p, output q);",
		6:  " & ",
		8:  "= ~((blif_net_",
		11: "initial blif_net_",
		12: "always @(negedge blif_net_",
		13: "inner blif_cell_13 (.x({blif_net_",
		14: "= 1'b0;",
		15: "= (1'b1);",
		18: "module inner (input [1:0] x, output y);",
		17: "endmodule",
		21: "~blif_net_",
	} {
		assert.Contains(t, lines[line-1], want, "line %d", line)
	}
}

func TestRefused(t *testing.T) {
	const head = ".model m\n.inputs a b\n.outputs p\n"
	for _, c := range []struct{ text, want string }{
		{"", "line 1: no .model"},
		{".names a\n", "line 1: .names outside of a .model"},
		{head + ".names a b p\n11 1\n0- 0\n", "line 6: the .names in line 4 has rows for 0 and rows for 1"},
		{head + ".names a b p\n1 1\n", "line 5: the row has 1 inputs, its .names in line 4 has 2"},
		{head + ".names a b p\n1x 1\n", `line 5: "1x": expected 0, 1 and - only`},
		{head + ".names a p\n.names b p\n", "line 5: p is already driven by line 4"},
		{head + ".names a a\n", "line 4: a is already driven by line 2"},
		{head + ".names a c p\n", "line 4: nothing drives c"},
		{head, "line 1: nothing drives p"},
		{head + ".latch a p\n", "line 4: .latch p has no clock: expected .latch a p re CLOCK"},
		{head + ".latch a p ah b 0\n", "line 4: .latch p is level-sensitive or asynchronous (ah)"},
		{head + ".latch a p re b 7\n", `line 4: .latch: the initial value is "7", expected 0 to 3`},
		{head + ".exdc\n", "line 4: .exdc is not read"},
		{head + ".subckt cell a\n", `line 4: .subckt cell: "a" is not formal=actual`},
		{head + ".subckt cell a=a a=b\n", "line 4: .subckt cell: a is connected twice"},
		{head + ".param W 1\n", "line 4: .param is not read"},
		{head + "11 1\n", `line 4: "11 1" is neither a command nor a row of .names`},
		{head + ".names p\n1\n.end\n.model m\n", "line 7: .model m is already in line 1"},
		{".model m\n.inputs a[0] a[2]\n.outputs p\n.names p\n", "line 1: m has a[2] and not a[1]"},
		{head + ".subckt s x=a y=p\n.end\n.model s\n.inputs x z\n.outputs y\n.names y\n", "line 4: s: nothing is connected to its input z"},
		{head + ".subckt s x=a w=p\n.end\n.model s\n.inputs x\n.outputs y\n.names y\n", "line 4: s has no port w"},
		{head + ".names p\n.subckt s x=a y=p\n.end\n.model s\n.inputs x\n.outputs y\n.names y\n", "line 5: p is already driven by line 4"},
	} {
		_, _, err := Verilog(c.text)
		assert.ErrorContains(t, err, c.want)
	}
}

// FuzzVerilog: any text is Verilog or an error.
func FuzzVerilog(f *testing.F) {
	f.Add(".model m\n.inputs a[0] a[1]\n.outputs p\n.names a[0] a[1] p\n11 1\n.end\n")
	f.Add(".model m\n.inputs a c\n.outputs p\n.latch a p re c 2\n.subckt x y=\n")
	f.Fuzz(func(t *testing.T, text string) {
		if verilog, modules, err := Verilog(text); err == nil && (len(modules) > 0) != strings.Contains(verilog, "endmodule") {
			t.Errorf("%q", verilog)
		}
	})
}
