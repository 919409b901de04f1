package report

import (
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func TestMismatchMap(t *testing.T) {
	f := lut.SintFormat(8, 8)
	path := filepath.Join(t.TempDir(), "map.svg")
	require.NoError(t, MismatchMap(path, "board", f, []Mismatch{{0, 0, 1}, {128, 127, -512}}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, want := range []string{"board: 2 of 65,536 products differ", ">+512<", ">−1<"} {
		assert.Contains(t, string(text), want)
	}
	require.NoError(t, MismatchMap(path, "board", f, nil))
	require.ErrorContains(t, MismatchMap("map.gif", "board", f, nil), "expected .png or .svg")
}

func TestMismatchImage(t *testing.T) {
	// The least value is at the left, and below; a pixel is half a cell.
	img := mismatchImage(lut.SintFormat(8, 8), []Mismatch{{128, 127, -9}, {0, 128, 0}}, 4)
	wrong := 0
	for y := range 512 {
		for x := range 512 {
			if img.At(x, y) != color.Color(equalFill) {
				wrong++
			}
		}
	}
	assert.Equal(t, 8, wrong)
	blue, black := img.At(0, 0), img.At(256, 511)
	r, _, b, _ := blue.RGBA()
	assert.Greater(t, b, r, "−128 × 127 is too small")
	assert.Equal(t, color.Color(noNumber), black, "0 × −128")

	// Cells of 16 products each: the largest difference counts.
	img = mismatchImage(lut.UintFormat(10, 10), []Mismatch{{0, 0, 1}, {4, 0, 1}, {5, 1, -8}, {6, 3, 2}}, 3)
	r, _, b, _ = img.At(0, 511).RGBA()
	assert.Greater(t, r, b)
	r, _, b, _ = img.At(2, 511).RGBA()
	assert.Greater(t, b, r)
	assert.Equal(t, color.Color(equalFill), img.At(4, 511))
}
