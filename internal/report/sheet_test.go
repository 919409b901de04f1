package report

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// flat returns n images of 2 × 4 pixels, each of one shade that tells its class: 10,
// 60, 110, …; classes in turn.
func flat(n, classes, channels int) *data.Split {
	s := &data.Split{H: 2, W: 4, C: channels}
	for i := range n {
		s.Labels = append(s.Labels, uint8(i%classes))
		for p := range s.Size() {
			s.Pixels = append(s.Pixels, uint8(10+50*(i%classes)+p%channels))
		}
	}
	return s
}

// TestContactSheet reads a sheet back: every image is in the row of its class and
// whole, a class with few images leaves the rest of its row empty.
func TestContactSheet(t *testing.T) {
	for _, channels := range []int{1, 3} {
		path := filepath.Join(t.TempDir(), "sheet.png")
		s := flat(40, 3, channels) // 14, 13 and 13 images
		require.NoError(t, ContactSheet(s, []string{"first", "second", "a long name of a class"}, 5, path))
		f, err := os.Open(path)
		require.NoError(t, err)
		picture, err := png.Decode(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())

		const scale = sheetCell / 4
		shades := map[color.RGBA]int{}
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				if c := color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA); c.R != c.G || channels == 1 {
					shades[c]++
				}
			}
		}
		for class, images := range []int{14, 13, 13} {
			v := uint8(10 + 50*class)
			c := color.RGBA{v, v, v, 255}
			if channels == 3 {
				c = color.RGBA{v, v + 1, v + 2, 255}
			}
			area := images * 2 * 4 * scale * scale
			// Letters may have the same grey here and there.
			assert.InDelta(t, area, shades[c], 100, "class %d, %d channels", class, channels)
			row := image.Pt(picture.Bounds().Dx()-sheetMargin-16*4*scale-15*sheetGap, sheetMargin+class*(2*scale+sheetGap))
			for k := range sheetColumns {
				want := c
				if k >= images {
					want = color.RGBA{paper.Y, paper.Y, paper.Y, 255}
				}
				for _, p := range []image.Point{{0, 0}, {4*scale - 1, 2*scale - 1}} {
					at := row.Add(image.Pt(k*(4*scale+sheetGap), 0)).Add(p)
					assert.Equal(t, want, color.RGBAModel.Convert(picture.At(at.X, at.Y)), "class %d, image %d at %v", class, k, at)
				}
			}
		}
	}
}

// TestAugmentedSheet reads a sheet back: first the image, then what the augmentation
// gives in each epoch, to the pixel; a class without images leaves its row empty.
func TestAugmentedSheet(t *testing.T) {
	const n, scale, seed = 9, sheetCell / 4, 3
	s := &data.Split{H: 2, W: 4, C: 3}
	for i := range n {
		s.Labels = append(s.Labels, uint8(i%3))
		for p := range s.Size() {
			s.Pixels = append(s.Pixels, uint8(1+i*s.Size()+p))
		}
	}
	path := filepath.Join(t.TempDir(), "sheet.png")
	p := data.Preparation{Crop: 1, Flip: true, Normalize: true, Seed: 99}
	require.NoError(t, AugmentedSheet(s, []string{"first", "second", "third", "none"}, p, seed, path))
	f, err := os.Open(path)
	require.NoError(t, err)
	picture, err := png.Decode(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	compared := 0
	for class := range 4 {
		row := image.Pt(picture.Bounds().Dx()-sheetMargin-16*4*scale-15*sheetGap, sheetMargin+class*(2*scale+sheetGap))
		picked := -1
		for _, i := range s.Order(seed, 0) {
			if int(s.Labels[i]) == class && picked < 0 {
				picked = i
			}
		}
		for k := range sheetColumns {
			values := make([]float32, s.Size())
			if k == 0 && picked >= 0 {
				s.Batch(0, []int{picked}, values, make([]int, 1))
			} else if picked >= 0 {
				data.Augment{Examples: s, Seed: seed, Crop: 1, Flip: true}.Batch(uint64(k-1), []int{picked}, values, make([]int, 1))
			}
			for pixel := range 8 {
				want := color.RGBA{paper.Y, paper.Y, paper.Y, 255}
				if picked >= 0 {
					v := values[3*pixel:]
					want = color.RGBA{uint8(math.Round(255 * float64(v[0]))), uint8(math.Round(255 * float64(v[1]))), uint8(math.Round(255 * float64(v[2]))), 255}
				}
				at := row.Add(image.Pt(k*(4*scale+sheetGap)+pixel%4*scale, pixel/4*scale))
				require.Equal(t, want, color.RGBAModel.Convert(picture.At(at.X, at.Y)), "class %d, column %d, pixel %d", class, k, pixel)
				compared++
			}
		}
	}
	assert.Equal(t, 4*16*8, compared)
}

func TestContactSheetRefuses(t *testing.T) {
	dir := t.TempDir()
	err := ContactSheet(flat(4, 2, 2), []string{"a", "b"}, 0, filepath.Join(dir, "x.png"))
	assert.ErrorContains(t, err, "the images have 2 channels, expected 1 or 3")
	assert.Equal(t, fault.Usage, fault.Status(err))
	err = ContactSheet(flat(4, 2, 1), []string{"a", "b"}, 0, filepath.Join(dir, "x.jpg"))
	assert.ErrorContains(t, err, `x.jpg: unknown ending ".jpg", expected .png`)
	err = ContactSheet(flat(4, 2, 1), []string{"a", "b"}, 0, filepath.Join(dir, "none", "x.png"))
	assert.Equal(t, fault.Usage, fault.Status(err))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
