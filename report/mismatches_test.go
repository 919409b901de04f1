package report

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/lut"
)

func TestMismatchMap(t *testing.T) {
	f := lut.SintFormat(8, 8)
	path := filepath.Join(t.TempDir(), "map.svg")
	require.NoError(t, MismatchMap(path, "board", f, [][2]uint32{{0, 0}, {128, 127}}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "board: 2 of 65,536 products differ")
	require.ErrorContains(t, MismatchMap("map.gif", "board", f, nil), "expected .png or .svg")

	// The least value is at the left, and below; a pixel is half a cell.
	img := mismatchImage(f, [][2]uint32{{128, 127}, {0, 128}})
	wrong := 0
	for y := range 512 {
		for x := range 512 {
			if img.At(x, y) != color.Color(equalFill) {
				wrong++
			}
		}
	}
	assert.Equal(t, 8, wrong)
	assert.NotEqual(t, color.Color(equalFill), img.At(0, 0), "−128 × 127")
	assert.NotEqual(t, color.Color(equalFill), img.At(256, 511), "0 × −128")

	// Cells of 16 products each: darker with more of them.
	wide := lut.UintFormat(10, 10)
	img = mismatchImage(wide, [][2]uint32{{0, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {4, 1}, {5, 1}, {6, 1}, {7, 1}})
	one, _, _, _ := img.At(0, 511).RGBA()
	eight, _, _, _ := img.At(2, 511).RGBA()
	assert.Greater(t, one, eight)
	assert.Equal(t, color.Color(equalFill), img.At(4, 511))
}
