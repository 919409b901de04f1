package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/realdata"
	"github.com/approxtrain/approxtrain/lut"
)

// truncated are the published figures of EvoApproxLib that are more than half a unit of their last digit off, and what
// they are: digits were cut off, not rounded, and MAE % of 1KVA was made from the cut MAE.
var truncated = map[string]float64{
	"mul8s_1KRC MAE":  36.53515625,        // published 36
	"mul8s_1KVA MAE%": 0.0019073486328125, // published 0.0018
	"mul8s_1KVB MAE%": 0.0064849853515625, // published 0.0064
}

// The tables of 39 published circuits of EvoApproxLib have, in inspect, each of the figures that were published with
// the circuits: mean and worst error distance, as numbers and in percent of the range, worst and mean relative error,
// share of wrong products, and mean squared error.
func TestPublishedCircuits(t *testing.T) {
	dir := realdata.Dir(t, "evoapprox")
	f, err := os.Open(filepath.Join(dir, "figures.csv"))
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	circuits, compared, cut := 0, 0, 0
	for _, row := range rows[1:] {
		name := row[0]
		m := inspectedFigures(t, dir, name)
		for i, value := range map[string]float64{"MAE%": m.MAEPercent, "MAE": m.MAE, "WCE%": m.WCEPercent, "WCE": m.WCE,
			"WCRE%": 100 * m.WCRE, "EP%": 100 * m.EP, "MRE%": 100 * m.MRED, "MSE": m.MSE} {
			column := 1
			for rows[0][column] != i {
				column++
			}
			compared++
			if exact, is := truncated[name+" "+i]; is {
				assert.Equal(t, exact, value, "%s %s", name, i)
				cut++
				continue
			}
			published, unit := printed(t, row[column])
			assert.False(t, !(math.Abs(value-published) <= 0.5*unit*(1+1e-9)), "%s: %s is published as %s, inspect has %.8g",
				name, i, row[column], value)
		}
		circuits++
	}
	assert.Equal(t, []int{39, 39 * 8, len(truncated)}, []int{circuits, compared, cut})
}

// printed returns a number and the unit of the last digit that was printed: 15608.397e3 is exact to 1.
func printed(t *testing.T, text string) (x, unit float64) {
	t.Helper()
	digits, exponent, _ := strings.Cut(text, "e")
	x, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	e := 0
	if exponent != "" {
		e, err = strconv.Atoi(exponent)
		require.NoError(t, err)
	}
	_, fraction, _ := strings.Cut(digits, ".")
	return x, math.Pow10(e - len(fraction))
}

// inspectedFigures unpacks a circuit's products, which are an array of NumPy, and returns what inspect prints of them.
func inspectedFigures(t *testing.T, dir, name string) lut.Metrics {
	t.Helper()
	packed := filepath.Join(dir, name+".npy.xz")
	data, err := exec.Command("xz", "-dc", packed).Output()
	require.NoError(t, err, "unpacking %s with xz (Debian: xz-utils)", packed)
	format := lut.UintFormat(8, 8)
	if strings.HasPrefix(name, "mul8s") {
		format = lut.SintFormat(8, 8)
	}
	table, err := lut.ReadNPY(bytes.NewReader(data), format, name)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), name+".lut")
	require.NoError(t, table.WriteFile(path))
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs([]string{"inspect", path, "--json"})
	require.NoError(t, root.ExecuteContext(t.Context()))
	var i inspected
	require.NoError(t, json.Unmarshal(out.Bytes(), &i))
	require.Equal(t, 1<<16, i.Metrics.Pairs)
	return i.Metrics
}
