package cosim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScanModules(t *testing.T) {
	const text = "`line 1 \"a.v\" 1\n" + `module half(input a, b, output s, c);
  xor g1 (s, a, b);
endmodule
` + "`line 10 \"b.sv\" 1\n" + `typedef logic signed [7:0] word_t;
module \odd$name #(parameter W = 8, localparam X = half) (
  input  logic signed [W-1:0] a, b,
  input  [3:0] c,
  input  word_t d,
  output byte e, output byte unsigned f,
  output logic [2*W-1:0] p = '0
);
  function signed [3:0] hidden; input signed [3:0] g; hidden = g; endfunction
  half u (.a(a[0]), .b(b[0]), .s(p[0]), .c());
endmodule
module old(x, y, z, q);
  input signed [3:0] x;
  input y;
  output [3:0] z, q;
  reg signed [3:0] z;
  wire [3:0] q;
endmodule
`
	mods := scanModules(text)
	require.Len(t, mods, 3)
	assert.Equal(t, []string{"half", `odd$name`, "old"}, []string{mods[0].Name, mods[1].Name, mods[2].Name})
	assert.Equal(t, []bool{true, false, false}, []bool{mods[0].Used, mods[1].Used, mods[2].Used})
	assert.Equal(t, "a.v:1", location(mods[0]))
	assert.Equal(t, "b.sv:11", location(mods[1]))
	assert.Equal(t, "a b d e", signedNames(mods[1]))
	assert.Equal(t, "x z", signedNames(mods[2]))
}

func location(m module) string { return fmt.Sprintf("%s:%d", m.File, m.Line) }

func signedNames(m module) string {
	var out []string
	for n := range m.Signed {
		out = append(out, n)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestDecodeName(t *testing.T) {
	for in, want := range map[string]string{"a_i": "a_i", "a__05b0__05d": "a[0]", "a___05Fb": "a__b", "__SYM__int": "int"} {
		assert.Equal(t, want, decodeName(in))
	}
}

func TestParseMessages(t *testing.T) {
	msgs := parseMessages(`%Error: a.v:2:12: syntax error, unexpected '='
    2 | assign b = = a;
%Warning-UNOPTFLAT: b.v:7:9: Signal unoptimizable: Circular combinational logic: 'm.y'
%Error: Cannot find file containing module: 'x'
%Error: Exiting due to 2 error(s)
`)
	require.Len(t, msgs, 3)
	assert.Equal(t, "a.v:2: syntax error, unexpected '='", msgs[0].String())
	assert.Equal(t, "b.v:7: Signal unoptimizable: Circular combinational logic: 'm.y' [UNOPTFLAT]", msgs[1].String())
	text, syntax := errorsOf(msgs)
	assert.True(t, syntax)
	assert.Contains(t, text, "Cannot find file")
	assert.NotContains(t, text, "UNOPTFLAT")
}

// FuzzScan feeds any text: the scan ends, and names what it finds.
func FuzzScan(f *testing.F) {
	f.Add("module m(input signed [3:0] a, b, output [7:0] p); endmodule")
	f.Add("`line 1 \"x\" 0\nmodule \\a$b (a); input a; typedef int t; sub #(.W(3)) u(a); endmodule")
	f.Add("module m #(parameter X = \"s\\\"") // ends in a string
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range scanModules(text) {
			if m.Name == "" {
				t.Errorf("a module without a name in %q", text)
			}
		}
	})
}
