package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const areaHeight = 16 * vg.Centimeter

// AreaPoint is a multiplier in a plot of error against area.
type AreaPoint struct {
	Name  string
	Group string  // multipliers to be compared: those of a format
	Area  float64 // in NAND gates
	Error float64 // mean relative error distance, as a fraction
}

// AreaPlot draws the errors of multipliers against their areas, one colour a
// group, into a PNG or SVG file by the extension of path. The file appears when it
// is complete.
func AreaPlot(points []AreaPoint, path string) error {
	p := newPanel("area (NAND2 equivalents of the combinational logic)", "mean relative error distance (%)")
	p.Legend.Top = true
	p.X.Min = 0
	var groups []string
	for _, pt := range points {
		if !slices.Contains(groups, pt.Group) {
			groups = append(groups, pt.Group)
		}
	}
	for i, g := range groups {
		labels := plotter.XYLabels{}
		for _, pt := range points {
			if pt.Group == g {
				labels.XYs = append(labels.XYs, plotter.XY{X: pt.Area, Y: 100 * pt.Error})
				labels.Labels = append(labels.Labels, pt.Name)
			}
		}
		s, err := plotter.NewScatter(labels.XYs)
		if err != nil {
			return fmt.Errorf("drawing error against area: %w", err)
		}
		s.Color, s.Shape, s.Radius = curveColours[i%len(curveColours)], draw.CircleGlyph{}, vg.Points(2.5)
		l, err := plotter.NewLabels(labels)
		if err != nil {
			return fmt.Errorf("drawing error against area: %w", err)
		}
		for k := range l.TextStyle {
			l.TextStyle[k].Font.Size = 8
			l.TextStyle[k].Color = s.Color
		}
		l.Offset = vg.Point{X: vg.Points(4), Y: vg.Points(2)}
		p.Add(s, l)
		p.Legend.Add(g, s)
	}
	return writePicture(path, "error against area", pictureWidth, areaHeight, func(c draw.Canvas) error {
		p.Draw(draw.Crop(c, gap, -gap, gap, -gap))
		return nil
	})
}
