package gradient

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
)

// TestDefaultHalf: the window is as wide as the steps of a table, and no wider.
func TestDefaultHalf(t *testing.T) {
	steps := func(f lut.Format, step int64) *lut.Table { // operands are rounded down to multiples
		table, err := lut.New("steps", f)
		require.NoError(t, err)
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				x, y := int64(f.NumberA(a)), int64(f.NumberB(b))
				table.Set(a, b, f.ExactBits((x-(x%step+step)%step)*(y-(y%step+step)%step)))
			}
		}
		return table
	}
	u8, s8 := lut.UintFormat(8, 8), lut.SintFormat(8, 8)
	for step, want := range map[int64]int{1: 4, 4: 4, 8: 4, 16: 8, 32: 16, 64: 32} {
		assert.Equal(t, want, DefaultHalf(steps(u8, step)), "u8, steps of %d", step)
	}
	assert.Equal(t, 4, DefaultHalf(steps(s8, 8)))
	assert.Equal(t, 2, DefaultHalf(steps(lut.UintFormat(3, 3), 1)), "the largest of 3 bits")
	assert.Equal(t, 16, DefaultHalf(steps(lut.UintFormat(10, 6), 32)), "where one operand is narrower")
	for name, want := range map[string]int{"drum4_u8": 16, "mitchell_u8": 4, "exact_u12": 4} {
		d, err := golden.Lookup(name)
		require.NoError(t, err)
		table := d.Table()
		assert.Equal(t, want, DefaultHalf(table), name)
		g, err := Of(table, Options{Kind: Difference1D})
		require.NoError(t, err)
		assert.Equal(t, want, g.Half, name)
	}
}

// TestDefaultHalfByFigures: the search agrees with the figures of the slopes themselves.
func TestDefaultHalfByFigures(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	wider := 0
	for _, name := range formats {
		f := parse(t, name)
		for range 3 {
			table := random(t, f, r)
			best, fewest := 0, 0.0
			for h := min(4, MaxHalf(f)); h <= MaxHalf(f); h *= 2 {
				g, err := Of(table, Options{Kind: Difference, Half: h})
				require.NoError(t, err)
				// Shares of the pairs whose other operand is not 0.
				if a, b := g.Figures(A), g.Figures(B); best == 0 || a.Zero+a.Opposed+b.Zero+b.Opposed < fewest-1e-12 {
					best, fewest = h, a.Zero+a.Opposed+b.Zero+b.Opposed
				}
			}
			assert.Equal(t, best, DefaultHalf(table), name)
			if best > 4 {
				wider++
			}
		}
	}
	assert.NotZero(t, wider)
}
