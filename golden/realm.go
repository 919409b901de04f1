package golden

import (
	"math"
	"math/bits"
	"sync"
)

// REALM is Mitchell's multiplier with an error-reducing term per segment of the
// operand square: H. Saadat, H. Javaid, A. Ignjatovic and S. Parameswaran,
// "REALM: Reduced-Error Approximate Log-based Integer Multiplier", DATE 2020.

// fracREALM returns the model for a square of segments × segments (4, 8 or 16)
// and m ≥ 6 fraction bits. The segment is picked by the top bits of x and y, its
// correction in 64ths is halved under a carry. A corrected fraction of 1 or more
// makes a product of 2 or more, whose carry is 1 and whose fraction is half of
// what it exceeds 2 by; only a product of 4 or more, which an entry cannot hold,
// becomes the largest one.
func fracREALM(segments, m int) op {
	q := realmTable(segments)
	drop := m - bits.Len(uint(segments-1))
	return func(x, y uint64) uint64 {
		s := x + y
		one := uint64(1) << m
		c, f := s>>m, s&(one-1)
		g := f + q[x>>drop][y>>drop]<<(m-6)>>c
		switch {
		case g < one:
			return c<<m | g
		case c == 0:
			return one | (one+g)>>1&(one-1)
		default:
			return 2*one - 1
		}
	}
}

var realmTables = map[int]func() [][]uint64{
	4:  sync.OnceValue(func() [][]uint64 { return quantizeREALM(4) }),
	8:  sync.OnceValue(func() [][]uint64 { return quantizeREALM(8) }),
	16: sync.OnceValue(func() [][]uint64 { return quantizeREALM(16) }),
}

// realmTable returns the corrections of REALM-4, 8 or 16 in 64ths, by segment of
// x, then of y.
func realmTable(segments int) [][]uint64 { return realmTables[segments]() }

func quantizeREALM(segments int) [][]uint64 {
	q := make([][]uint64, segments)
	for i := range q {
		q[i] = make([]uint64, segments)
		for j := range q[i] {
			q[i][j] = uint64(math.Round(64 * realmCorrection(segments, i, j)))
		}
	}
	return q
}

// realmCorrection returns s_ij = −∬E / ∬(1/T), T = (1+x)(1+y), over the segment
// [i, i+1) × [j, j+1) in units of 1/segments: the constant that, added to
// Mitchell's fraction, makes the mean relative error over the segment zero.
// E is Mitchell's relative error, (1+x+y)/T − 1 below the diagonal x+y = 1 and
// 2(x+y)/T − 1 above it.
//
// The integral over y is closed (u = 1+y): ∫(x+u)/((1+x)u) du below the diagonal
// and twice ∫(x−1+u)/((1+x)u) du above. The one over x is Simpson's rule; its
// integrand is smooth because the diagonal meets a segment in its corners only.
func realmCorrection(segments, i, j int) float64 {
	step := 1 / float64(segments)
	x0, y0 := float64(i)*step, float64(j)*step
	x1, y1 := x0+step, y0+step
	e := simpson(x0, x1, func(x float64) float64 {
		turn := min(max(1-x, y0), y1) // where this column crosses the diagonal
		below := (turn - y0) + x*math.Log((1+turn)/(1+y0))
		above := (y1 - turn) + (x-1)*math.Log((1+y1)/(1+turn))
		return (below+2*above)/(1+x) - step
	})
	return -e / (math.Log((1+x1)/(1+x0)) * math.Log((1+y1)/(1+y0)))
}

// simpson integrates f over [a, b] with composite Simpson's rule; the error for
// the integrands above is below 1e-12.
func simpson(a, b float64, f func(float64) float64) float64 {
	const panels = 64
	h := (b - a) / (2 * panels)
	sum := f(a) + f(b)
	for k := 1; k < 2*panels; k++ {
		sum += float64(2+2*(k&1)) * f(a+float64(k)*h)
	}
	return sum * h / 3
}
