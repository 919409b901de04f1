package liberty

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const library = `/* a library
   of several cells */
library (small) {
  delay_model : table_lookup;
  capacitive_load_unit (1, pf);
  cell (NAND2_X1) {
    area : 0.798; // µm²
    pin (A, B) { direction : input; capacitance : 1.0; }
    pin (Y) { direction : output; function : "!(A * B)";
      timing () { related_pin : "A"; values ("0.1, 0.2", \
        "0.3, 0.4"); } }
  }
  cell ("DFFR") {
    area : 5
    ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; clear : "!RN"; }
    pin (D) { direction : "input"; } pin (CK) { direction : input; clock : true; } pin (RN) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } pin (QN) { direction : output; function : "IQN"; }
  }
  cell (LATCH) { area : 3; latch (IQ, IQN) { enable : "G"; data_in : "D"; } }
  cell (TBUF) { pin (A) { direction : input; } pin (Y) { direction : output; function : "A"; three_state : "A"; } }
  cell (FILL) { area : 1; }
}
`

func TestRead(t *testing.T) {
	l, err := Read(library)
	require.NoError(t, err)
	assert.Equal(t, "small", l.Name)
	require.Len(t, l.Cells, 5)
	assert.Equal(t, Cell{Name: "NAND2_X1", Line: 6, Area: 0.798,
		Verilog: `module \NAND2_X1 (input \A , input \B , output \Y ); assign \Y = ~((\A  & \B )); endmodule`}, l.Cells[0])
	assert.Equal(t, `module \DFFR (input \D , input \CK , input \RN , output \Q , output \QN ); `+
		`reg liberty_state; always @(posedge \CK  or negedge \RN ) if (!\RN ) liberty_state <= 1'b0; else liberty_state <= \D ; `+
		`assign \Q = liberty_state; assign \QN = (~liberty_state); endmodule`, l.Cells[1].Verilog)
	assert.Equal(t, 5.0, l.Cells[1].Area)
	for i, why := range map[int]string{2: "latch groups are not read (line 19)", 3: "output Y has a third state", 4: "it has no output"} {
		assert.Equal(t, why, l.Cells[i].Why)
		assert.Empty(t, l.Cells[i].Verilog)
	}
	verilog := l.Verilog(func(cell string) bool { return cell == "NAND2_X1" })
	assert.Equal(t, 1, strings.Count(verilog, "endmodule"))
	assert.Contains(t, strings.Split(verilog, "\n")[12], "DFFR")
}

// An apostrophe binds closer than !, both closer than ^, that closer than &, that closer than |.
func TestExpression(t *testing.T) {
	for _, c := range []struct{ function, want string }{
		{"A", "A"}, {"!A'", "~(~A)"}, {"A B + C", "((A & B) | C)"}, {"A+B*C^D", "(A | (B & (C ^ D)))"},
		{"(A|B)'", "(~((A | B)))"}, {"!A&!B", "(~A & ~B)"}, {"1", "1'b1"}, {" ( A ) ( B ) ", "((A) & (B))"},
		{"!(A^B)", "~((A ^ B))"}, {"A !B", "(A & ~B)"}, {"A' B'", "((~A) & (~B))"},
	} {
		got, err := expression(c.function, func(n string) string { return n })
		require.NoError(t, err, c.function)
		assert.Equal(t, c.want, got, c.function)
	}
	for _, c := range []struct{ function, want string }{
		{"", "it ends where a pin should be"}, {"A B)", `")" is left`}, {"(A", "a parenthesis does not close"},
		{"A & ", "it ends where a pin should be"}, {"X", "no input pin X"}, {"A # B", `"# B" is left`},
		{strings.Repeat("(", 500), "nested too deeply"}, {strings.Repeat("!", 500), "nested too deeply"},
	} {
		_, err := expression(c.function, func(n string) string { return strings.Trim(n, "X") })
		assert.ErrorContains(t, err, c.want, c.function)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "line 1: no library group"},
		{"library (a) { }", "line 1: no cell"},
		{"library (a) {\ncell (b) {", "line 2: cell of line 2 has no }"},
		{"library (a) {\ncell (b) { area : x; } }", `line 2: the area of cell b is "x"`},
		{"library (a) {\ncell (b) { }\ncell (b) { } }", "line 3: cell b is already in line 2"},
		{"library (a) {\ninclude_file (b);\n}", "line 2: include_file is not read"},
		{"library (a) {\n/* ", "line 2: a comment does not end"},
		{"library (a) {\nb : \"c", "line 2: a text in quotes does not end"},
		{"library (a) {\nb c", `line 2: "c" behind b, expected : or (`},
		{strings.Repeat("a (b) {", 100), "nested more than 64 deep"},
	} {
		_, err := Read(c.text)
		assert.ErrorContains(t, err, c.want, c.text)
	}
	for _, c := range []struct{ cell, want string }{
		{`ff (Q1, Q2) { clocked_on : "C D"; next_state : "D"; }`, `clocked_on is "C D"`},
		{`ff (Q1, Q2) { clocked_on : "C"; next_state : "E"; }`, "no input pin E"},
		{`ff (Q1, Q2) { clocked_on : "C"; next_state : "D"; clear : "D"; preset : "C"; }`, "with clear and preset"},
		{`ff (Q1, Q2) { clocked_on : "C"; next_state : "D"; clocked_on_also : "C"; }`, "clocked_on_also"},
		{`ff (C, Q2) { clocked_on : "C"; next_state : "D"; }`, "without two names"},
		{`statetable ("D", "Q") { table : "L : - : L"; }`, "statetable groups"},
		{`pin (X) { direction : inout; }`, `the direction "inout"`},
		{`pin (D) { direction : input; }`, `a pin of the name "D"`},
	} {
		l, err := Read(`library (l) { cell (c) { pin (C, D) { direction : input; } pin (Q) { direction : output; function : "D"; } ` + c.cell + " } }")
		require.NoError(t, err)
		assert.Empty(t, l.Cells[0].Verilog)
		assert.Contains(t, l.Cells[0].Why, c.want)
	}
}

// FuzzRead: any text is a library or an error.
func FuzzRead(f *testing.F) {
	f.Add(library)
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := Read(text); err == nil && len(l.Cells) == 0 {
			t.Error("no cell, no error")
		}
	})
}
