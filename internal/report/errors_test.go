package report

import (
	"image/png"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func fill(t *testing.T, name string, f lut.Format, mul func(a, b uint32) uint32) *lut.Table {
	t.Helper()
	tab, err := lut.New(name, f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			tab.Set(a, b, mul(a, b)&(1<<f.ValueBits()-1))
		}
	}
	return tab
}

func drum6(v uint32) uint32 {
	l := bits.Len32(v) - 1
	if l < 6 {
		return v
	}
	return (v>>(l-5) | 1) << (l - 5)
}

// tables are pictures worth looking at: see TestErrorPlot.
func tables(t *testing.T) []*lut.Table {
	signed := func(v uint32) uint32 { return uint32(int32(int8(v))) }
	return []*lut.Table{
		fill(t, "mitchell_e8m7", lut.FloatFormat(7, 7), func(a, b uint32) uint32 { return a + b }),
		fill(t, "drum6_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return drum6(a) * drum6(b) }),
		fill(t, "exact_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return a * b }),
		fill(t, "trunc2_u8x4", lut.UintFormat(8, 4), func(a, b uint32) uint32 { return a &^ 3 * b }),
		fill(t, "ignores4_s8", lut.SintFormat(8, 8), func(a, b uint32) uint32 { return signed(a&^3) * signed(b) }),
		fill(t, "outlier_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return a*b - a*b>>5 + 40*(a&b&1)/(a*b+1) }),
		fill(t, "floor40_u8", lut.UintFormat(8, 8), func(a, b uint32) uint32 { return max(a*b, 40) }),
		fill(t, "trunc_u10", lut.UintFormat(10, 10), func(a, b uint32) uint32 { return a &^ 7 * (b | 1) }),
		fill(t, "udm_u2", lut.UintFormat(2, 2), func(a, b uint32) uint32 { return a*b - a*b/9*2 }),
		fill(t, "one_off_u1", lut.UintFormat(1, 1), func(a, b uint32) uint32 { return 0 }),
	}
}

// LUT_PICTURES=folder keeps the pictures there for looking at.
func TestErrorPlot(t *testing.T) {
	dir := os.Getenv("LUT_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, tab := range tables(t) {
		m := lut.Measure(tab)
		path := filepath.Join(dir, tab.Name)
		require.NoError(t, ErrorPlot(tab, m, path+".png"))
		f, err := os.Open(path + ".png")
		require.NoError(t, err)
		img, err := png.Decode(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		assert.Greater(t, img.Bounds().Dx(), 1500)

		require.NoError(t, ErrorPlot(tab, m, path+".SVG"))
		svg, err := os.ReadFile(path + ".SVG")
		require.NoError(t, err)
		assert.Less(t, len(svg), 400_000, tab.Name)
		for _, want := range []string{tab.Name, "operand a", "operand b", "relative error (%)", "share of pairs"} {
			assert.Contains(t, string(svg), want)
		}
		assert.NotContains(t, string(svg), "NaN")
	}
}

func TestErrorPlotRefuses(t *testing.T) {
	tab := tables(t)[0]
	for _, path := range []string{"x.pdf", "x", "png"} {
		err := ErrorPlot(tab, lut.Measure(tab), path)
		assert.ErrorContains(t, err, "expected .png or .svg")
		assert.NoFileExists(t, path)
	}
	assert.ErrorIs(t, ErrorPlot(tab, lut.Measure(tab), filepath.Join(t.TempDir(), "no", "x.png")), os.ErrNotExist)
}

func TestCollect(t *testing.T) {
	n := 0
	for _, tab := range tables(t) {
		d := collect(tab, lut.Measure(tab))
		sum := 0.0
		for _, s := range d.shares {
			sum += s
		}
		if !(math.Abs(sum-100) <= 1e-9) {
			t.Errorf("%s: shares add up to %g %%", tab.Name, sum)
		}
		assert.Less(t, d.low, d.high)
		assert.Greater(t, d.limit, 0.0)
		assert.Len(t, d.cells, min(256, tab.Format.Rows())*min(256, tab.Format.Cols()))
		assert.Equal(t, strings.HasPrefix(tab.Name, "outlier"), d.clipped, tab.Name)
		n++
	}
	assert.Equal(t, 10, n)
}

// Where an error stands in the map, and that the largest of a cell is shown.
func TestCollectPlaces(t *testing.T) {
	for _, c := range []struct {
		f            lut.Format
		a, b         uint32
		column, line int
	}{
		{lut.UintFormat(8, 8), 200, 3, 200, 3},
		{lut.UintFormat(10, 9), 803, 6, 200, 3},
		{lut.UintFormat(3, 8), 5, 100, 5, 100},
		{lut.SintFormat(8, 8), 0xff, 2, 127, 130},
		{lut.SintFormat(8, 4), 1, 0x8, 129, 0},
	} {
		tab := fill(t, "exact", c.f, func(a, b uint32) uint32 {
			if c.f.Kind == lut.Signed {
				a, b = uint32(int32(a<<(32-c.f.A))>>(32-c.f.A)), uint32(int32(b<<(32-c.f.B))>>(32-c.f.B))
			}
			return a * b
		})
		tab.Set(c.a, c.b, tab.At(c.a, c.b)^1)
		d := collect(tab, lut.Measure(tab))
		found := 0
		for i, e := range d.cells {
			if e != 0 && !math.IsNaN(e) {
				assert.Equal(t, []int{c.column, c.line}, []int{i % d.columns, i / d.columns}, "%v", c.f)
				found++
			}
		}
		assert.Equal(t, 1, found, "%v", c.f)
	}
}
