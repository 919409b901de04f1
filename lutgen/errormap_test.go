package lutgen_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// The map of all pairs is the one of a table of the same products, on any number of jobs; rows that are exact and rows
// that are not are in it. So it is where one operand is signed, and where the port has a part of the product.
func TestExhaustiveErrorMap(t *testing.T) {
	for name, s := range map[string]cosim.Shape{
		"signed":            {Kind: cosim.Signed, A: 10, B: 9, P: 19},
		"signed × unsigned": {Kind: cosim.SignedByUnsigned, A: 10, B: 9, P: 19},
		"unsigned × signed": {Kind: cosim.UnsignedBySigned, A: 10, B: 9, P: 19},
		"high half":         {Kind: cosim.Unsigned, A: 9, B: 11, P: 11, Part: lut.Part{LSB: 9}},
		"signed high half":  {Kind: cosim.Signed, A: 9, B: 11, P: 11, Part: lut.Part{LSB: 9}},
		"low half":          {Kind: cosim.Signed, A: 10, B: 9, P: 10, Part: lut.Part{Modulo: true}},
	} {
		t.Run(name, func(t *testing.T) { testErrorMap(t, s) })
	}
}

func testErrorMap(t *testing.T, s cosim.Shape) {
	f := s.Numbers()
	entry := func(a, b uint32, inexact bool) uint32 {
		x, y := f.NumberA(a), f.NumberB(b)
		if inexact && x%4 != 1 {
			x &^= 1
		}
		return uint32(x*y>>f.Part.LSB) & (1<<f.P - 1)
	}
	product := func(a, b uint32) uint32 { return entry(a, b, true) }
	ref := lutgen.Reference{}
	if f.Part != (lut.Part{}) {
		ref.Row = func(a uint32, products []uint32) {
			for b := range products {
				products[b] = entry(a, uint32(b), false)
			}
		}
	}
	table, err := lut.New("t", f)
	require.NoError(t, err)
	lowA, lowB := int64(0), int64(0)
	for a := range uint32(f.Rows()) {
		lowA = min(lowA, f.NumberA(a))
		for b := range uint32(f.Cols()) {
			lowB = min(lowB, f.NumberB(b))
			table.Set(a, b, product(a, b))
		}
	}
	cells := make([]float64, 512*512)
	for i := range cells {
		cells[i] = 2
	}
	var row []float64
	pairs, positive := uint64(0), uint64(0)
	for a := range uint32(f.Rows()) {
		row = table.RelErrors(a, row)
		for b, e := range row {
			if e != e {
				continue
			}
			pairs++
			if e > 0 {
				positive++
			}
			x, y := int(f.NumberA(a)-lowA)*512/f.Rows(), int(f.NumberB(uint32(b))-lowB)*512/f.Cols()
			c := &cells[y*512+x]
			if *c == 2 || math.Abs(e) > math.Abs(*c) || math.Abs(e) == math.Abs(*c) && e > *c {
				*c = e
			}
		}
	}
	for _, jobs := range []int{1, 3} {
		r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, product)}, ref, lutgen.ExhaustiveOptions{Jobs: jobs, Map: true})
		require.NoError(t, err)
		require.NotNil(t, r.Map)
		for i, e := range r.Map.Cells {
			if e != e {
				e = 2
			}
			require.Equal(t, cells[i], e, "cell %d", i)
		}
		assert.Equal(t, pairs, r.Map.Pairs())
		total, above := uint64(0), uint64(0)
		for _, b := range r.Map.Histogram(r.Metrics.WCRE) {
			total += b.Count
			if b.Low > 0 {
				above += b.Count
			}
		}
		assert.Equal(t, pairs, total)
		assert.LessOrEqual(t, above, positive)
	}
	r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, product)}, ref, lutgen.ExhaustiveOptions{Jobs: 1})
	require.NoError(t, err)
	assert.Nil(t, r.Map)
}
