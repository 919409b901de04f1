package golden

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestREALM4Table(t *testing.T) {
	assert.Equal(t, [][]uint64{{1, 3, 5, 4}, {3, 9, 12, 5}, {5, 12, 9, 3}, {4, 5, 3, 1}}, realmTable(4))
}

// The corrections are far enough from a half unit that rounding them to 64ths
// leaves no doubt, and a plain midpoint sum over the definition of E, another
// quadrature altogether, gives the same numbers.
func TestREALMQuadrature(t *testing.T) {
	const tol = 1e-3 // of a 64th, for the midpoint sum
	segments := 0
	for _, M := range []int{4, 8, 16} {
		margin, worst := 1.0, 0.0
		for i := range M {
			for j := range M {
				segments++
				s := 64 * realmCorrection(M, i, j)
				margin = min(margin, math.Abs(s-math.Floor(s)-0.5))
				worst = max(worst, math.Abs(s-64*midpointCorrection(M, i, j)))
				assert.Equal(t, realmTable(M)[i][j], realmTable(M)[j][i])
			}
		}
		assert.False(t, !(worst <= tol), "REALM-%d: the quadratures differ by %g", M, worst)
		assert.Greater(t, margin, 40*tol)
		t.Logf("REALM-%d: %.4f of a 64th from the nearest tie, quadratures within %.1e", M, margin, worst)
	}
	assert.Equal(t, 16+64+256, segments)
}

func midpointCorrection(M, i, j int) float64 {
	const steps = 256
	var e, w float64
	for k := range steps {
		x := (float64(i) + (float64(k)+0.5)/steps) / float64(M)
		for l := range steps {
			y := (float64(j) + (float64(l)+0.5)/steps) / float64(M)
			T := (1 + x) * (1 + y)
			if x+y < 1 {
				e += (1+x+y)/T - 1
			} else {
				e += 2*(x+y)/T - 1
			}
			w += 1 / T
		}
	}
	return -e / w
}

// More segments, less error; every REALM beats MBM, which beats Mitchell.
func TestREALMRefines(t *testing.T) {
	pairs, last := 0, math.Inf(1)
	for _, design := range []string{"mitchell", "mbm", "realm4", "realm8", "realm16"} {
		m := lookup(t, "%s_e8m10", design)
		var sum float64
		pairs += each(t, m.Format, func(x, y uint32) bool {
			exact := (1024 + float64(x)) * (1024 + float64(y)) / 1024
			got := float64((1024 + m.Entry(x, y)&1023) << (m.Entry(x, y) >> 10))
			sum += math.Abs(got-exact) / exact
			return got < 4096
		}, m.Name)
		mred := 100 * sum / (1 << 20)
		assert.Less(t, mred, last, m.Name)
		t.Logf("%s: MRED %.2f %%", m.Name, mred)
		last = mred
	}
	assert.Equal(t, 5<<20, pairs)
}
