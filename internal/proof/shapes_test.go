package proof

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
)

// shapeCase is a multiplier of another shape: a module of testdata/shapes/shapes.v, or a file of cases.
type shapeCase struct {
	design string // module, or file
	params string // NAME=value, with blanks
	over   cosim.Overrides
	format string // of the table
	c      string // function of shapes.c; empty: none
	says   string // in the description or in the agreement, parts with | between them
	// product returns the product of numbers as the port has it, without the parts that are cut off.
	product func(a, b int64) int64
	inexact uint64 // products that differ from the exact ones
}

func times(a, b int64) int64 { return a * b }

// down divides and rounds down.
func down(n int64) func(a, b int64) int64 {
	return func(a, b int64) int64 {
		q := a * b / n
		if a*b < 0 && q*n != a*b {
			q--
		}
		return q
	}
}

var shapeCases = []shapeCase{
	{design: "mixed", format: "s8xu8", c: "mixed", product: times, says: "sxu 8×8→16"},
	{design: "undeclared", format: "u8xs8", c: "undeclared", product: times, says: "read as uxs because"},
	{design: "misled", format: "u8", c: "whole", product: times, says: "read as uint because|only one operand is declared signed"},
	{design: "part", format: "u8p8mod", c: "low", product: times, says: "the port has the product modulo 2^8 because|unused zero odd"},
	{design: "part", over: cosim.Overrides{LSBGiven: true}, format: "u8p8mod", product: times, says: "the port has the product modulo 2^8,"},
	{design: "part", params: "LSB=8", format: "u8p8lsb8", c: "high", product: down(256), says: "the port has the product / 2^8 because"},
	{design: "part", params: "LSB=8 ROUND=1", format: "u8p8lsb8", c: "rounded", inexact: 32640,
		product: func(a, b int64) int64 { return (a*b + 128) / 256 }},
	{design: "part", params: "LSB=4", format: "u8p8lsb4mod", c: "middle", product: down(16), says: "bits 11 to 4 of the product because"},
	{design: "part", params: "P=12", format: "u8p12mod", c: "twelve", product: times},
	{design: "fixed", format: "s8p8lsb7", c: "fixed", product: down(128), says: "unused ovf"},
	{design: "fixed", params: "SAT=1", format: "s8p8lsb7", c: "saturated", inexact: 1,
		product: func(a, b int64) int64 { return min(127, down(128)(a, b)) }},
	{design: "saturating", over: cosim.Overrides{Format: &lut.Format{Kind: lut.Unsigned, A: 8, B: 8, P: 8}}, format: "u8p8", c: "saturating",
		product: func(a, b int64) int64 { return min(255, a*b) }},
	{design: "carry_save", over: cosim.Overrides{P: "sum+carry"}, format: "u8", c: "whole", product: times, says: "product = sum+carry"},
	{design: "carry_save", params: "LOW=1", over: cosim.Overrides{P: "sum + carry<<1"}, format: "u8", c: "whole", product: times},
	{design: "accumulator", over: cosim.Overrides{Tie: []string{"clr=1"}}, format: "s8", c: "both", product: times,
		says: "bits 31 to 16 of the product's port are the sign, bit 15, in all 65,536 products"},
	{design: "accumulator", params: "W=20", over: cosim.Overrides{Tie: []string{"clr=1"}}, format: "s8", product: times, says: "bits 19 to 16"},
	{design: "complex", over: cosim.Overrides{A: "ar", B: "br", P: "re", Tie: []string{"ai=0", "bi=0"}}, format: "s8", c: "both", product: times,
		says: "unused im|bit 16 of the product's port is the sign, bit 15"},
	{design: "complex", over: cosim.Overrides{A: "ai", B: "br", P: "im", Tie: []string{"ar=0", "bi=0"}}, format: "s8", c: "both", product: times},
	{design: "mixed_sign.v", format: "s8xu8", c: "mixed", product: times},
	{design: "low_half.v", format: "u8p8mod", c: "low", product: times},
	{design: "high_half.v", format: "u8p8lsb8", c: "high", product: down(256)},
	{design: "high_half.v", over: cosim.Overrides{LSB: 8, LSBGiven: true}, format: "u8p8lsb8", product: down(256)},
	{design: "mac32.v", over: cosim.Overrides{Tie: []string{"clr=1"}}, format: "s8", c: "both", product: times},
	{design: "mac32.v", over: cosim.Overrides{Tie: []string{"clr=1"}, P: "acc[15:0]", Kind: cosim.Signed}, format: "s8", product: times},
}

// open returns the options and the design.
func (c shapeCase) open(t *testing.T, s witness.Simulators, params ...string) (*Options, *Design, error) {
	t.Helper()
	o := &Options{Over: c.over, Witness: witness.Options{Simulators: s}, Jobs: 1}
	if strings.HasSuffix(c.design, ".v") {
		o.Source.Files = []string{cases.File(t, "interfaces/"+c.design)}
	} else {
		o.Source = cosim.Source{Files: []string{"testdata/shapes/shapes.v"}, Top: c.design, Params: append(strings.Fields(c.params), params...)}
	}
	d, err := o.OpenRTL(t.Context())
	return o, d, err
}

// number is the value of bits in two's complement, or without a sign.
func patternOf(v uint32, bits int, signed bool) int64 {
	if n := int64(v); signed && n >= 1<<(bits-1) {
		return n - 1<<bits
	}
	return int64(v)
}

// run makes the table, compares it with the case's rule, with the exact products and with C.
func (c shapeCase) run(t *testing.T, s witness.Simulators) {
	o, d, err := c.open(t, s)
	require.NoError(t, err)
	r, err := o.Make(t.Context(), d, "", 0, multiplier.Ref{})
	require.NoError(t, err)
	f := r.Table.Format
	require.Equal(t, c.format, f.String(), d.Describe())
	for part := range strings.SplitSeq(c.says, "|") {
		assert.Contains(t, d.Describe()+r.Agreement, part)
	}
	signedA, signedB := strings.HasPrefix(c.format, "s"), strings.Contains(c.format, "xs") || strings.HasPrefix(c.format, "s") && !strings.Contains(c.format, "xu")
	for a := range uint32(256) {
		for b := range uint32(256) {
			want := uint32(c.product(patternOf(a, 8, signedA), patternOf(b, 8, signedB))) & (1<<f.P - 1)
			require.Equal(t, want, r.Table.At(a, b), "%#x × %#x", a, b)
		}
	}
	if f.Part.LSB == 0 && f.String() != "u8p8" {
		assert.Zero(t, r.Metrics.Wrong)
	}
	if f.Part.LSB != 0 {
		assert.Less(t, r.Metrics.MAE, 1.)
	}
	check := func(ref multiplier.Ref) *Outcome {
		out, err := o.Check(t.Context(), d, CheckOptions{Golden: ref})
		require.NoError(t, err)
		require.EqualValues(t, 65536, out.Pairs.Compared)
		return out
	}
	if f.String() != "u8p8" { // which is no part of the product
		exact, err := multiplier.Parse(ExactDesign, multiplier.Design)
		require.NoError(t, err)
		assert.Equal(t, c.inexact, check(exact).Pairs.Mismatched)
	}
	if c.c != "" && s == witness.Both {
		out := check(multiplier.Ref{Kind: multiplier.CFunc, Text: "shapes.c", Path: "testdata/shapes/shapes.c", Func: c.c})
		assert.True(t, out.Passed, out.Golden)
	}
}

// TestShapes has some of the cases, with the netlist.
func TestShapes(t *testing.T) {
	for _, c := range shapeCases {
		if c.design == "mixed" || c.params == "LSB=8" || c.design == "carry_save" && c.params == "" {
			t.Run(c.design+" "+c.params, func(t *testing.T) { c.run(t, witness.Netlist) })
		}
	}
}

// TestShapesLong has all of them in both simulators.
func TestShapesLong(t *testing.T) {
	for _, c := range shapeCases {
		t.Run(c.design+" "+c.params, func(t *testing.T) { c.run(t, witness.Both) })
	}
}

// One wrong bit of one product is found, whatever part of the product the port has.
func TestShapesFaults(t *testing.T) { shapesFaults(t, 2, "BAD=2") }

func TestShapesFaultsLong(t *testing.T) { shapesFaults(t, 18, "BAD=1", "BAD=2") }

func shapesFaults(t *testing.T, count int, all ...string) {
	exact, err := multiplier.Parse(ExactDesign, multiplier.Design)
	require.NoError(t, err)
	n := 0
	for _, c := range shapeCases {
		if c.design != "mixed" && c.design != "part" && c.design != "carry_save" {
			continue
		}
		for _, bad := range all {
			if n == count {
				return
			}
			o, d, err := c.open(t, witness.Netlist, bad)
			require.NoError(t, err)
			out, err := o.Check(t.Context(), d, CheckOptions{Golden: exact})
			require.NoError(t, err)
			assert.False(t, out.Passed)
			if c.inexact == 0 {
				assert.EqualValues(t, 1, out.Pairs.Mismatched, "%s %s %s", c.design, c.params, bad)
				assert.Equal(t, []uint32{5, 6}, []uint32{out.Pairs.First[0].A, out.Pairs.First[0].B})
			}
			n++
		}
	}
	assert.Equal(t, count, n)
}

// Designs whose product nobody can tell, and accumulators whose high bits are none of the product, have no table.
func TestShapesRefused(t *testing.T) {
	for _, c := range []struct {
		shapeCase
		params []string
		says   string
	}{
		{shapeCase{design: "saturating"}, nil, "a sample does not tell which of them; say it with option lsb 0 (the low bits), option lsb 8"},
		{shapeCase{design: "carry_save"}, nil, "two that are to be added are option p x+y"},
		{shapeCase{design: "carry_save", over: cosim.Overrides{P: "sum+carri"}}, nil, "did you mean carry?"},
		{shapeCase{design: "carry_save", over: cosim.Overrides{P: "sum+carry<<x"}}, nil, "expected NAME or NAME<<BITS"},
		{shapeCase{design: "carry_save", over: cosim.Overrides{P: "sum+carry<<127"}}, nil, "at most 129 are added"},
		{shapeCase{design: "part", over: cosim.Overrides{LSB: 16, LSBGiven: true}}, nil, "has bits 0 to 15"},
		{shapeCase{design: "complex"}, nil, "cannot tell the operands among the inputs ar (8 bit), ai (8 bit), br (8 bit), bi (8 bit)"},
		{shapeCase{design: "accumulator", over: cosim.Overrides{Tie: []string{"clr=1"}}}, []string{"W=48"},
			"at most 32 are read; name the product's bits with option p 'acc[15:0]'"},
	} {
		_, _, err := c.open(t, witness.Netlist, c.params...)
		require.ErrorContains(t, err, c.says, c.design)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	o, d, err := shapeCase{design: "accumulator", over: cosim.Overrides{Tie: []string{"clr=1"}}}.open(t, witness.Netlist, "BAD=1")
	require.NoError(t, err)
	_, err = o.Make(t.Context(), d, "", 0, multiplier.Ref{})
	require.ErrorContains(t, err, "the product of 0x5 and 0x6 is 0x1000001e, of which bits 31 to 16 are not the extension of bits 15 to 0")
}
