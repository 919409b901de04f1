package report

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curve is the course of one training run.
type Curve struct {
	Name     string
	Loss     [][]float64 // mean training loss of equal parts of each epoch
	Accuracy []float64   // on the test images after each epoch, 0 to 1
}

// loss has a point at the end of each part of an epoch.
func (c Curve) loss() (xy plotter.XYs) {
	for e, parts := range c.Loss {
		for i, v := range parts {
			xy = append(xy, plotter.XY{X: float64(e) + float64(i+1)/float64(len(parts)), Y: v})
		}
	}
	return xy
}

// percent has a point at the end of each epoch.
func (c Curve) percent() (xy plotter.XYs) {
	for e, v := range c.Accuracy {
		xy = append(xy, plotter.XY{X: float64(e + 1), Y: 100 * v})
	}
	return xy
}

const (
	leastPoints    = 6    // percentage points on the axis of accuracy: less is noise
	accuracyMargin = 0.05 // of what the curves span, above and below, so that no marker is cut
)

// accuracyRange returns the ends of the axis of accuracy, in percent.
func accuracyRange(curves []Curve) (lo, hi float64) {
	lo, hi = 100, 0
	for _, c := range curves {
		for _, v := range c.Accuracy {
			lo, hi = min(lo, 100*v), max(hi, 100*v)
		}
	}
	if lo > hi { // no curve has a point
		return hi, lo
	}
	margin := max(accuracyMargin*(hi-lo), (leastPoints-(hi-lo))/2)
	return lo - margin, hi + margin
}

// epochRange returns the ends of the axis of epochs for points at the ends of epochs.
func epochRange(curves []Curve) (lo, hi float64) {
	last := 1
	for _, c := range curves {
		last = max(last, len(c.Accuracy))
	}
	margin := max(0.5/float64(last), 0.02*float64(last-1))
	return 1 - margin, float64(last) + margin
}

// curveColours can be distinguished with any colour vision: M. Okabe and K. Ito's palette.
var curveColours = []color.Color{
	color.RGBA{0, 114, 178, 255}, color.RGBA{213, 94, 0, 255}, color.RGBA{0, 158, 115, 255},
	color.RGBA{204, 121, 167, 255}, color.RGBA{230, 159, 0, 255}, color.RGBA{86, 180, 233, 255}, color.RGBA{0, 0, 0, 255},
}

// style returns the line of the i-th curve of a picture.
func style(i int) draw.LineStyle {
	return draw.LineStyle{Color: curveColours[i%len(curveColours)], Width: vg.Points(1.5),
		Dashes: [][]vg.Length{nil, {vg.Points(5), vg.Points(2)}}[i/len(curveColours)%2]}
}

// LearningCurves draws training loss and test accuracy over the epochs, one
// curve a run, into a PNG or SVG file by the extension of path. Names stand above both.
func LearningCurves(path string, curves []Curve) error {
	var names legend
	for i, curve := range curves {
		e := legendEntry{name: curve.Name}
		if len(curve.loss()) > 0 || len(curve.percent()) > 0 { // else it ended in the first epoch
			e.line = style(i)
		}
		names = append(names, e)
	}
	const inner = pictureWidth - 2*gap
	above := gap + legendRow*vg.Length(len(names.rows(inner)))
	return writePicture(path, "learning curves", pictureWidth, pictureHeight+above, func(c draw.Canvas) error {
		names.draw(draw.Crop(c, gap, -gap, 0, -gap))
		return drawCurves(draw.Crop(c, 0, 0, 0, -above), curves)
	})
}

func drawCurves(c draw.Canvas, curves []Curve) error {
	half := (c.Max.X - c.Min.X) / 2
	for i, panel := range []struct {
		label string
		of    func(Curve) plotter.XYs
	}{
		{"training loss", Curve.loss}, {"test accuracy (%)", Curve.percent},
	} {
		p := newPanel("epoch", panel.label)
		p.X.Tick.Marker = wholes{}
		for j, curve := range curves {
			if len(panel.of(curve)) == 0 {
				continue
			}
			line, points, err := plotter.NewLinePoints(panel.of(curve))
			if err != nil {
				return fmt.Errorf("drawing the curve of %s: %w", curve.Name, err)
			}
			line.LineStyle = style(j)
			p.Add(line)
			if i == 1 || len(points.XYs) == 1 { // an epoch each; a line of one point is none
				points.Color, points.Shape, points.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2)
				p.Add(points)
			}
		}
		if i == 1 {
			p.Y.Min, p.Y.Max = accuracyRange(curves)
			p.X.Min, p.X.Max = epochRange(curves)
		}
		at := draw.Crop(c, gap/2, -half-gap, gap, -gap)
		if i == 1 {
			at = draw.Crop(c, half+gap/2, -gap, gap, -gap)
		}
		p.Draw(at)
	}
	return nil
}
