package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"

	"github.com/dustin/go-humanize"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/approxtrain/approxtrain/lut"
)

// Mismatch is a product that differs from the expected one.
type Mismatch struct {
	A, B uint32 // indices of the table
	Off  int64  // got − expected, in units of the last place; 0: it is no number of the format
}

const (
	mismatchWidth  = 16 * vg.Centimeter
	mismatchHeight = 13 * vg.Centimeter
	mismatchBar    = barWidth + 1.0*vg.Centimeter // colours with labels of several digits
	ringed         = 20                           // mismatches that have a ring each, if they are so few
)

var (
	equalFill = color.RGBA{R: 225, G: 225, B: 225, A: 255}
	noNumber  = color.RGBA{A: 255}
)

// MismatchMap draws where the products of a multiplier are not what they should be
// over its operands, and by how much, on a logarithmic scale, into a PNG or SVG file
// by the extension of path. Grey is right, black no number of the format. A table of
// more than 256 rows or columns is reduced to that many, each cell showing its
// largest difference. Where only few differ, each has a ring round it.
func MismatchMap(path, title string, f lut.Format, wrong []Mismatch) error {
	largest := int64(1)
	for _, m := range wrong {
		largest = max(largest, m.Off, -m.Off)
	}
	scale := offScale(math.Log2(float64(largest)))
	heat := newPanel("operand a", "operand b")
	xmin, xmax := span(f.Kind, f.A, f.Kind.SignedA())
	ymin, ymax := span(f.Kind, f.B, f.Kind.SignedB())
	if f.Kind == lut.Mantissa {
		heat.X.Label.Text, heat.Y.Label.Text = "operand a (significand)", "operand b (significand)"
	} else {
		heat.X.Tick.Marker, heat.Y.Tick.Marker = wholes{}, wholes{}
	}
	heat.Title.Text = fmt.Sprintf("%s: %s of %s products differ", title, humanize.Comma(int64(len(wrong))), humanize.Comma(int64(f.Pairs())))
	heat.Title.TextStyle.Font.Size = 12
	heat.Title.Padding = vg.Points(6)
	heat.Add(plotter.NewImage(mismatchImage(f, wrong, scale), xmin, ymin, xmax, ymax))
	if len(wrong) <= ringed {
		var at plotter.XYs
		for _, m := range wrong {
			x, y := byValue(f, m)
			at = append(at, plotter.XY{X: xmin + (float64(x)+0.5)*(xmax-xmin)/float64(f.Rows()), Y: ymin + (float64(y)+0.5)*(ymax-ymin)/float64(f.Cols())})
		}
		heat.Add(&plotter.Scatter{XYs: at, GlyphStyle: draw.GlyphStyle{Shape: draw.RingGlyph{}, Radius: vg.Points(6), Color: noNumber}})
	}
	return writePicture(path, "mismatches", mismatchWidth, mismatchHeight, func(c draw.Canvas) error {
		left := draw.Crop(c, gap, -mismatchBar, gap, -gap)
		heat.Draw(left)
		data := heat.DataCanvas(left)
		bar, right := scale.bar(), draw.Crop(c, mismatchWidth-mismatchBar+gap, -gap, gap, -gap)
		right.Max.X += bar.DataCanvas(right).Min.X + scaleWidth - bar.DataCanvas(right).Max.X
		drawBeside(data, bar, right)
		return nil
	})
}

// byValue returns the place of a pair among operands that ascend by value.
func byValue(f lut.Format, m Mismatch) (x, y int) {
	x, y = int(m.A), int(m.B)
	if f.Kind.SignedA() {
		x ^= 1 << (f.A - 1)
	}
	if f.Kind.SignedB() {
		y ^= 1 << (f.B - 1)
	}
	return x, y
}

// offScale is the logarithm, to base 2, of the largest difference. On the scale from
// −1 to 1 a difference of one unit is at 0.35, so that it can be seen.
type offScale float64

const oneUnit = 0.35

func (s offScale) at(off int64) float64 {
	v := oneUnit
	if s > 0 {
		v += (1 - oneUnit) * math.Log2(math.Abs(float64(off))) / float64(s)
	}
	return math.Copysign(v, float64(off))
}

func (offScale) colours() palette.ColorMap {
	m := moreland.SmoothBlueRed()
	m.SetMin(-1)
	m.SetMax(1)
	return m
}

func (s offScale) colour(off int64) color.Color {
	if off == 0 {
		return noNumber
	}
	c, err := s.colours().At(min(max(s.at(off), -1), 1))
	if err != nil {
		return noNumber
	}
	return c
}

// bar is the scale next to the map.
func (s offScale) bar() *plot.Plot {
	p := newPanel("", "got − expected (units of the last place, logarithmic)")
	p.Add(&plotter.ColorBar{ColorMap: s.colours(), Vertical: true, Colors: 256})
	p.HideX()
	step := max(1, math.Ceil(float64(s)/4))
	marks := plot.ConstantTicks{{Value: 0, Label: "0"}}
	for e := 0.0; e <= float64(s); e += step {
		off := int64(1) << int(e)
		marks = append(marks, plot.Tick{Value: s.at(off), Label: "+" + strconv.FormatInt(off, 10)}, plot.Tick{Value: s.at(-off), Label: minus("-" + strconv.FormatInt(off, 10))})
	}
	p.Y.Tick.Marker = marks
	return p
}

// mismatchImage paints each cell as a block of pixels, so that a renderer that
// blurs what it magnifies does so within a cell.
func mismatchImage(f lut.Format, wrong []Mismatch, scale offScale) image.Image {
	columns, rows := min(f.Rows(), maxCells), min(f.Cols(), maxCells)
	cells := make(map[int]int64, len(wrong))
	for _, m := range wrong {
		x, y := byValue(f, m)
		at := y*rows/f.Cols()*columns + x*columns/f.Rows()
		if old, ok := cells[at]; !ok || max(m.Off, -m.Off) > max(old, -old) {
			cells[at] = m.Off
		}
	}
	const pixels = 2 * maxCells
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	for y := range pixels {
		for x := range pixels {
			var c color.Color = equalFill
			if off, is := cells[(pixels-1-y)*rows/pixels*columns+x*columns/pixels]; is {
				c = scale.colour(off)
			}
			img.Set(x, y, c)
		}
	}
	return img
}
