package report

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// AreaPoint is a multiplier in a plot of error against area.
type AreaPoint struct {
	Name  string
	Group string  // multipliers to be compared: those of a format
	Area  float64 // in NAND gates
	Error float64 // mean relative error distance, as a fraction
}

const areaHeight = 9 * vg.Centimeter // of a panel

// AreaPlot draws the errors of multipliers against their areas, a panel for each
// group, into a PNG or SVG file by the extension of path. The file appears when
// it is complete.
func AreaPlot(points []AreaPoint, path string) error {
	var groups []string
	for _, pt := range points {
		if !slices.Contains(groups, pt.Group) {
			groups = append(groups, pt.Group)
		}
	}
	height := areaHeight * vg.Length(len(groups))
	return writePicture(path, "error against area", pictureWidth, height, func(c draw.Canvas) error {
		for i, g := range groups {
			p := newPanel("area (NAND2 equivalents of the combinational logic)", "mean relative error distance (%)")
			p.Title.Text = g
			p.Title.TextStyle.Font.Size = 12
			p.Add(areaPanel(slices.DeleteFunc(slices.Clone(points), func(pt AreaPoint) bool { return pt.Group != g })))
			above := areaHeight * vg.Length(i)
			p.Draw(draw.Crop(c, gap, -gap, height-above-areaHeight+gap, -above-gap))
		}
		return nil
	})
}

// areaPanel draws points and their names.
type areaPanel []AreaPoint

const (
	areaRadius = 2.5 * vg.Length(1)
	areaGap    = 2 * vg.Length(1) // round a name
)

// DataRange implements plot.DataRanger: from 0, with room for names.
func (a areaPanel) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, pt := range a {
		xmax, ymax = max(xmax, pt.Area), max(ymax, 100*pt.Error)
	}
	return 0, max(xmax*1.15, 1), 0, max(ymax*1.1, 0.1)
}

// Plot implements plot.Plotter. A name stands at the first place round its point
// where it covers no point and no other name, on the right if there is none.
func (a areaPanel) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	style := text.Style{Color: color.Black, Font: p.X.Tick.Label.Font, Handler: p.TextHandler}
	var taken []vg.Rectangle
	at := make([]vg.Point, len(a))
	for i, pt := range a {
		at[i] = vg.Point{X: toX(pt.Area), Y: toY(100 * pt.Error)}
		r := vg.Point{X: areaRadius, Y: areaRadius}
		taken = append(taken, vg.Rectangle{Min: at[i].Sub(r), Max: at[i].Add(r)})
		c.DrawGlyph(draw.GlyphStyle{Color: curveColours[0], Radius: areaRadius, Shape: draw.CircleGlyph{}}, at[i])
	}
	for i, pt := range a {
		size := style.Rectangle(pt.Name).Size()
		place := namePlace(at[i], size, c.Rectangle, taken)
		taken = append(taken, place)
		c.FillText(style, place.Min, pt.Name)
	}
}

// namePlace returns where a text of some size stands that names a point.
func namePlace(at, size vg.Point, inside vg.Rectangle, taken []vg.Rectangle) vg.Rectangle {
	const away = areaRadius + areaGap
	right, left, centre := at.X+away, at.X-away-size.X, at.X-size.X/2
	middle, above, below := at.Y-size.Y/2, at.Y+away, at.Y-away-size.Y
	var first vg.Rectangle
	for i, corner := range []vg.Point{
		{X: right, Y: middle}, {X: left, Y: middle}, {X: centre, Y: above}, {X: right, Y: above}, {X: left, Y: above},
		{X: centre, Y: below}, {X: right, Y: below}, {X: left, Y: below}, {X: centre, Y: above + size.Y}, {X: right, Y: above + size.Y},
		{X: left, Y: above + size.Y},
	} {
		r := vg.Rectangle{Min: corner, Max: corner.Add(size)}
		if i == 0 {
			first = r
		}
		if r.Min.X >= inside.Min.X && r.Max.X <= inside.Max.X && r.Min.Y >= inside.Min.Y && r.Max.Y <= inside.Max.Y &&
			!slices.ContainsFunc(taken, func(t vg.Rectangle) bool { return overlap(r, t) }) {
			return r
		}
	}
	return first
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
