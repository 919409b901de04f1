package report

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/approxtrain/approxtrain/lut"
)

var (
	undefined = color.Gray{Y: 120} // a cell without a relative error
	barFill   = color.RGBA{R: 70, G: 98, B: 176, A: 255}

	// Cells whose error is beyond the limit of the colours.
	beyondAbove = color.RGBA{R: 255, G: 160, A: 255}
	beyondBelow = color.RGBA{G: 150, B: 90, A: 255}
)

// capHeight is that of a field above or below the colours, for what is beyond, as a share of the colours' half.
const capHeight = 0.15

func (d *errorData) colours() palette.ColorMap {
	m := moreland.SmoothBlueRed() // its middle, zero, is nearly white
	m.SetMin(-d.limit)
	m.SetMax(d.limit)
	return m
}

// errorMap is the left panel. The map is an image, since tens of thousands of
// rectangles would make an SVG of megabytes.
func errorMap(d *errorData) *plot.Plot {
	p := newPanel("operand a", "operand b")
	if d.format.Kind == lut.Mantissa {
		p.X.Label.Text, p.Y.Label.Text = "operand a (significand)", "operand b (significand)"
	}
	if d.format.Kind == lut.Coded {
		p.X.Label.Text, p.Y.Label.Text = "operand a (rank of its number)", "operand b (rank of its number)"
	}
	xmin, xmax := span(d.format.Kind, d.format.A, d.format.Kind.SignedA())
	ymin, ymax := span(d.format.Kind, d.format.B, d.format.Kind.SignedB())
	p.Add(plotter.NewImage(d.image(), xmin, ymin, xmax, ymax))
	if d.format.Kind != lut.Mantissa {
		p.X.Tick.Marker, p.Y.Tick.Marker = wholes{}, wholes{}
	}
	return p
}

// image paints each cell as a block of pixels, so that a renderer that blurs
// what it magnifies does so within a cell.
func (d *errorData) image() image.Image {
	pixels := 2 * max(maxCells, d.columns, d.rows)
	img := image.NewRGBA(image.Rect(0, 0, pixels, pixels))
	m := d.colours()
	for y := range pixels {
		for x := range pixels {
			img.Set(x, y, d.colour(m, d.cells[(pixels-1-y)*d.rows/pixels*d.columns+x*d.columns/pixels]))
		}
	}
	return img
}

// colour returns the colour of a cell with an error in percent.
func (d *errorData) colour(m palette.ColorMap, e float64) color.Color {
	switch {
	case math.IsNaN(e):
		return undefined
	case d.clipped && e > d.limit:
		return beyondAbove
	case d.clipped && e < -d.limit:
		return beyondBelow
	}
	c, err := m.At(min(max(e, -d.limit), d.limit)) // rounding may have taken the worst beyond
	if err != nil {
		return undefined
	}
	return c
}

// colourBar is the legend of the map. Where errors are beyond the limit of the colours, a field at its end has their
// colour and the largest of them.
func colourBar(d *errorData) *plot.Plot {
	p := newPanel("", "relative error (%)")
	bar := &plotter.ColorBar{ColorMap: d.colours(), Vertical: true, Colors: 256}
	p.Add(bar)
	p.HideX()
	if !d.clipped {
		return p
	}
	p.Y.Label.Text = "relative error (%), the largest 5 % apart"
	marks := plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: d.limit / 2}, {Value: -d.limit / 2},
		{Value: d.limit, Label: percent(d.limit / 100)}, {Value: -d.limit, Label: percent(-d.limit / 100)}}
	xmin, xmax, _, _ := bar.DataRange()
	for _, end := range []struct {
		worst, sign float64
		fill        color.Color
	}{{d.most, 1, beyondAbove}, {d.least, -1, beyondBelow}} {
		if math.Abs(end.worst) <= d.limit {
			continue
		}
		inner, outer := end.sign*d.limit, end.sign*d.limit*(1+capHeight)
		pixel := &image.Paletted{Pix: []uint8{0}, Stride: 1, Rect: image.Rect(0, 0, 1, 1), Palette: color.Palette{end.fill}}
		p.Add(plotter.NewImage(pixel, xmin, min(inner, outer), xmax, max(inner, outer)))
		marks = append(marks, plot.Tick{Value: outer, Label: "to " + percent(end.worst/100)})
	}
	p.Y.Tick.Marker = marks
	return p
}

func errorHistogram(d *errorData) *plot.Plot {
	p := newPanel("relative error (%)", "share of pairs (%)")
	if d.clipped {
		p.X.Label.Text = "relative error (%), ends hold the rest"
	}
	width := (d.high - d.low) / float64(len(d.shares))
	h := &plotter.Histogram{Width: width, FillColor: barFill}
	h.LineStyle.Color, h.LineStyle.Width = barFill, vg.Points(0.3) // hides the seams
	smallest, largest := 100.0, slices.Max(d.shares)
	for i, share := range d.shares {
		if share > 0 {
			smallest = min(smallest, share)
			left := d.low + float64(i)*width
			h.Bins = append(h.Bins, plotter.HistogramBin{Min: left, Max: left + width, Weight: share})
		}
	}
	top := 1.05 * largest
	if largest > 100*smallest {
		// gonum makes room for an axis title in the wrong place of a logarithmic
		// axis, so the logarithms are drawn on a linear one.
		floor := math.Floor(math.Log10(smallest))
		for i := range h.Bins {
			h.Bins[i].Weight = math.Log10(h.Bins[i].Weight) - floor
		}
		top = 2 - floor
		p.Y.Tick.Marker = decades(floor)
		p.Y.Label.Text += ", logarithmic"
	}
	p.Add(plotter.NewGrid(), h)
	p.Y.Min, p.Y.Max = 0, top
	p.X.Min, p.X.Max = d.low, d.high
	return p
}

func newPanel(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.BackgroundColor = nil // the canvas is white, and panels may overlap
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font.Size = 11
		a.Label.Padding = vg.Points(3)
		a.Tick.Label.Font.Size = 9.5
		a.Tick.Marker = ticks{}
		a.Padding = 0
	}
	return p
}

// ticks are gonum's own, without trailing zeros and with a minus sign.
type ticks struct{}

func (ticks) Ticks(lo, hi float64) []plot.Tick {
	all := plot.DefaultTicks{}.Ticks(lo, hi)
	for i, t := range all {
		if t.Label != "" {
			all[i].Label = minus(strconv.FormatFloat(roundTo(t.Value, hi-lo), 'f', -1, 64))
		}
	}
	return all
}

// wholes are ticks for integers: each has one if there are few.
type wholes struct{}

func (wholes) Ticks(lo, hi float64) []plot.Tick {
	if hi-lo > 8 {
		return ticks{}.Ticks(lo, hi)
	}
	var all []plot.Tick
	for x := math.Ceil(lo); x <= hi; x++ {
		all = append(all, plot.Tick{Value: x, Label: minus(strconv.Itoa(int(x)))})
	}
	return all
}

// roundTo drops the digits of x that do not matter on an axis of that length.
func roundTo(x, length float64) float64 {
	unit := math.Pow(10, 4-math.Ceil(math.Log10(length)))
	return math.Round(x*unit) / unit
}

// decades labels an axis of logarithms less this one: powers of ten, in decimals.
type decades float64

func (floor decades) Ticks(lo, hi float64) []plot.Tick {
	var all []plot.Tick
	for e := lo; e <= hi; e++ {
		value := math.Pow(10, e+float64(floor))
		all = append(all, plot.Tick{Value: e, Label: strconv.FormatFloat(value, 'g', 3, 64)})
	}
	return all
}
