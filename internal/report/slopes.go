package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/approxtrain/approxtrain/internal/gradient"
	"github.com/approxtrain/approxtrain/lut"
)

const slopesHeight = 13.5 * vg.Centimeter

// SlopePlot draws the slopes of a table by an operand into a PNG or SVG file by the extension of path. g must be the
// derivatives of products of t's format.
//
// The left panel maps the slopes over the operands, or draws those that depend on one operand as a curve, beside the
// slopes of the exact product. A map of more than 256 rows or columns is reduced to that many, each cell with the mean of
// its slopes; of slopes much greater than the rest it is as in ErrorPlot. The right panels have products along the
// operand for three values of the other one, with what their slopes are those of (the means of windows, or the line of
// the regression), and these slopes, with those of the exact product dashed.
//
// The file appears when it is complete; on an error a previous one stays.
func SlopePlot(t *lut.Table, g *gradient.Gradient, o gradient.Operand, path string) error {
	var rows []gradient.Row
	for _, fixed := range drawnValues(g.Range(o.Other())) {
		r, err := g.Row(t, o, fixed)
		if err != nil {
			return fmt.Errorf("drawing slopes: %w", err)
		}
		rows = append(rows, r)
	}
	return writePicture(path, "the slopes of "+t.Name, pictureWidth, slopesHeight, func(c draw.Canvas) error {
		width, height := c.Max.X-c.Min.X, c.Max.Y-c.Min.Y
		drawSlopeTitle(draw.Crop(c, 0, 0, height-titleHeight, 0), t, g, o)
		below := draw.Crop(c, gap/2, -gap, gap/4, -titleHeight)
		left := draw.Crop(below, 0, mapWidth-width, 0, 0)
		split := mapWidth + barWidth + 2*gap
		if g.OneD {
			split = mapWidth + gap
			curve, err := slopeCurve(g, o)
			if err != nil {
				return err
			}
			curve.Draw(left)
		} else {
			h := slopeMap(g, o)
			heat := h.panel()
			heat.Draw(left)
			data := heat.DataCanvas(left)
			scale, right := h.bar(), draw.Crop(below, mapWidth, mapWidth+barWidth-width, 0, 0)
			right.Max.X += scale.DataCanvas(right).Min.X + scaleWidth - scale.DataCanvas(right).Max.X
			drawBeside(data, scale, right)
		}
		return drawRows(draw.Crop(below, split, 0, 0, 0), g, o, rows)
	})
}

// drawnValues returns three values of an operand, or all of a narrow one. None is a multiple of a high power of two,
// whose products are often better than those of others.
func drawnValues(lo, hi int) (values []int) {
	n := hi - lo + 1
	for _, sixteenths := range []int{3, 9, 15} {
		values = append(values, lo+(n*sixteenths+15)/16-1)
	}
	if n <= 4 {
		values = values[:0]
		for x := lo; x <= hi; x++ {
			values = append(values, x)
		}
	}
	return values
}

// slopeName is what a derivative is called.
func slopeName(o gradient.Operand) string { return "slope by " + string(o) }

// about says how slopes were found.
func about(g *gradient.Gradient, o gradient.Operand) string {
	if g.Kind.Smooths() {
		return fmt.Sprintf("%s, half window %d", g.Kind, g.HalfOf(o))
	}
	if g.Kind == gradient.File {
		return "from a file"
	}
	return string(g.Kind)
}

// drawSlopeTitle writes the name of the table and how its slopes were found in one line, and their figures in another.
func drawSlopeTitle(c draw.Canvas, t *lut.Table, g *gradient.Gradient, o gradient.Operand) {
	style := draw.TextStyle{
		Color: color.Black, Font: font.From(plot.DefaultFont, 14), Handler: plot.DefaultTextHandler,
		XAlign: draw.XCenter, YAlign: draw.YTop,
	}
	f := g.Figures(o)
	centre, top := (c.Min.X+c.Max.X)/2, c.Max.Y-gap/2
	c.FillText(style, vg.Point{X: centre, Y: top}, fmt.Sprintf("%s (%v), %s: %s", t.Name, t.Format, slopeName(o), about(g, o)))
	style.Font.Size = 11
	c.FillText(style, vg.Point{X: centre, Y: top - 19}, fmt.Sprintf("slopes %s to %s; distance from the exact slope, %s: mean %s, root mean square %s; "+
		"zero %s %%, of the opposite sign %s %%", number(f.Least), number(f.Most), o.Other(), number(f.MeanDistance), number(f.RMSDistance),
		percent(f.Zero), percent(f.Opposed)))
}

// slopeMap returns the map of slopes by both operands.
func slopeMap(g *gradient.Gradient, o gradient.Operand) *heat {
	f := g.Format
	h := &heat{format: f, label: slopeName(o), columns: min(maxCells, f.Rows()), rows: min(maxCells, f.Cols())}
	h.cells = make([]float64, h.columns*h.rows)
	loA, hiA := g.RangeA()
	loB, hiB := g.RangeB()
	share := float64(len(h.cells)) / float64(f.Pairs())
	for a := loA; a <= hiA; a++ {
		for b := loB; b <= hiB; b++ {
			slope := float64(g.By(o, a, b))
			h.cells[(b-loB)*h.rows/f.Cols()*h.columns+(a-loA)*h.columns/f.Rows()] += slope * share
		}
	}
	h.most, h.least = max(0, slices.Max(h.cells)), min(0, slices.Min(h.cells))
	h.scale(max(h.most, -h.least))
	return h
}

// slopeCurve draws slopes that depend on one operand.
func slopeCurve(g *gradient.Gradient, o gradient.Operand) (*plot.Plot, error) {
	p := newPanel("operand "+string(o.Other()), slopeName(o)+"; dashed: of the exact product")
	p.X.Tick.Marker = wholes{}
	lo, hi := g.Range(o.Other())
	var slopes, exact []float64
	for x := lo; x <= hi; x++ {
		a, b := 0, x
		if o == gradient.B {
			a, b = x, 0
		}
		slopes, exact = append(slopes, float64(g.By(o, a, b))), append(exact, float64(x))
	}
	p.Add(plotter.NewGrid())
	if err := addLine(p, exact, lo, exactStyle(color.Gray{Y: 90})); err != nil {
		return nil, err
	}
	return p, addLine(p, slopes, lo, style(0))
}

// exactStyle returns the line of what an exact product has.
func exactStyle(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(0.8), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}
}

// addLine adds a curve through the numbers of the values lo, lo + 1, … that are no NaN.
func addLine(p *plot.Plot, y []float64, lo int, style draw.LineStyle) error {
	var xy plotter.XYs
	for i, v := range y {
		if !math.IsNaN(v) {
			xy = append(xy, plotter.XY{X: float64(lo + i), Y: v})
		}
	}
	if len(xy) == 0 {
		return nil
	}
	line, err := plotter.NewLine(xy)
	if err != nil {
		return fmt.Errorf("drawing slopes: %w", err)
	}
	line.LineStyle = style
	p.Add(line)
	return nil
}

// drawRows draws products along an operand above their slopes, with a legend on top.
func drawRows(c draw.Canvas, g *gradient.Gradient, o gradient.Operand, rows []gradient.Row) error {
	lo, _ := g.Range(o)
	products, slopes := newPanel("", "product"+smoothName(g, o)), newPanel("operand "+string(o), slopeName(o)+"; dashed: exact")
	var names legend
	for _, p := range []*plot.Plot{products, slopes} {
		p.X.Tick.Marker = wholes{}
		p.Add(plotter.NewGrid())
	}
	for i, r := range rows {
		names = append(names, legendEntry{fmt.Sprintf("%s = %s", o.Other(), minus(strconv.Itoa(r.Fixed))), style(i)})
		faint := draw.LineStyle{Color: pale(style(i).Color), Width: vg.Points(0.8)}
		exact := make([]float64, len(r.Slope))
		for x := range exact {
			exact[x] = float64(r.Fixed)
		}
		for _, l := range []struct {
			to *plot.Plot
			y  []float64
			in draw.LineStyle
		}{{products, r.Product, faint}, {products, r.Smooth, style(i)}, {slopes, exact, exactStyle(style(i).Color)}, {slopes, r.Slope, style(i)}} {
			if err := addLine(l.to, l.y, lo, l.in); err != nil {
				return err
			}
		}
	}
	// The axes on the left have labels of different widths: both panels begin at the same place.
	middle := (c.Max.Y - c.Min.Y - legendRow) / 2
	names.draw(c)
	above, beneath := draw.Crop(c, 0, 0, middle, -legendRow-2), draw.Crop(c, 0, 0, 0, -middle-legendRow)
	offset := products.DataCanvas(above).Min.X - slopes.DataCanvas(beneath).Min.X
	above.Min.X += max(0, -offset)
	beneath.Min.X += max(0, offset)
	products.Draw(above)
	slopes.Draw(beneath)
	return nil
}

// smoothName says what the strong line through products is, for the label of their axis.
func smoothName(g *gradient.Gradient, o gradient.Operand) string {
	switch {
	case g.Kind.Smooths():
		return fmt.Sprintf("; mean of %d", 2*g.HalfOf(o)+1)
	case g.Kind == gradient.Regression:
		return "; least-squares line"
	}
	return ""
}

// pale returns a colour that is nearer to white.
func pale(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	lighter := func(v uint32) uint8 { return uint8(255 - (255-v>>8)*45/100) }
	return color.RGBA{lighter(r), lighter(g), lighter(b), 255}
}
