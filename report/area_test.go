package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"approxtrain/internal/fault"
)

func TestAreaPlot(t *testing.T) {
	points := []AreaPoint{{"exact", "u8", 500, 0}, {"drum6", "u8", 380, 0.0147}, {"mitchell", "e8m7", 400, 0.038}}
	path := filepath.Join(t.TempDir(), "area.svg")
	if err := AreaPlot(points, path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">exact<", ">drum6<", ">mitchell<", ">u8<", ">e8m7<", "mean relative error distance", "NAND2"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the plot does not say %s", want)
		}
	}
	if err := AreaPlot(points, filepath.Join(t.TempDir(), "area.gif")); fault.Status(err) != fault.Usage {
		t.Errorf("a GIF: %v", err)
	}
}

// TestNamePlace names ten points in a small place: no name covers another one.
func TestNamePlace(t *testing.T) {
	inside := vg.Rectangle{Max: vg.Point{X: 200, Y: 200}}
	var taken []vg.Rectangle
	for i := range 10 {
		at := vg.Point{X: 95 + vg.Length(i), Y: 100}
		r, far := namePlace(at, vg.Point{X: 50, Y: 10}, inside, taken)
		for _, other := range taken {
			if overlap(r, other) {
				t.Errorf("name %d at %v covers one at %v", i, r, other)
			}
		}
		if far != (i > 1) {
			t.Errorf("name %d at %v: far is %v", i, r, far)
		}
		taken = append(taken, r)
	}
	if r, _ := namePlace(vg.Point{X: 195, Y: 100}, vg.Point{X: 50, Y: 10}, inside, nil); r.Max.X > 195 {
		t.Errorf("a name at the edge stands at %v", r)
	}
}
