package report

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// A map of errors is drawn like the table that has the same errors; the bins of the histogram are others.
func TestErrorMapPlot(t *testing.T) {
	dir := os.Getenv("LUT_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, tab := range tables(t) {
		f := tab.Format
		if f.Kind == lut.Mantissa || f.A > 9 { // as many cells as the picture of a table has
			continue
		}
		e, m := lut.NewErrorMap(f), lut.Measure(tab)
		run := f.Cols()
		if f.Kind == lut.Signed {
			run /= 2
		}
		for a := range uint32(f.Rows()) {
			diff, exact := make([]int64, f.Cols()), make([]int64, f.Cols())
			for b := range exact {
				exact[b] = f.Kind.Number(a, f.A) * f.Kind.Number(uint32(b), f.B)
				diff[b] = f.Kind.Number(tab.At(a, uint32(b)), f.P) - exact[b]
			}
			for b := 0; b < f.Cols(); b += run {
				e.Add(a, uint32(b), diff[b:b+run], exact[b:b+run])
			}
		}
		want, got := collect(tab, m), collectMap(e, m)
		require.Equal(t, len(want.cells), len(got.cells))
		for i, c := range want.cells {
			require.Equal(t, c != c, got.cells[i] != got.cells[i])
			if c == c {
				require.InDelta(t, c, got.cells[i], 1e-9*max(1, c, -c), tab.Name)
			}
		}
		assert.InDelta(t, want.limit, got.limit, 1e-9)
		assert.Equal(t, want.clipped, got.clipped)
		sum := 0.0
		for _, s := range got.shares {
			sum += s
		}
		assert.InDelta(t, 100, sum, 1e-9, tab.Name)
		assert.Less(t, got.low, got.high)
		if tab.Name != "outlier_u8" && os.Getenv("LUT_PICTURES") == "" {
			continue
		}
		for _, ext := range []string{".png", ".svg"} {
			path := filepath.Join(dir, "map_"+tab.Name+ext)
			require.NoError(t, ErrorMapPlot(tab.Name, e, m, path))
			file, err := os.Open(path)
			require.NoError(t, err)
			if ext == ".png" {
				_, err = png.Decode(file)
				assert.NoError(t, err)
			}
			file.Close()
		}
	}
}
