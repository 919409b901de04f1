package report

import (
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// The picture has a panel a network; each cell's count is written in it, and the
// share of images that are right above.
func TestConfusionMatrices(t *testing.T) {
	dir := t.TempDir()
	if d := os.Getenv("APPROXTRAIN_PICTURES"); d != "" { // to look at them
		dir = d
	}
	classes := []string{"T-shirt", "trouser", "ankle boot"}
	all := []Confusion{
		{"one", [][]int{{71, 2, 0}, {3, 82, 4}, {5, 46, 47}}},
		{"two", [][]int{{1, 0, 0}, {0, 1, 0}, {0, 0, 0}}},
	}
	path := filepath.Join(dir, "c.svg")
	require.NoError(t, ConfusionMatrices(path, classes, all))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, want := range []string{">71<", ">82<", ">47<", ">46<", ">one: 76.92 % of 260 images<", ">two: 100.00 % of 2 images<"} {
		assert.Equal(t, 1, strings.Count(string(text), want), want)
	}
	assert.Equal(t, 4, strings.Count(string(text), ">ankle boot"))
	// From above, as it is in the file, whose heights are negative.
	height := func(label string) float64 {
		t.Helper()
		at := regexp.MustCompile(`<text x="[^"]*" y="([^"]*)"[^>]*>` + label + "<").FindSubmatch(text)
		require.NotNil(t, at, label)
		y, err := strconv.ParseFloat(string(at[1]), 64)
		require.NoError(t, err)
		return y
	}
	for _, row := range [][2]string{{"71", "T-shirt"}, {"82", "trouser"}, {"46", "ankle boot"}} {
		assert.InDelta(t, height(row[0]), height(row[1]), 6, row[1])
	}
	assert.Less(t, height("71"), height("82"))
	assert.Less(t, height("82"), height("47"))
	many := make([][]int, 40)
	for i := range many {
		many[i] = make([]int, 40)
		many[i][i], many[i][(i*7)%40] = 90, 10+i
	}
	// With many classes there are numbers of some of them alone, from above.
	require.NoError(t, ConfusionMatrices(path, make([]string, 40), []Confusion{{"a", many}}))
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(text), ">20<"))
	assert.NotContains(t, string(text), ">90<")
	// Four networks take two rows of panels.
	path = filepath.Join(dir, "c.png")
	require.NoError(t, ConfusionMatrices(path, make([]string, 40), []Confusion{{"a", many}, {"b", many}, {"c", many}, {"d", many}}))
	require.NoError(t, ConfusionMatrices(filepath.Join(dir, "names.png"), classes, all))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	size := picture.Bounds().Size()
	assert.InDelta(t, 1.5, float64(size.X)/float64(size.Y), 0.01)
	err = ConfusionMatrices(filepath.Join(dir, "c.pdf"), classes, all)
	assert.ErrorContains(t, err, "expected .png or .svg")
	assert.Equal(t, 2, fault.Status(err))
}
