package golden

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func TestLookupWide(t *testing.T) {
	require.Len(t, WideNames(), 3*12)
	for _, name := range WideNames() {
		require.True(t, IsWide(name), name)
		w, err := LookupWide(name)
		require.NoError(t, err)
		require.Equal(t, name, w.Name)
		require.InDelta(t, 4, w.Mul(2, 2), 0.4)
	}
	_, err := Lookup("mbm_e8m16")
	require.ErrorContains(t, err, "with 16, it is for training only")
	for _, name := range Names() {
		require.False(t, IsWide(name), name)
	}
	for name, want := range map[string]string{
		"mitchel_e8m23":   "nearest names: mitchell_e8m23",
		"mitchell_e8m24":  "12 to 23 mantissa bits; nearest names: mitchell_e8m",
		"drum6_e8m16":     "not built in with 16 mantissa bits; nearest names: ",
		"mbm_e8m99999999": "12 to 23 mantissa bits",
	} {
		require.True(t, IsWide(name), name)
		_, err := LookupWide(name)
		assert.ErrorContains(t, err, want)
	}
	assert.False(t, IsWide("mbm_e8m07"))
}

// TestWideErrors holds the wide models against what is known of the designs: the
// exact one against a product in binary64, Mitchell's and the minimally biased one
// against their published error bounds.
func TestWideErrors(t *testing.T) {
	for _, m := range []int{12, 17, 23} {
		last := math.Pow(2, -float64(m))
		worst := 0.0782 + 2*last // mbm sets the last bit of both operands
		bounds := map[string][2]float64{"exact": {-last, 0}, "mitchell": {-0.1112, 0}, "mbm": {-worst, worst}}
		for design, bound := range bounds {
			w, err := LookupWide(design + "_" + lut.FloatFormat(m, m).String())
			require.NoError(t, err)
			s := rand.New(rand.NewPCG(uint64(m), 1))
			least, most, sum := math.Inf(1), math.Inf(-1), 0.0
			const n = 200_000
			for range n {
				a := math.Float32frombits(127<<23 | s.Uint32N(1<<m)<<(23-m))
				b := math.Float32frombits(127<<23 | s.Uint32N(1<<m)<<(23-m))
				p := float64(a) * float64(b)
				e := (float64(w.Mul(a, -b))*-1 - p) / p
				least, most, sum = min(least, e), max(most, e), sum+e
			}
			t.Logf("%s: %+.4f to %+.4f, mean %+.5f", w.Name, least, most, sum/n)
			assert.False(t, !(least >= bound[0] && most <= bound[1]), "%s: errors from %v to %v, expected %v", w.Name, least, most, bound)
			switch design {
			case "mitchell":
				assert.InDelta(t, -0.0385, sum/n, 0.001)
			case "mbm":
				assert.InDelta(t, 0, sum/n, 0.002)
			}
		}
	}
}
