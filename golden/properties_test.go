package golden

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

func lookup(t *testing.T, format string, a ...any) Multiplier {
	t.Helper()
	m, err := Lookup(fmt.Sprintf(format, a...))
	require.NoError(t, err)
	return m
}

// each runs over all operand pairs of a format and returns their number. The
// first failing pair ends the run.
func each(t *testing.T, f lut.Format, check func(a, b uint32) bool, what string) int {
	t.Helper()
	pairs := 0
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			pairs++
			if !check(a, b) {
				require.Fail(t, "wrong entry", "%s: %v pair (%d, %d)", what, f, a, b)
			}
		}
	}
	return pairs
}

// Every name, in widths up to 8: entries fit their field, a zero integer operand
// gives zero.
func TestEveryDesign(t *testing.T) {
	pairs, multipliers := 0, 0
	for _, name := range Names() {
		m := lookup(t, "%s", name)
		if m.Format.A > 8 {
			continue
		}
		multipliers++
		limit := uint64(1) << m.Format.ValueBits()
		integer := m.Format.Kind != lut.Mantissa
		pairs += each(t, m.Format, func(a, b uint32) bool {
			p := m.Entry(a, b)
			return uint64(p) < limit && !(integer && a*b == 0 && p != 0)
		}, name)
	}
	assert.Equal(t, 71+90, multipliers)
	assert.Equal(t, 888524+1351968, pairs) // mantissas, integers
	t.Logf("%d multipliers, %d pairs", multipliers, pairs)
}

func TestSignedIsNegatedMagnitudes(t *testing.T) {
	pairs := 0
	for _, design := range []string{"exact", "mitchell", "mbm", "drum6", "roba", "udm", "trunc2", "bamh2v6"} {
		s, u := lookup(t, "%s_s8", design), lookup(t, "%s_u8", design)
		pairs += each(t, s.Format, func(a, b uint32) bool {
			x, y := int(int8(a)), int(int8(b))
			want := int(u.Entry(uint32(max(x, -x)), uint32(max(y, -y))))
			if x*y < 0 {
				want = -want
			}
			return int(int16(s.Entry(a, b))) == want
		}, s.Name)
	}
	assert.Equal(t, 8*65536, pairs)
}

// Numbers of the integer designs at which they are exact.
func TestExactCases(t *testing.T) {
	pairs := 0
	for n := minInteger; n <= 8; n++ {
		exact := lookup(t, "exact_u%d", n)
		product := func(a, b uint32) bool { return exact.Entry(a, b) == a*b }
		pairs += each(t, exact.Format, product, exact.Name)
		for _, design := range []string{"trunc0", "bamh0v0", fmt.Sprintf("drum%d", n)} {
			m := lookup(t, "%s_u%d", design, n)
			pairs += each(t, m.Format, func(a, b uint32) bool { return m.Entry(a, b) == a*b }, m.Name)
		}
		for k := 2; k < n; k++ {
			m := lookup(t, "drum%d_u%d", k, n)
			pairs += each(t, m.Format, func(a, b uint32) bool {
				return max(a, b) >= 1<<k || m.Entry(a, b) == a*b
			}, m.Name)
		}
		mitchell := lookup(t, "mitchell_u%d", n)
		pairs += each(t, mitchell.Format, func(a, b uint32) bool {
			power := a&(a-1) == 0 || b&(b-1) == 0
			p := mitchell.Entry(a, b)
			return p <= a*b && (p == a*b || !power)
		}, mitchell.Name)
	}
	assert.Equal(t, 5*87376+495168, pairs) // Σ 4^n each, and Σ (n−2)·4^n of drum
}

// exact-full loses nothing: (1 + frac/2^p)·2^carry is the real product. The
// rounded one is that product rounded by the floating-point unit.
func TestExactMantissas(t *testing.T) {
	pairs := 0
	for m := 1; m <= 8; m++ {
		full, rne, cut := lookup(t, "exact-full_e8m%d", m), lookup(t, "exact-rne_e8m%d", m), lookup(t, "exact_e8m%d", m)
		require.Equal(t, 2*m+1, full.Format.P)
		value := func(entry uint32, p int) float64 {
			return math.Ldexp(1+math.Ldexp(float64(entry&(1<<p-1)), -p), int(entry>>p))
		}
		significand := func(x uint32) float64 { return 1 + math.Ldexp(float64(x), -m) }
		pairs += each(t, full.Format, func(x, y uint32) bool {
			v := significand(x) * significand(y)
			ulp := math.Ldexp(1, -m)
			if v >= 2 {
				ulp *= 2
			}
			return value(full.Entry(x, y), 2*m+1) == v &&
				value(rne.Entry(x, y), m) == math.RoundToEven(v/ulp)*ulp &&
				value(cut.Entry(x, y), m) == math.Floor(v/ulp)*ulp
		}, full.Name)
	}
	assert.Equal(t, 87380, pairs) // Σ 4^m
}

// Second roads: the same numbers from another formula.
func TestSecondRoads(t *testing.T) {
	pairs := 0
	road := func(m Multiplier, other func(a, b uint32) uint32) {
		pairs += each(t, m.Format, func(a, b uint32) bool { return m.Entry(a, b) == other(a, b) }, m.Name)
	}

	// Mitchell in real arithmetic.
	road(lookup(t, "mitchell_u8"), func(a, b uint32) uint32 {
		if a == 0 || b == 0 {
			return 0
		}
		fa, ea := math.Frexp(float64(a))
		fb, eb := math.Frexp(float64(b))
		s := 2*fa + 2*fb - 2
		if s < 1 {
			return uint32(math.Ldexp(1+s, ea+eb-2))
		}
		return uint32(math.Ldexp(s, ea+eb-1))
	})
	// DRUM on the digits of the binary numeral.
	window := func(a uint32) uint32 {
		s := fmt.Sprintf("%b", a)
		if len(s) > 4 {
			s = s[:3] + "1" + strings.Repeat("0", len(s)-4)
		}
		var v uint32
		fmt.Sscanf(s, "%b", &v)
		return v
	}
	road(lookup(t, "drum4_u8"), func(a, b uint32) uint32 { return window(a) * window(b) })
	// RoBA drops the product of the remainders, the nearest power by distance.
	remainder := func(a uint32) int {
		best := 0
		for p := 1; p <= 256; p *= 2 {
			if d, e := int(a)-p, int(a)-best; d*d < e*e || d*d == e*e && a != 3 {
				best = p
			}
		}
		return int(a) - best
	}
	road(lookup(t, "roba_u8"), func(a, b uint32) uint32 { return uint32(int(a*b) - remainder(a)*remainder(b)) })
	// UDM loses 2·4^(i+j) for every base-4 digit pair (i, j) that is 3 × 3.
	threes := func(a uint32) uint32 { return a & (a >> 1) & 0x55 }
	road(lookup(t, "udm_u8"), func(a, b uint32) uint32 { return a*b - 2*threes(a)*threes(b) })
	// The broken array, one partial product at a time, and truncation as masking.
	for _, c := range []struct{ h, v int }{{0, 4}, {2, 6}, {3, 0}, {7, 14}, {5, 5}} {
		road(lookup(t, "bamh%dv%d_u8", c.h, c.v), func(a, b uint32) uint32 {
			var sum uint32
			for i := range 8 {
				for j := range 8 {
					if j >= c.h && i+j >= c.v {
						sum += (a >> i & 1) * (b >> j & 1) << (i + j)
					}
				}
			}
			return sum
		})
	}
	road(lookup(t, "trunc3_u8"), func(a, b uint32) uint32 { return (a &^ 7) * (b &^ 7) })
	assert.Equal(t, 10*65536, pairs)

	// Mitchell's mantissa model is the integer one between significands; so is
	// MBM's, where both last bits are set already and the constant overflows
	// nothing.
	mbm := 0
	for m := 1; m <= 8; m++ {
		core := func(model func(int, uint64, uint64) uint64) op {
			return asMantissa(m, func(a, b uint64) uint64 { return model(m+1, a, b) })
		}
		mitchell, biased := core(intMitchell), core(intMBM)
		road(lookup(t, "mitchell_e8m%d", m), func(x, y uint32) uint32 { return uint32(mitchell(uint64(x), uint64(y))) })
		for x := uint64(1); x < 1<<m; x += 2 {
			for y := uint64(1); y < 1<<m; y += 2 {
				constant := uint64(0.078125*float64(int(1)<<m)) >> ((x + y) >> m)
				if (x+y)&(1<<m-1)+constant < 1<<m {
					mbm++
					require.Equal(t, biased(x, y), fracMBM(m, x, y), "mbm m=%d (%d, %d)", m, x, y)
				}
			}
		}
	}
	assert.Equal(t, 10*65536+87380, pairs)
	assert.Equal(t, 20220, mbm) // of Σ 4^(m−1) = 21845
}
