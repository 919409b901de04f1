package report

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/plot/vg"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func TestAreaPlot(t *testing.T) {
	points := []AreaPoint{{"exact", "u8", 500, 0, false}, {"drum6", "u8", 380, 0.0147, false}, {"mitchell", "e8m7", 400, 0.038, false}}
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

// TestFront compares the front with its definition, point by point.
func TestFront(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	onFront, beaten, clocked := 0, 0, 0
	for range 200 {
		var a areaPanel
		for range 1 + rng.IntN(12) {
			a = append(a, AreaPoint{Area: float64(rng.IntN(6)), Error: float64(rng.IntN(6)), Clocked: rng.IntN(4) == 0})
		}
		var want []AreaPoint
		for _, p := range a {
			better := func(q AreaPoint) bool {
				return !q.Clocked && q.Area <= p.Area && q.Error <= p.Error && (q.Area < p.Area || q.Error < p.Error)
			}
			if p.Clocked {
				clocked++
			} else if slices.ContainsFunc(a, better) {
				beaten++
			} else if !slices.Contains(want, p) {
				want = append(want, p)
			}
		}
		onFront += len(want)
		assert.ElementsMatch(t, want, a.front())
		assert.True(t, slices.IsSortedFunc(a.front(), func(p, q AreaPoint) int { return cmp.Compare(p.Area, q.Area) }))
	}
	assert.Greater(t, beaten, 100)
	assert.Greater(t, clocked, 100)
	assert.Greater(t, onFront, 200)
	identity := func(v float64) vg.Length { return vg.Length(v) }
	line := areaPanel{{Area: 3, Error: 0.01}, {Area: 1, Error: 0.02}, {Area: 2, Error: 0.05}}.steps(identity, identity)
	assert.Equal(t, []vg.Point{{X: 1, Y: 2}, {X: 3, Y: 2}, {X: 3, Y: 1}}, line)
}

// TestLogScale draws errors over four decades with an exact multiplier among them: the axis has the powers of ten and
// 0, and the order of the points is that of their errors. Errors within two decades keep the linear axis.
func TestLogScale(t *testing.T) {
	var a areaPanel
	for i, e := range []float64{0, 0.00003, 0.0004, 0.002, 0.05, 0.6} {
		a = append(a, AreaPoint{Name: "m", Area: float64(6 - i), Error: e})
	}
	s, log := a.logScale()
	assert.True(t, log)
	for i := 1; i < len(a); i++ {
		assert.Greater(t, a.y(a[i]), a.y(a[i-1]), "%v after %v", a[i], a[i-1])
	}
	assert.InDelta(t, 0, a.y(a[1]), 1e-9, "the least error above 0")
	assert.InDelta(t, 3, s.at(3), 1e-9, "1000 times the least error")
	var labels []string
	_, _, lo, hi := a.DataRange()
	for _, tick := range s.Ticks(lo, hi) {
		assert.True(t, tick.Value >= lo && tick.Value <= hi, "%v", tick)
		if tick.Label != "" {
			labels = append(labels, tick.Label)
		}
	}
	assert.Equal(t, []string{"0", "0.01", "0.1", "1", "10"}, labels)
	_, log = areaPanel{{Error: 0}, {Error: 0.001}, {Error: 0.09}}.logScale()
	assert.False(t, log)
	assert.InDelta(t, 9, areaPanel{{Error: 0}, {Error: 0.09}}.y(AreaPoint{Error: 0.09}), 1e-12)
}

// TestOnePoint has axes on which a single multiplier stands among numbers of its size, whatever that is.
func TestOnePoint(t *testing.T) {
	for _, area := range []float64{0, 3, 108, 2_400_000} {
		for _, a := range []areaPanel{{{Area: area, Error: 0.03}}, {{Area: area, Error: 0.03}, {Area: area + 1, Error: 0.02}}} {
			left, right, bottom, top := a.DataRange()
			assert.GreaterOrEqual(t, right-left, max(area/20, 1.5))
			assert.LessOrEqual(t, right-left, max(area/2, 4))
			assert.True(t, left <= area && area+1 < right && left >= 0, "%v to %v", left, right)
			assert.True(t, bottom < 0 && top > 3 && top < 4)
		}
	}
}

// TestNamed gives all of few multipliers their names, of many those of the front.
func TestNamed(t *testing.T) {
	var a areaPanel
	for i := range mostNames {
		a = append(a, AreaPoint{Area: float64(i), Error: float64(i)})
	}
	assert.True(t, a.named()(a[5]))
	a = append(a, AreaPoint{Area: 50, Error: 50})
	assert.False(t, a.named()(a[5]))
	assert.True(t, a.named()(a[0]))
}
