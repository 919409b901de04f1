package report

import (
	"image"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"

	"github.com/approxtrain/approxtrain/lut"
)

const (
	maxCells = 256 // of a map, in each direction
	// The colours stop at this quantile of the magnitudes of the cells that are not zero if the greatest one is more than
	// outlier times as large.
	quantile = 0.95
	outlier  = 2
)

// heat is a map of a number over the operands of a table, which has colours on both sides of zero.
type heat struct {
	format  lut.Format
	label   string    // of the number
	columns int       // cells along operand a
	rows    int       // cells along operand b
	cells   []float64 // row-major, the lowest b first; NaN without a number
	limit   float64   // of the colours, > 0
	clipped bool      // numbers beyond limit exist
	most    float64   // the largest number above 0, 0 if there is none
	least   float64   // the lowest below 0
}

// scale decides where the colours end, when the cells are there. worst is the greatest magnitude of a number.
func (h *heat) scale(worst float64) {
	var all []float64
	for _, x := range h.cells {
		if x != 0 && !math.IsNaN(x) {
			all = append(all, math.Abs(x))
		}
	}
	slices.Sort(all)
	h.limit = 1
	if len(all) > 0 {
		h.limit = worst
		if usual := all[int(quantile*float64(len(all)-1))]; h.limit > outlier*usual {
			h.limit, h.clipped = usual, true
		}
	}
}

var (
	undefined = color.Gray{Y: 120} // a cell without a number

	// Cells whose number is beyond the limit of the colours.
	beyondAbove = color.RGBA{R: 255, G: 160, A: 255}
	beyondBelow = color.RGBA{G: 150, B: 90, A: 255}
)

// capHeight is that of a field above or below the colours, for what is beyond, as a share of the colours' half.
const capHeight = 0.15

func (h *heat) colours() palette.ColorMap {
	m := moreland.SmoothBlueRed() // its middle, zero, is nearly white
	m.SetMin(-h.limit)
	m.SetMax(h.limit)
	return m
}

// panel is the map. It is an image, since tens of thousands of rectangles would make an SVG of megabytes.
func (h *heat) panel() *plot.Plot {
	p := newPanel("operand a", "operand b")
	if h.format.Kind == lut.Mantissa {
		p.X.Label.Text, p.Y.Label.Text = "operand a (significand)", "operand b (significand)"
	}
	if h.format.Kind == lut.Coded {
		p.X.Label.Text, p.Y.Label.Text = "operand a (rank of its number)", "operand b (rank of its number)"
	}
	xmin, xmax := span(h.format.Kind, h.format.A, h.format.Kind.SignedA())
	ymin, ymax := span(h.format.Kind, h.format.B, h.format.Kind.SignedB())
	p.Add(plotter.NewImage(h.image(), xmin, ymin, xmax, ymax))
	if h.format.Kind != lut.Mantissa {
		p.X.Tick.Marker, p.Y.Tick.Marker = wholes{}, wholes{}
	}
	return p
}

// image paints each cell as a block of pixels, so that a renderer that blurs
// what it magnifies does so within a cell.
func (h *heat) image() image.Image {
	pixels := 2 * max(maxCells, h.columns, h.rows)
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	m := h.colours()
	for y := range pixels {
		for x := range pixels {
			img.Set(x, y, h.colour(m, h.cells[(pixels-1-y)*h.rows/pixels*h.columns+x*h.columns/pixels]))
		}
	}
	return img
}

// colour returns the colour of a cell.
func (h *heat) colour(m palette.ColorMap, x float64) color.Color {
	switch {
	case math.IsNaN(x):
		return undefined
	case h.clipped && x > h.limit:
		return beyondAbove
	case h.clipped && x < -h.limit:
		return beyondBelow
	}
	c, err := m.At(min(max(x, -h.limit), h.limit)) // rounding may have taken the worst beyond
	if err != nil {
		return undefined
	}
	return c
}

// bar is the legend of the map. Where numbers are beyond the limit of the colours, a field at its end has their colour
// and the largest of them.
func (h *heat) bar() *plot.Plot {
	p := newPanel("", h.label)
	bar := &plotter.ColorBar{ColorMap: h.colours(), Vertical: true, Colors: 256}
	p.Add(bar)
	p.HideX()
	if !h.clipped {
		return p
	}
	p.Y.Label.Text = h.label + ", the largest 5 % apart"
	marks := plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: h.limit / 2}, {Value: -h.limit / 2},
		{Value: h.limit, Label: number(h.limit)}, {Value: -h.limit, Label: number(-h.limit)}}
	xmin, xmax, _, _ := bar.DataRange()
	for _, end := range []struct {
		worst, sign float64
		fill        color.Color
	}{{h.most, 1, beyondAbove}, {h.least, -1, beyondBelow}} {
		if math.Abs(end.worst) <= h.limit {
			continue
		}
		inner, outer := end.sign*h.limit, end.sign*h.limit*(1+capHeight)
		pixel := &image.Paletted{Pix: []uint8{0}, Stride: 1, Rect: image.Rect(0, 0, 1, 1), Palette: color.Palette{end.fill}}
		p.Add(plotter.NewImage(pixel, xmin, min(inner, outer), xmax, max(inner, outer)))
		marks = append(marks, plot.Tick{Value: outer, Label: "to " + number(end.worst)})
	}
	p.Y.Tick.Marker = marks
	return p
}
