package gradient

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Figures of slopes that were chosen by hand: of u1, ∂T/∂a is 0 1 / 0 −1 by b (0 and 1), and ∂T/∂b is 0 0 / 3 0.
func TestFigures(t *testing.T) {
	g := &Gradient{Kind: File, Format: parse(t, "u1"), A: []float32{0, 1, 0, -1}, B: []float32{0, 0, 3, 0}}
	assert.Equal(t, Figures{Least: -1, Mean: 0, Most: 1, MeanDistance: 0.5, RMSDistance: 1, MostDistance: 2, Zero: 0, Opposed: 0.5}, g.Figures(A))
	assert.Equal(t, Figures{Least: 0, Mean: 0.75, Most: 3, MeanDistance: 0.75, RMSDistance: math.Sqrt(1.25), MostDistance: 2, Zero: 0.5}, g.Figures(B))
}

// Figures of one dimension are those of the same slopes by both operands.
func TestFiguresOfOne(t *testing.T) {
	g, err := Of(random(t, parse(t, "s3xu4"), rand.New(rand.NewPCG(17, 18))), Options{Kind: Regression})
	require.NoError(t, err)
	two := &Gradient{Kind: File, Format: g.Format}
	for a := -4; a < 4; a++ {
		for b := range 16 {
			two.A, two.B = append(two.A, g.ByA(a, b)), append(two.B, g.ByB(a, b))
		}
	}
	for _, o := range []Operand{A, B} {
		one, both := g.Figures(o), two.Figures(o)
		for i, pair := range [][2]float64{{one.Least, both.Least}, {one.Mean, both.Mean}, {one.Most, both.Most}, {one.MeanDistance, both.MeanDistance},
			{one.RMSDistance, both.RMSDistance}, {one.MostDistance, both.MostDistance}, {one.Zero, both.Zero}, {one.Opposed, both.Opposed}} {
			assert.InDelta(t, pair[0], pair[1], 1e-9, "figure %d by %s", i, o)
		}
	}
}

// The window along a narrow operand is smaller, down to none within its range.
func TestHalfOf(t *testing.T) {
	g := &Gradient{Kind: Difference1D, Half: 4, Format: parse(t, "u8x3")}
	assert.Equal(t, [4]int{4, 10, 2, 6}, [4]int{g.HalfOf(A), g.WholeRow(A), g.HalfOf(B), g.WholeRow(B)})
	g.Format = parse(t, "u2xs1")
	assert.Equal(t, [4]int{1, 4, 1, 2}, [4]int{g.HalfOf(A), g.WholeRow(A), g.HalfOf(B), g.WholeRow(B)})
}

// The slopes of a row are half the difference of what it is smoothed to.
func TestRow(t *testing.T) {
	f := parse(t, "s5xu4")
	table := random(t, f, rand.New(rand.NewPCG(19, 20)))
	for _, o := range []Operand{A, B} {
		fixed := map[Operand]int{A: 11, B: -5}[o]
		for _, opt := range []Options{{Kind: Difference, Half: 2}, {Kind: Regression}} {
			g, err := Of(table, opt)
			require.NoError(t, err)
			r, err := g.Row(table, o, fixed)
			require.NoError(t, err)
			lo, hi := g.Range(o)
			require.Len(t, r.Smooth, hi-lo+1)
			n := 0
			for x := range r.Smooth {
				a, b := lo+x, fixed
				if o == B {
					a, b = fixed, lo+x
				}
				assert.Equal(t, float64(table.Int(uint32(a)&31, uint32(b))), r.Product[x])
				assert.Equal(t, float64(g.By(o, a, b)), r.Slope[x])
				if x == 0 || x == len(r.Smooth)-1 || math.IsNaN(r.Smooth[x-1]) || math.IsNaN(r.Smooth[x+1]) {
					continue
				}
				assert.InDelta(t, (r.Smooth[x+1]-r.Smooth[x-1])/2, r.Slope[x], 1e-4)
				n++
			}
			assert.Equal(t, map[Kind]int{Difference: 2}[opt.Kind], g.HalfOf(o))
			ends := g.WholeRow(o)
			if opt.Kind == Regression {
				assert.Zero(t, ends)
				ends = 2
			}
			assert.Equal(t, len(r.Smooth)-ends, n, "slopes that are no ends")
		}
	}
	g, err := Of(table, Options{Kind: Difference})
	require.NoError(t, err)
	for _, fixed := range []int{-1, 16} {
		_, err = g.Row(table, A, fixed)
		assert.ErrorContains(t, err, "expected 0 to 15")
	}
	_, err = g.Row(exact(t, parse(t, "u5")), A, 0)
	assert.ErrorContains(t, err, "of a table of format u5")
	g.Kind = File
	r, err := g.Row(table, A, 0)
	require.NoError(t, err)
	assert.Nil(t, r.Smooth)
}
