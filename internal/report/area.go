package report

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strconv"

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
	// Clocked says that it has registers, which Area leaves out, and may take several cycles
	// for a product. It is drawn as a ring and stays out of the Pareto front.
	Clocked bool
}

const areaHeight = 9 * vg.Centimeter // of a panel

// AreaPlot draws the errors of multipliers against their areas, a panel for each
// group, into a PNG or SVG file by the extension of path. A line joins the Pareto front
// of a panel: the combinational multipliers that no other one beats in area and error. Of more
// than 24 multipliers in a panel only those of the front have their names. If the errors span
// more than two decades, their axis is logarithmic, with 0 at its lower end. The file appears when
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
			panel := areaPanel(slices.DeleteFunc(slices.Clone(points), func(pt AreaPoint) bool { return pt.Group != g }))
			if scale, log := panel.logScale(); log {
				p.Y.Tick.Marker = scale
			}
			p.Add(panel)
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

// logScale is a scale of errors in percent that is logarithmic from the least error above 0 on. Its unit are decades
// above that error. An exact multiplier stands below it.
type logScale struct{ least, most float64 }

// zeroRoom is where the scale has its zero: so many decades below the least error.
const zeroRoom = 0.5

// logScale returns the scale for the errors of a panel, and whether they need it.
func (a areaPanel) logScale() (s logScale, needed bool) {
	for _, pt := range a {
		if e := 100 * pt.Error; e > 0 {
			if s.least == 0 || e < s.least {
				s.least = e
			}
			s.most = max(s.most, e)
		}
	}
	return s, s.most > 100*s.least
}

// at returns the place of an error in decades above the least one.
func (s logScale) at(percent float64) float64 {
	if percent < s.least*math.Pow(10, -zeroRoom) {
		return -zeroRoom
	}
	return math.Log10(percent / s.least)
}

// Ticks implements plot.Ticker: powers of ten with labels, their multiples without, and 0.
func (s logScale) Ticks(lo, hi float64) []plot.Tick {
	all := []plot.Tick{{Value: s.at(0), Label: "0"}}
	for e := int(math.Floor(math.Log10(s.least))); s.at(math.Pow10(e)) <= hi; e++ {
		for d := 1; d <= 9; d++ {
			percent := float64(d) * math.Pow10(e)
			t := plot.Tick{Value: s.at(percent)}
			if percent < s.least || t.Value > hi {
				continue
			}
			if d == 1 {
				t.Label = strconv.FormatFloat(percent, 'g', -1, 64)
			}
			all = append(all, t)
		}
	}
	return all
}

// y returns the place of an error on the axis.
func (a areaPanel) y(pt AreaPoint) float64 {
	if s, log := a.logScale(); log {
		return s.at(100 * pt.Error)
	}
	return 100 * pt.Error
}

// DataRange implements plot.DataRanger: with room for names.
func (a areaPanel) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin = a[0].Area
	for _, pt := range a {
		xmin, xmax, ymax = min(xmin, pt.Area), max(xmax, pt.Area), max(ymax, 100*pt.Error)
	}
	// Of one multiplier, or several of nearly the same area, the axis has numbers that can be read.
	wide, high := max(xmax-xmin, xmax/2, 10), max(ymax, 0.1)
	if s, log := a.logScale(); log {
		return max(0, xmin-wide/10), xmax + wide/6, s.at(0) - 0.15, s.at(s.most) + 0.15
	}
	return max(0, xmin-wide/10), xmax + wide/6, -high / 15, high * 1.1
}

// Plot implements plot.Plotter. A name stands at the nearest place by its point
// where it covers neither a point nor another name nor the front, with a line to it if it is
// far.
func (a areaPanel) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	style := text.Style{Color: color.Black, Font: p.X.Tick.Label.Font, Handler: p.TextHandler}
	var taken []vg.Rectangle
	at := make([]vg.Point, len(a))
	line := a.steps(toX, toY)
	c.StrokeLines(draw.LineStyle{Color: curveColours[1], Width: 1}, line)
	for i := 1; i < len(line); i++ {
		p, q := line[i-1], line[i]
		taken = append(taken, vg.Rectangle{Min: vg.Point{X: min(p.X, q.X) - 1, Y: min(p.Y, q.Y) - 1}, Max: vg.Point{X: max(p.X, q.X) + 1, Y: max(p.Y, q.Y) + 1}})
	}
	for i, pt := range a {
		at[i] = vg.Point{X: toX(pt.Area), Y: toY(a.y(pt))}
		taken = append(taken, around(at[i], areaRadius, areaRadius))
		glyph := draw.GlyphStyle{Color: curveColours[0], Radius: areaRadius, Shape: draw.CircleGlyph{}}
		if pt.Clocked {
			glyph.Shape = draw.RingGlyph{}
		}
		c.DrawGlyph(glyph, at[i])
	}
	named := a.named()
	for i, pt := range a {
		if !named(pt) {
			continue
		}
		place, far := namePlace(at[i], style.Rectangle(pt.Name).Size(), c.Rectangle, taken)
		taken = append(taken, place)
		c.FillText(style, place.Min, pt.Name)
		if far {
			near := vg.Point{X: min(max(at[i].X, place.Min.X), place.Max.X), Y: min(max(at[i].Y, place.Min.Y), place.Max.Y)}
			c.StrokeLine2(draw.LineStyle{Color: color.Gray{Y: 160}, Width: 0.5}, at[i].X, at[i].Y, near.X, near.Y)
		}
	}
}

// mostNames is the most multipliers of a panel whose names all have room.
const mostNames = 24

// named returns which points get their names: all, or of many those of the front.
func (a areaPanel) named() func(AreaPoint) bool {
	if len(a) <= mostNames {
		return func(AreaPoint) bool { return true }
	}
	front := a.front()
	return func(pt AreaPoint) bool { return slices.Contains(front, pt) }
}

// front returns the combinational multipliers of the Pareto front by increasing area: no
// other one has at most their area and at most their error. Equal points are one.
func (a areaPanel) front() (front []AreaPoint) {
	sorted := slices.SortedStableFunc(slices.Values(a), func(p, q AreaPoint) int {
		return cmp.Or(cmp.Compare(p.Area, q.Area), cmp.Compare(p.Error, q.Error))
	})
	for _, pt := range sorted {
		if pt.Clocked {
			continue
		}
		if len(front) == 0 || pt.Error < front[len(front)-1].Error {
			front = append(front, pt)
		}
	}
	return front
}

// steps returns the line of the front on the canvas. It is a staircase, since an area
// between two points of the front allows no less error than the smaller of them has.
func (a areaPanel) steps(toX, toY func(float64) vg.Length) (line []vg.Point) {
	for i, pt := range a.front() {
		at := vg.Point{X: toX(pt.Area), Y: toY(a.y(pt))}
		if i > 0 {
			line = append(line, vg.Point{X: at.X, Y: line[len(line)-1].Y})
		}
		line = append(line, at)
	}
	return line
}

// namePlace returns where a text of some size stands that names a point, and
// whether that is away from it. Without a free place it is on the right.
func namePlace(at, size vg.Point, inside vg.Rectangle, taken []vg.Rectangle) (place vg.Rectangle, far bool) {
	for ring := range 5 {
		side := areaRadius + areaGap + size.X/2
		dx, dy := side+vg.Length(ring)*size.Y, areaRadius+areaGap+size.Y/2+vg.Length(ring)*size.Y
		for _, d := range []vg.Point{{X: dx}, {X: -dx}, {Y: dy}, {X: side, Y: dy}, {X: -side, Y: dy}, {Y: -dy}, {X: side, Y: -dy}, {X: -side, Y: -dy}} {
			r := around(at.Add(d), size.X/2, size.Y/2)
			within := r.Min.X >= inside.Min.X && r.Max.X <= inside.Max.X && r.Min.Y >= inside.Min.Y && r.Max.Y <= inside.Max.Y
			if within && !slices.ContainsFunc(taken, func(t vg.Rectangle) bool { return overlap(r, t) }) {
				return r, ring > 0
			}
		}
	}
	return around(at.Add(vg.Point{X: areaRadius + areaGap + size.X/2}), size.X/2, size.Y/2), false
}

// around returns the rectangle of half a width and half a height round a point.
func around(at vg.Point, w, h vg.Length) vg.Rectangle {
	d := vg.Point{X: w, Y: h}
	return vg.Rectangle{Min: at.Sub(d), Max: at.Add(d)}
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}
