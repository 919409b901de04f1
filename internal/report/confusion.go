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
)

// Confusion says how a network classified images.
type Confusion struct {
	Name   string
	Counts [][]int // images of a class, the first index, that the network takes for another
}

const (
	panelsPerRow   = 3
	panelSize      = 10.5 * vg.Centimeter
	countedClasses = 20 // with more of them there is no room for numbers
)

// ConfusionMatrices draws how networks classified the same images, side by side, into
// a PNG or SVG file by the extension of path. A row is a class, a column what the
// network takes its images for; the colour is the share of the row, the number counts
// images. All have as many classes as there are names.
//
// The file appears when it is complete; on an error a previous one stays.
func ConfusionMatrices(path string, classes []string, all []Confusion) error {
	columns := min(panelsPerRow, len(all))
	rows := (len(all) + columns - 1) / columns
	width, height := vg.Length(columns)*panelSize, vg.Length(rows)*panelSize
	return writePicture(path, "confusion matrices", width, height, func(c draw.Canvas) error {
		for i, m := range all {
			x, y := vg.Length(i%columns)*panelSize, height-vg.Length(i/columns+1)*panelSize
			at := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x + gap, Y: y + gap}, Max: vg.Point{X: x + panelSize - gap, Y: y + panelSize - gap}}}
			confusionPanel(m, classes).Draw(at)
		}
		return nil
	})
}

func confusionPanel(m Confusion, classes []string) *plot.Plot {
	right, images := 0, 0
	for c, row := range m.Counts {
		right += row[c]
		for _, n := range row {
			images += n
		}
	}
	p := newPanel("the network says", "class")
	// Names, other than digits, have no room side by side.
	upright := len(classes) <= countedClasses && len(strings.Join(classes, "")) > 2*len(classes)
	p.Title.Text = fmt.Sprintf("%s: %.2f %% of %d images", m.Name, 100*float64(right)/float64(max(1, images)), images)
	p.Title.TextStyle.Font.Size = 12
	p.Title.Padding = vg.Points(4)
	space := ""
	if upright {
		p.X.Tick.Label.Rotation = math.Pi / 2
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YCenter
		space = "  " // to the axis, which gonum puts over the end
	}
	var across, down []plot.Tick
	for i, name := range classes {
		if len(classes) > countedClasses {
			if name = ""; i%10 == 0 {
				name = strconv.Itoa(i)
			}
		}
		across = append(across, plot.Tick{Value: float64(i), Label: name + space})
		down = append(down, plot.Tick{Value: float64(len(classes) - 1 - i), Label: name})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(across), plot.ConstantTicks(down)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Min, a.Max = -0.5, float64(len(classes))-0.5
		a.Tick.Length = 0
	}
	p.Add(cells(m.Counts))
	return p
}

// cells draws the squares of a matrix, row 0 above.
type cells [][]int

func (c cells) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	side := x(1) - x(0)
	text := draw.TextStyle{Font: font.From(plot.DefaultFont, min(9, 0.36*side)), Handler: plot.DefaultTextHandler,
		XAlign: draw.XCenter, YAlign: draw.YCenter}
	for r, row := range c {
		all := 0
		for _, n := range row {
			all += n
		}
		for k, n := range row {
			centre := vg.Point{X: x(float64(k)), Y: y(float64(len(c) - 1 - r))}
			share := float64(n) / float64(max(1, all))
			half := vg.Point{X: side / 2, Y: (y(1) - y(0)) / 2}
			var path vg.Path
			path.Move(centre.Sub(half))
			path.Line(vg.Point{X: centre.X + half.X, Y: centre.Y - half.Y})
			path.Line(centre.Add(half))
			path.Line(vg.Point{X: centre.X - half.X, Y: centre.Y + half.Y})
			path.Close()
			canvas.SetColor(shade(share))
			canvas.Fill(path)
			if n == 0 || len(c) > countedClasses {
				continue
			}
			text.Color = color.Black
			if share > 0.3 {
				text.Color = color.White
			}
			canvas.FillText(text, centre, strconv.Itoa(n))
		}
	}
}

// shade is white for no share and blue for all. Small shares stay visible, because they matter
// most.
func shade(share float64) color.Color {
	at := func(from, to float64) uint8 {
		rest := (1 - share) * (1 - share) * (1 - share)
		return uint8(to + (from-to)*rest + 0.5)
	}
	if share == 0 {
		return color.Gray{Y: 250}
	}
	return color.RGBA{R: at(235, 20), G: at(242, 70), B: at(250, 140), A: 255}
}
