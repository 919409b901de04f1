package report

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

var barFill = color.RGBA{R: 70, G: 98, B: 176, A: 255}

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
