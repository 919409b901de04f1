package mac

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// edges returns what a waveform has after each rising edge of the clock, by the names of ports of the outermost scope.
func edges(t *testing.T, path string) (out []map[string]uint64) {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	names := map[string]string{} // by the identifiers of the file
	now := map[string]uint64{}
	begun := false
	keep := func() {
		if now["clk"] == 1 && begun {
			was := map[string]uint64{}
			for k, v := range now {
				was[k] = v
			}
			out = append(out, was)
		}
	}
	scopes := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "$scope":
			scopes++
		case f[0] == "$var" && scopes == 1:
			names[f[3]] = strings.TrimSuffix(f[4], "[0]")
		case line[0] == '#':
			keep()
			begun = true
		case line[0] == 'b':
			if name := names[f[1]]; name != "" {
				now[name], err = strconv.ParseUint(f[0][1:], 2, 64)
				require.NoError(t, err)
			}
		case line[0] == '0' || line[0] == '1':
			if name := names[f[0][1:]]; name != "" {
				now[name] = uint64(line[0] - '0')
			}
		}
	}
	keep()
	return out
}

// The waveform of a wrong sum has the sums that should be beside those that are. They are the same up to the cycle that
// the check names.
func TestWaveLong(t *testing.T) {
	for _, c := range []struct {
		top    string
		params []string
	}{
		{"mac", []string{"BUG=1"}}, {"mac", []string{"BUG=2"}}, {"mac", []string{"BUG=3"}}, {"mac", []string{"BUG=4", "W=40"}},
		{"saturating", []string{"BUG=1"}}, {"saturating", []string{"BUG=2", "W=40"}}, {"last", nil},
	} {
		t.Run(fmt.Sprint(c.top, c.params), func(t *testing.T) {
			acc := open(t, c.top, c.params...)
			f, err := acc.Shape().Format()
			require.NoError(t, err)
			opts := Options{}
			if len(c.params) == 2 && c.top == "saturating" {
				opts.Pairs = MostPairs
			}
			r, err := Check(t.Context(), acc, exact(t, f), opts)
			require.NoError(t, err)
			if r.Equal() {
				t.Skip("the sums do not go so far")
			}
			path := filepath.Join(t.TempDir(), "w.vcd")
			require.NoError(t, r.WriteWave(t.Context(), acc, path))
			w := r.Wave
			require.NotNil(t, w)
			all := edges(t, path)
			require.GreaterOrEqual(t, len(all), w.Wrong-w.First+1)
			all = all[len(all)-(w.Last-w.First+1):]
			wrong := all[w.Wrong-w.First]
			assert.NotEqual(t, wrong["expected"], wrong["p"], "after cycle %d", w.Wrong)
			if m := r.Mismatch; w.Sequence >= 0 {
				assert.Equal(t, m.Want, wrong["expected"])
				assert.Equal(t, m.Got, wrong["p"])
				assert.Equal(t, m.B, wrong["b"])
				assert.Equal(t, m.A, wrong["a"]&(1<<acc.A-1))
				for i, at := range all[:w.Wrong-w.First] {
					if at["expected"] != 0 || w.First > 3*longest {
						assert.Equal(t, at["expected"], at["p"], "after cycle %d", w.First+i)
					}
				}
			} else {
				assert.Positive(t, r.Wrong)
				p := r.FirstWrong[0]
				assert.Equal(t, uint64(p.Want)&(1<<acc.P-1), wrong["expected"])
				assert.Equal(t, uint64(p.Got)&(1<<acc.P-1), wrong["p"])
			}
		})
	}
	r := run(t, Options{}, "full")
	require.ErrorContains(t, r.WriteWave(t.Context(), open(t, "full"), "w.vcd"), "no sum is wrong that a waveform could show")
}

// Where the simulators disagree the waveform has Verilator's sums, which may be right.
func TestWaveOfDisagreementLong(t *testing.T) {
	k := &checker{acc: open(t, "full")}
	require.NoError(t, k.build(t.Context()))
	k.all[1] = &flipping{k.all[1], 300_000}
	r, err := k.check(t.Context(), exact(t, lut.UintFormat(4, 4)))
	require.NoError(t, err)
	require.NotNil(t, r.Disagree)
	path := filepath.Join(t.TempDir(), "w.vcd")
	require.NoError(t, r.WriteWave(t.Context(), k.acc, path))
	all := edges(t, path)
	at := all[len(all)-1-(r.Wave.Last-r.Wave.Wrong)]
	assert.Equal(t, r.Disagree.Want, at["p"])
	assert.Equal(t, at["expected"], at["p"])
	for _, m := range k.all {
		require.NoError(t, m.close())
	}
}
