package device

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ulps returns how far got is from want, in units of got's last place.
func ulps(got float32, want float64) float64 {
	next := math.Nextafter32(got, float32(math.Inf(1)))
	return math.Abs(float64(got)-want) / (float64(next) - float64(got))
}

func TestExp(t *testing.T) {
	worst, n := 0.0, 0
	for bits := uint32(0); bits < 1<<31; bits += 997 {
		for _, x := range []float32{math.Float32frombits(bits), -math.Float32frombits(bits)} {
			if x != x || x > 88.7 || x < -87.3 {
				continue
			}
			worst = max(worst, ulps(Exp(x), math.Exp(float64(x))))
			n++
		}
	}
	require.Greater(t, n, 2_000_000)
	assert.False(t, !(worst <= 2), "%g ulp", worst)
	t.Logf("%d numbers, at most %.2f units of the last place", n, worst)

	inf := float32(math.Inf(1))
	for _, c := range [][2]float32{{0, 1}, {88.8, inf}, {inf, inf}, {-87.4, 0}, {-inf, 0}, {-200, 0}} {
		assert.Equal(t, c[1], Exp(c[0]), "Exp(%v)", c[0])
	}
	assert.True(t, math.IsNaN(float64(Exp(float32(math.NaN())))))
	// The largest arguments, whose power of two alone would overflow.
	for x := float32(88); x < 88.72283; x = math.Nextafter32(x, 100) {
		require.False(t, !(ulps(Exp(x), math.Exp(float64(x))) <= 2), "Exp(%v)", x)
	}
}

func TestLog(t *testing.T) {
	worst, n := 0.0, 0
	for bits := uint32(1 << 23); bits < 0x7f800000; bits += 997 {
		x := math.Float32frombits(bits)
		want := math.Log(float64(x))
		// Near 1 the result is small and its last place tiny.
		err := min(ulps(Log(x), want), math.Abs(float64(Log(x))-want)/math.Abs(float64(x)-1)*0x1p24)
		worst = max(worst, err)
		n++
	}
	require.Greater(t, n, 2_000_000)
	assert.False(t, !(worst <= 2), "%g ulp", worst)
	t.Logf("%d numbers, at most %.2f units of the last place", n, worst)

	inf := float32(math.Inf(1))
	assert.Equal(t, float32(0), Log(1))
	assert.Equal(t, inf, Log(inf))
	assert.Equal(t, -inf, Log(0))
	for _, x := range []float32{-1, -inf, float32(math.NaN())} {
		assert.True(t, math.IsNaN(float64(Log(x))), "Log(%v)", x)
	}
}

func TestErf(t *testing.T) {
	worst, n := 0.0, 0
	for bits := uint32(1 << 23); bits < math.Float32bits(10); bits += 997 {
		for _, x := range []float32{math.Float32frombits(bits), -math.Float32frombits(bits)} {
			worst = max(worst, ulps(Erf(x), math.Erf(float64(x))))
			require.Equal(t, -Erf(x), Erf(-x), "Erf(%v)", x)
			n++
		}
	}
	require.Greater(t, n, 2_000_000)
	assert.False(t, !(worst <= 3), "%g ulp", worst)
	t.Logf("%d numbers, at most %.2f units of the last place", n, worst)
	for _, limit := range []float32{1, 2, 4} { // where the polynomials meet
		for x := limit - 1e-4; x < limit+1e-4; x = math.Nextafter32(x, 10) {
			require.False(t, !(ulps(Erf(x), math.Erf(float64(x))) <= 3), "Erf(%v)", x)
		}
	}
	inf := float32(math.Inf(1))
	for _, c := range [][2]float32{{0, 0}, {inf, 1}, {-inf, -1}, {50, 1}, {1e30, 1}} {
		assert.Equal(t, c[1], Erf(c[0]), "Erf(%v)", c[0])
	}
	assert.True(t, math.IsNaN(float64(Erf(float32(math.NaN())))))
}

// Φ cancels for negative numbers, so that the error is absolute.
func TestGELU(t *testing.T) {
	n := 0
	for x := float32(-12); x < 12; x += 1.0 / 4096 {
		v := float64(x)
		phi := 0.5 * math.Erfc(-v/math.Sqrt2)
		slope := phi + v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi)
		require.False(t, !(math.Abs(float64(GELU(x))-v*phi) <= 2e-7*max(1, math.Abs(v))), "GELU(%v) = %v, expected %v", x, GELU(x), v*phi)
		require.False(t, !(math.Abs(float64(GELUSlope(x))-slope) <= 4e-7), "GELUSlope(%v) = %v, expected %v", x, GELUSlope(x), slope)
		n++
	}
	require.Equal(t, 24*4096, n)
}

// Keep's share is the rate's, and neighbouring seeds and elements are
// independent of each other.
func TestKeep(t *testing.T) {
	const n = 1 << 18
	kept, same := 0, [2]int{}
	for i := range n {
		k := Keep(5, i, 0.3)
		if k {
			kept++
		}
		for j, other := range []bool{Keep(6, i, 0.3), Keep(5, i+1, 0.3)} {
			if k == other {
				same[j]++
			}
		}
		require.True(t, Keep(5, i, 0))
	}
	assert.InDelta(t, 0.7, float64(kept)/n, 0.005)
	for _, s := range same {
		assert.InDelta(t, 0.7*0.7+0.3*0.3, float64(s)/n, 0.005)
	}
}

// A sum with a chunk of large terms behind one of small terms shows where the
// chunks end.
func TestSum(t *testing.T) {
	var s Sum
	for k := range 3 * ChunkTerms {
		s.Add(k, 1)
	}
	assert.Equal(t, float32(3*ChunkTerms), s.Value())

	rng := rand.New(rand.NewPCG(1, 2))
	var x []float32
	for range 2*ChunkTerms + 5 {
		x = append(x, float32(rng.NormFloat64()))
	}
	var want float32
	for _, chunk := range [][]float32{x[:ChunkTerms], x[ChunkTerms : 2*ChunkTerms], x[2*ChunkTerms:]} {
		var part float32
		for _, v := range chunk {
			part += v
		}
		want += part
	}
	s = Sum{}
	for k, v := range x {
		s.Add(k, v)
	}
	assert.Equal(t, want, s.Value())

	// Missing terms count: the second term opens the second chunk.
	s = Sum{}
	s.Add(ChunkTerms-1, 1)
	s.Add(ChunkTerms, 0x1p-24)
	s.Add(ChunkTerms+1, 0x1p-24)
	assert.Equal(t, float32(1+0x1p-23), s.Value())
	assert.Equal(t, float32(0), (&Sum{}).Value())
}
