package report

import (
	"image/color"
	"image/png"
	"math"
	"math/bits"
	"os"
	"path/filepath"
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
	clipped := map[string]bool{"trunc2_u8x4": true, "ignores4_s8": true, "outlier_u8": true, "floor40_u8": true, "trunc_u10": true}
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
		assert.Equal(t, clipped[tab.Name], d.clipped, tab.Name)
		beyond, wrong := 0, 0
		for _, e := range d.cells {
			if math.Abs(e) > d.limit {
				beyond++
			}
			if e != 0 && !math.IsNaN(e) {
				wrong++
			}
		}
		assert.Equal(t, d.clipped, beyond > 0, tab.Name)
		assert.LessOrEqual(t, beyond, wrong/20+1, tab.Name)
		n++
	}
	assert.Equal(t, 10, n)
}

// One extreme entry leaves the colours of the others as they are: it has a colour of its own, which the legend names
// with its error.
func TestExtremeEntry(t *testing.T) {
	tab := fill(t, "mitchell_e8m7", lut.FloatFormat(7, 7), func(a, b uint32) uint32 { return a + b })
	usual := collect(tab, lut.Measure(tab))
	for _, extreme := range []struct {
		entry uint32
		want  color.Color
		end   string
	}{{0xff, beyondAbove, "to 295"}, {0, beyondBelow, "to −74.8"}} {
		a, b := uint32(0), uint32(1)
		if extreme.entry == 0 {
			a, b = 127, 127
		}
		with := fill(t, "extreme", lut.FloatFormat(7, 7), func(x, y uint32) uint32 {
			if x == a && y == b {
				return extreme.entry
			}
			return x + y
		})
		d := collect(with, lut.Measure(with))
		assert.True(t, d.clipped)
		m, before := d.colours(), usual.colours()
		changed := 0
		for i, e := range d.cells {
			c := d.colour(m, e)
			if i == int(b)*d.columns+int(a) {
				assert.Equal(t, extreme.want, c)
				continue
			}
			assert.Equal(t, usual.cells[i], e)
			if math.Abs(e) > 0.9*d.limit {
				continue
			}
			r, _, _, _ := c.RGBA()
			old, _, _, _ := usual.colour(before, e).RGBA()
			if math.Abs(float64(r)-float64(old)) > 0x2000 { // the scale's end is the 95th percentile, not the worst
				changed++
			}
		}
		assert.Zero(t, changed)
		var labels []string
		for _, tick := range d.bar().Y.Tick.Marker.Ticks(0, 0) {
			labels = append(labels, tick.Label)
		}
		assert.Contains(t, labels, extreme.end)
	}
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

// A table in which no product is a number has no picture.
func TestErrorPlotOfNaN(t *testing.T) {
	f, err := lut.ParseFormat("posit3es0")
	require.NoError(t, err)
	u, err := lut.New("nar", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			u.Set(a, b, 4)
		}
	}
	path := filepath.Join(t.TempDir(), "x.png")
	require.ErrorContains(t, ErrorPlot(u, lut.Measure(u), path), "no pair has a relative error")
}
