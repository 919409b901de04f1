package report

import (
	"fmt"
	"image"
	"image/color"
	"math/bits"

	"github.com/dustin/go-humanize"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"approxtrain/lut"
)

// Of a picture of mismatches: its size, how many of them have a ring each, and the
// colour of what is right.
const (
	mismatchSide = 14 * vg.Centimeter
	ringed       = 20
)

var equalFill = color.RGBA{R: 226, G: 232, B: 240, A: 255}

// MismatchMap draws where the products of a multiplier are not what they should be
// over its operands, a dark cell for each, into a PNG or SVG file by the extension
// of path. A table of more than 256 rows or columns is reduced to that many: a
// cell is the darker the more of its products are wrong. Few of them have a ring
// round each.
func MismatchMap(path, title string, f lut.Format, wrong [][2]uint32) error {
	p := newPanel("operand a", "operand b")
	xmin, xmax := span(f.Kind, f.A)
	ymin, ymax := span(f.Kind, f.B)
	if f.Kind == lut.Mantissa {
		p.X.Label.Text, p.Y.Label.Text = "operand a (significand)", "operand b (significand)"
	} else {
		p.X.Tick.Marker, p.Y.Tick.Marker = wholes{}, wholes{}
	}
	p.Title.Text = fmt.Sprintf("%s: %s of %s products differ", title, humanize.Comma(int64(len(wrong))), humanize.Comma(int64(f.Pairs())))
	p.Title.TextStyle.Font.Size = 12
	p.Title.Padding = vg.Points(6)
	p.Add(plotter.NewImage(mismatchImage(f, wrong), xmin, ymin, xmax, ymax))
	if len(wrong) > 0 && len(wrong) <= ringed {
		var at plotter.XYs
		for _, pair := range wrong {
			x, y := ordered(f, pair)
			at = append(at, plotter.XY{X: xmin + (float64(x)+0.5)*(xmax-xmin)/float64(f.Rows()), Y: ymin + (float64(y)+0.5)*(ymax-ymin)/float64(f.Cols())})
		}
		rings, err := plotter.NewScatter(at)
		if err != nil {
			return fmt.Errorf("drawing mismatches: %w", err)
		}
		rings.Shape, rings.Radius, rings.Color = draw.RingGlyph{}, vg.Points(6), color.RGBA{R: 180, A: 255}
		p.Add(rings)
	}
	return writePicture(path, "mismatches", mismatchSide, mismatchSide, func(c draw.Canvas) error {
		p.Draw(draw.Crop(c, gap, -gap, gap, -gap))
		return nil
	})
}

// ordered returns the place of a pair among operands that ascend by value.
func ordered(f lut.Format, pair [2]uint32) (x, y uint32) {
	if f.Kind == lut.Signed {
		return pair[0] ^ 1<<(f.A-1), pair[1] ^ 1<<(f.B-1)
	}
	return pair[0], pair[1]
}

// mismatchImage paints each cell as a block of pixels, so that a renderer that
// blurs what it magnifies does so within a cell.
func mismatchImage(f lut.Format, wrong [][2]uint32) image.Image {
	columns, rows := min(f.Rows(), maxCells), min(f.Cols(), maxCells)
	counts := make([]int, columns*rows)
	for _, pair := range wrong {
		x, y := ordered(f, pair)
		counts[int(y)*rows/f.Cols()*columns+int(x)*columns/f.Rows()]++
	}
	each := float64(f.Pairs()) / float64(columns*rows)
	const pixels = 2 * maxCells
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	for y := range pixels {
		for x := range pixels {
			c := equalFill
			if n := counts[(pixels-1-y)*rows/pixels*columns+x*columns/pixels]; n > 0 {
				light := uint8(150 * (1 - float64(bits.Len(uint(n)))/float64(bits.Len(uint(max(1, each))))))
				c = color.RGBA{R: 180 + light/3, G: light, B: light, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}
