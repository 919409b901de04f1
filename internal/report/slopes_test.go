package report

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/lut"
)

// LUT_PICTURES=folder keeps the pictures there for looking at.
func TestSlopePlot(t *testing.T) {
	dir := os.Getenv("LUT_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	signed := func(v uint32) uint32 { return uint32(int32(int8(v))) }
	narrow := lut.Format{Kind: lut.SignedByUnsigned, A: 8, B: 2, P: 10}
	for i, tab := range []*lut.Table{
		fill(t, "drum6_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return drum6(a) * drum6(b) }),
		fill(t, "exact_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return a * b }),
		fill(t, "ignores4_s8", lut.SintFormat(8, 8), func(a, b uint32) uint32 { return signed(a&^15) * signed(b) }),
		fill(t, "outlier_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return a*b ^ (a&b&0xc0)<<9 }),
		fill(t, "trunc_u10", lut.UintFormat(10, 10), func(a, b uint32) uint32 { return a &^ 7 * (b | 1) }),
		fill(t, "narrow_s8xu2", narrow, func(a, b uint32) uint32 { return signed(a) * b }),
		fill(t, "zero_u1", lut.UintFormat(1, 1), func(a, b uint32) uint32 { return 0 }),
	} {
		for _, kind := range []gradient.Kind{gradient.Difference, gradient.Difference1D, gradient.Regression} {
			g, err := gradient.Of(tab, gradient.Options{Kind: kind})
			require.NoError(t, err)
			for _, o := range []gradient.Operand{gradient.A, gradient.B} {
				if i > 2 && o == gradient.A != (i%2 == 0) {
					continue
				}
				path := filepath.Join(dir, tab.Name+"_"+string(kind)+"_"+string(o))
				require.NoError(t, SlopePlot(tab, g, o, path+".svg"))
				svg, err := os.ReadFile(path + ".svg")
				require.NoError(t, err)
				assert.Less(t, len(svg), 600_000, path)
				for _, want := range []string{tab.Name, "operand a", "slope by " + string(o), string(o.Other()) + " = "} {
					assert.Contains(t, string(svg), want, path)
				}
				assert.NotContains(t, string(svg), "NaN")
			}
		}
	}
	tab := fill(t, "exact_u4", lut.UintFormat(4, 4), func(a, b uint32) uint32 { return a * b })
	g, err := gradient.Of(tab, gradient.Options{Kind: gradient.Difference})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "x.png")
	require.NoError(t, SlopePlot(tab, g, gradient.A, path))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	assert.Greater(t, img.Bounds().Dx(), 1500)

	assert.ErrorContains(t, SlopePlot(tab, g, gradient.A, "x.pdf"), "expected .png or .svg")
	other := fill(t, "exact_u5", lut.UintFormat(5, 5), func(a, b uint32) uint32 { return a * b })
	assert.ErrorContains(t, SlopePlot(other, g, gradient.A, path), "of a table of format u5")
}

// The map has each slope at its operands: those of the exact product by a are b, of which a cell of four has the mean.
func TestSlopeMap(t *testing.T) {
	for _, bits := range []int{8, 9} {
		f := lut.SintFormat(bits, bits)
		g, err := gradient.Of(fill(t, "exact", f, func(a, b uint32) uint32 { return uint32(f.NumberA(a) * f.NumberB(b)) }),
			gradient.Options{Kind: gradient.Difference})
		require.NoError(t, err)
		byA, byB := slopeMap(g, gradient.A), slopeMap(g, gradient.B)
		n := 0
		for b := range 256 {
			for a := range 256 {
				mean := func(i int) float64 { // of the values that share the cell
					return float64(int(1)<<(bits-8)*i-1<<(bits-1)) + float64(int(1)<<(bits-8)-1)/2
				}
				require.InDelta(t, mean(b), byA.cells[b*256+a], 1e-9)
				require.InDelta(t, mean(a), byB.cells[b*256+a], 1e-9)
				n++
			}
		}
		assert.Equal(t, 65536, n)
		assert.InDelta(t, 128<<(bits-8), byA.limit, 1)
		assert.False(t, byA.clipped)
	}
}

func TestDrawnValues(t *testing.T) {
	for _, c := range []struct {
		lo, hi int
		want   []int
	}{{0, 255, []int{47, 143, 239}}, {-128, 127, []int{-81, 15, 111}}, {0, 1, []int{0, 1}}, {-2, 1, []int{-2, -1, 0, 1}}, {0, 7, []int{1, 4, 7}}} {
		assert.Equal(t, c.want, drawnValues(c.lo, c.hi))
	}
}
