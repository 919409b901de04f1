package report

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/approxtrain/approxtrain/lut"
)

const (
	pictureWidth  = 24 * vg.Centimeter
	pictureHeight = 10.8 * vg.Centimeter
	titleHeight   = 1.8 * vg.Centimeter
	mapWidth      = 9.8 * vg.Centimeter
	barWidth      = 2.4 * vg.Centimeter  // colours with their labels
	scaleWidth    = 0.45 * vg.Centimeter // the colours alone
	gap           = 0.4 * vg.Centimeter
)

// ErrorPlot draws the errors of a multiplier, whose metrics are m, into a PNG
// or SVG file by the extension of path.
//
// The left panel maps the signed relative error in percent over the operands; a
// table of more than 256 rows or columns is reduced to that many, each cell
// showing its error of largest magnitude. Cells without a relative error, since
// the exact product is zero, are grey. The right panel is the histogram of the
// same error over all other pairs, on a logarithmic axis if some bars would be
// invisible on a linear one. If the worst cells err much more than the rest, the
// colours end at the 95th percentile of the magnitudes of the wrong cells: those
// beyond are orange (too large) or green (too small), and the legend has their
// largest error. The last bars of the histogram stand for all beyond.
//
// The file appears when it is complete; on an error a previous one stays. It is an error if no pair has a relative
// error, as of a table of codes whose products are all NaN.
func ErrorPlot(t *lut.Table, m lut.Metrics, path string) error {
	if m.RelPairs == 0 {
		return fmt.Errorf("%s: no pair has a relative error, so there is no picture of them", t.Name)
	}
	return writePicture(path, "the errors of "+t.Name, pictureWidth, pictureHeight, func(c draw.Canvas) error {
		drawErrors(c, collect(t, m), t.Name, m)
		return nil
	})
}

// ErrorMapPlot is ErrorPlot for a multiplier without a table, of the errors that e has collected: the map has 512 rows
// and columns, and the bins of the histogram have a power of two as their width. name is for the title.
func ErrorMapPlot(name string, e *lut.ErrorMap, m lut.Metrics, path string) error {
	return writePicture(path, "the errors of "+name, pictureWidth, pictureHeight, func(c draw.Canvas) error {
		drawErrors(c, collectMap(e, m), name, m)
		return nil
	})
}

func drawErrors(c draw.Canvas, d *errorData, name string, m lut.Metrics) {
	width, height := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
	drawTitle(draw.Crop(c, 0, 0, height-titleHeight, 0), name, d.format, m)
	below := draw.Crop(c, gap/2, -gap, gap/4, -titleHeight)
	heat, left := d.panel(), draw.Crop(below, 0, mapWidth-width, 0, 0)
	heat.Draw(left)
	data := heat.DataCanvas(left)
	scale, right := d.bar(), draw.Crop(below, mapWidth, mapWidth+barWidth-width, 0, 0)
	// As wide for long labels as for short ones.
	right.Max.X += scale.DataCanvas(right).Min.X + scaleWidth - scale.DataCanvas(right).Max.X
	drawBeside(data, scale, right)
	drawBeside(data, errorHistogram(d), draw.Crop(below, mapWidth+barWidth+gap, 0, 0, 0))
}

// drawBeside draws a plot so that its data fill the same height as other data.
func drawBeside(data draw.Canvas, p *plot.Plot, c draw.Canvas) {
	own := p.DataCanvas(c)
	c.Min.Y += data.Min.Y - own.Min.Y
	c.Max.Y += data.Max.Y - own.Max.Y
	p.Draw(c)
}

// drawTitle writes the name of the table in one line and its figures in another.
func drawTitle(c draw.Canvas, name string, f lut.Format, m lut.Metrics) {
	style := draw.TextStyle{
		Color: color.Black, Font: font.From(plot.DefaultFont, 14), Handler: plot.DefaultTextHandler,
		XAlign: draw.XCenter, YAlign: draw.YTop,
	}
	centre, top := (c.Min.X+c.Max.X)/2, c.Max.Y-gap/2
	c.FillText(style, vg.Point{X: centre, Y: top}, fmt.Sprintf("%s (%v, %d operand pairs)", name, f, m.Pairs))
	style.Font.Size = 11
	figures := "no errors"
	if m.Wrong > 0 {
		worst := m.MaxPositive.Value
		if worst < m.WCRE {
			worst = m.MaxNegative.Value
		}
		figures = fmt.Sprintf("mean relative error %s %%, worst %s %%, bias %s %%, wrong products %s %%",
			percent(m.MRED), percent(worst), percent(m.Bias), percent(m.EP))
	}
	c.FillText(style, vg.Point{X: centre, Y: top - 19}, figures)
}

// percent prints a fraction as a percentage of three digits.
func percent(x float64) string { return number(100 * x) }

// number prints a number with three digits, or all before the point.
func number(x float64) string {
	s := strconv.FormatFloat(x, 'g', 3, 64)
	if math.Abs(x) >= 1000 {
		s = strconv.FormatFloat(x, 'f', 0, 64)
	}
	return minus(s)
}

// minus sets a number's hyphens as minus signs.
func minus(s string) string { return strings.ReplaceAll(s, "-", "\u2212") }
