package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend names the curves of a picture, in rows above its panels, where no curve runs.
type legend []legendEntry

// legendEntry is a name after a sample of its line. A curve without a point has no line.
type legendEntry struct {
	name string
	line draw.LineStyle
}

const (
	legendRow    = 14 * vg.Length(1) // height
	legendSample = 18 * vg.Length(1) // length of a line
	legendGap    = 16 * vg.Length(1) // between entries
)

var legendText = text.Style{
	Color: color.Black, Font: font.From(plot.DefaultFont, 10), Handler: plot.DefaultTextHandler, YAlign: text.YCenter,
}

func (e legendEntry) width() vg.Length { return legendSample + 4 + legendText.Width(e.name) }

// rows shares the entries out in rows of a width, in their order. A name that is wider than
// a row is cut short.
func (l legend) rows(width vg.Length) (rows []legend) {
	var used vg.Length
	for _, e := range l {
		if name := []rune(e.name); e.width() > width {
			for n := len(name); n > 0 && e.width() > width; n-- {
				e.name = string(name[:n-1]) + "…"
			}
		}
		if len(rows) == 0 || used+e.width() > width {
			rows, used = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		used += e.width() + legendGap
	}
	return rows
}

// draw draws the rows from the top of c, each in the middle.
func (l legend) draw(c draw.Canvas) {
	width := c.Max.X - c.Min.X
	for i, row := range l.rows(width) {
		free := width + legendGap
		for _, e := range row {
			free -= e.width() + legendGap
		}
		x, y := c.Min.X+free/2, c.Max.Y-legendRow*(vg.Length(i)+0.5)
		for _, e := range row {
			c.StrokeLine2(e.line, x, y, x+legendSample, y)
			c.FillText(legendText, vg.Point{X: x + legendSample + 4, Y: y}, e.name)
			x += e.width() + legendGap
		}
	}
}
