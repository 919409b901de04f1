package survey

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// TestSettings goes through the values of inputs that a design has, in the order in which they are given.
func TestSettings(t *testing.T) {
	d := &cosim.Design{Top: "m", Ports: []cosim.Port{{Name: "mode", Dir: cosim.In, Width: 2}, {Name: "en", Dir: cosim.In, Width: 1},
		{Name: "wide", Dir: cosim.In, Width: 7}, {Name: "out", Dir: cosim.Out, Width: 1}}}
	for _, c := range []struct {
		knobs []Knob
		want  [][]string
	}{
		{nil, [][]string{nil}},
		{[]Knob{{Port: "out"}, {Port: "none"}}, [][]string{nil}},
		{[]Knob{{"en", []string{"1"}}}, [][]string{{"en=1"}}},
		{[]Knob{{"en", []string{"1'b1", "0"}}, {Port: "mode"}}, [][]string{{"en=1'b1", "mode=0"}, {"en=1'b1", "mode=1"}, {"en=1'b1", "mode=2"},
			{"en=1'b1", "mode=3"}, {"en=0", "mode=0"}, {"en=0", "mode=1"}, {"en=0", "mode=2"}, {"en=0", "mode=3"}}},
	} {
		got, err := settings(d, c.knobs)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%v", c.knobs)
	}
	_, err := settings(d, []Knob{{Port: "wide"}})
	require.ErrorContains(t, err, "m: the input wide has 7 bits: choose values with option tie wide=0,1,2")
	_, err = settings(d, []Knob{{"wide", make([]string, 33)}, {Port: "en"}})
	require.ErrorContains(t, err, "m: the values of knobs make 66 rows")
	assert.Equal(t, fault.Usage, fault.Status(err))
}

// TestKnobs makes a row of each value of an input, whose products and gates are those of this value. Later surveys keep
// them: of some values, of all, but not those of another value.
func TestKnobs(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{
		"designs/cut.v": "// EP = 0 %\nmodule cut(input [1:0] mode, input [3:0] a, input [3:0] b, output [7:0] p);\n" +
			"  assign p = ((a >> mode) << mode) * ((b >> mode) << mode);\nendmodule\n",
		"designs/plain.v": module("plain", "assign p = a * b;"),
	})
	o := fast()
	o.Knobs = []Knob{{"mode", []string{"0", "2"}}}
	r, rows := run(t, o)
	assert.Zero(t, r.Kept)
	require.Len(t, rows, 3)
	assert.Equal(t, []string{"mode=2"}, rows["cut (mode=2)"].Knobs)
	assert.Empty(t, rows["plain"].Knobs)
	assert.InDelta(t, mred(trunc(0)), rows["cut (mode=0)"].Metrics.MRED, 1e-12)
	assert.InDelta(t, mred(trunc(2)), rows["cut (mode=2)"].Metrics.MRED, 1e-12)
	assert.Less(t, rows["cut (mode=2)"].Area.NAND2, rows["cut (mode=0)"].Area.NAND2)
	assert.Empty(t, rows["cut (mode=2)"].Published, "its file does not say of which mode its figures are")
	o.Knobs[0].Values = nil
	r, rows = run(t, o)
	assert.Equal(t, 3, r.Kept, "the rows of the modes 0 and 2, and of the other design")
	assert.Len(t, rows, 5)
	for mode, name := range []string{"cut (mode=0)", "cut (mode=1)", "cut (mode=2)", "cut (mode=3)"} {
		assert.InDelta(t, mred(trunc(mode)), rows[name].Metrics.MRED, 1e-12, name)
	}
	o.Knobs[0].Values = []string{"0"} // one value: the figures of the file are those of it
	_, rows = run(t, o)
	require.Len(t, rows["cut (mode=0)"].Published, 1)
	assert.True(t, rows["cut (mode=0)"].Published[0].Agrees)
	o.Knobs = nil
	_, rows = run(t, o)
	assert.Contains(t, rows["cut"].Error, "mode")
	o.Knobs = []Knob{{Port: "level"}}
	_, err := Run(t.Context(), []string{"designs"}, o)
	require.EqualError(t, err, "no design that could be read has an input level")
}

// TestCodes reads the operands of all designs as codes; with other codes the rows are others.
func TestCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, map[string]string{"designs/m.v": "module m(input [3:0] a, input [3:0] b, output [3:0] p);\n  assign p = a[2:0] == 0 ? a : b;\nendmodule\n"})
	o := fast()
	var formats []string
	for _, name := range []string{"fp4e2m1", "posit4es0", "fp4e2m1"} {
		c, err := lut.FindCoding(name)
		require.NoError(t, err)
		o.Proof.Codes = lut.Codings{A: c, B: c, P: c}
		o.Proof.Over.Kind, o.Proof.Over.Format = cosim.Unsigned, &lut.Format{Kind: lut.Unsigned, A: 4, B: 4, P: 4}
		r, rows := run(t, o)
		require.Empty(t, rows["m"].Error)
		formats = append(formats, rows["m"].Format)
		assert.Equal(t, len(formats)/3, r.Kept)
		assert.Positive(t, rows["m"].Metrics.Wrong)
	}
	assert.Equal(t, []string{"fp4e2m1", "posit4es0", "fp4e2m1"}, formats)
}
