package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"
)

func TestAccuracyRange(t *testing.T) {
	for _, c := range []struct {
		name   string
		curves []Curve
		lo, hi float64
	}{
		{"one point", []Curve{{Accuracy: []float64{0.5}}}, 47, 53},
		{"close together", []Curve{{Accuracy: []float64{0.970, 0.974}}, {Accuracy: []float64{0.972}}}, 94.2, 100.2},
		{"far apart", []Curve{{Accuracy: []float64{0.10, 0.90}}}, 6, 94},
		{"up to all", []Curve{{Accuracy: []float64{1, 1}}}, 97, 103},
		{"none", []Curve{{}}, 0, 100},
	} {
		lo, hi := accuracyRange(c.curves)
		assert.InDelta(t, c.lo, lo, 1e-9, c.name)
		assert.InDelta(t, c.hi, hi, 1e-9, c.name)
	}
}

// A curve without a point is in the legend alone.
func TestCurvesWithoutPoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curves.svg")
	require.NoError(t, LearningCurves(path, []Curve{{Name: "gone"}}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(text), ">gone<"))
	require.NoError(t, LearningCurves(path, []Curve{{Name: "gone"}, {Name: "one", Loss: [][]float64{{2, 1}}, Accuracy: []float64{0.7}}}))
}

// Names take as many rows as they need, in their order, and none is wider than a row.
func TestLegendRows(t *testing.T) {
	var l legend
	for _, n := range []string{"exact_e8m7", "fp32", strings.Repeat("long", 50), "mbm_e8m7"} {
		l = append(l, legendEntry{name: n})
	}
	rows := l.rows(200)
	require.Len(t, rows, 3)
	assert.Equal(t, []string{"exact_e8m7", "fp32"}, []string{rows[0][0].name, rows[0][1].name})
	assert.Regexp(t, `^(long)+l?o?n?…$`, rows[1][0].name)
	assert.Equal(t, "mbm_e8m7", rows[2][0].name)
	for _, r := range rows {
		for _, e := range r {
			assert.LessOrEqual(t, e.width(), vg.Length(200))
		}
	}
	assert.Empty(t, legend(nil).rows(200))
}
