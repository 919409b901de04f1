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
// that are not are in it.
func TestExhaustiveErrorMap(t *testing.T) {
	s := cosim.Shape{Kind: cosim.Signed, A: 10, B: 9, P: 19}
	f := s.Numbers()
	product := func(a, b uint32) uint32 {
		x, y := f.Kind.Number(a, 10), f.Kind.Number(b, 9)
		if x%4 == 1 {
			return uint32(x*y) & (1<<19 - 1)
		}
		return uint32((x&^1)*y) & (1<<19 - 1)
	}
	table, err := lut.New("t", f)
	require.NoError(t, err)
	for a := range uint32(1 << 10) {
		for b := range uint32(1 << 9) {
			table.Set(a, b, product(a, b))
		}
	}
	cells := make([]float64, 512*512)
	for i := range cells {
		cells[i] = 2
	}
	var row []float64
	positive := uint64(0)
	for a := range uint32(1 << 10) {
		row = table.RelErrors(a, row)
		for b, e := range row {
			if e != e {
				continue
			}
			if e > 0 {
				positive++
			}
			c := &cells[(b^1<<8)*512+int(a^1<<9)/2]
			if *c == 2 || math.Abs(e) > math.Abs(*c) || math.Abs(e) == math.Abs(*c) && e > *c {
				*c = e
			}
		}
	}
	for _, jobs := range []int{1, 3} {
		r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, product)}, lutgen.Reference{},
			lutgen.ExhaustiveOptions{Jobs: jobs, Map: true})
		require.NoError(t, err)
		require.NotNil(t, r.Map)
		for i, e := range r.Map.Cells {
			if e != e {
				e = 2
			}
			require.Equal(t, cells[i], e, "cell %d", i)
		}
		assert.Equal(t, uint64(r.Metrics.RelPairs), r.Map.Pairs())
		total, above := uint64(0), uint64(0)
		for _, b := range r.Map.Histogram(r.Metrics.WCRE) {
			total += b.Count
			if b.Low > 0 {
				above += b.Count
			}
		}
		assert.Equal(t, uint64(r.Metrics.RelPairs), total)
		assert.LessOrEqual(t, above, positive)
	}
	r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, product)}, lutgen.Reference{}, lutgen.ExhaustiveOptions{Jobs: 1})
	require.NoError(t, err)
	assert.Nil(t, r.Map)
}
