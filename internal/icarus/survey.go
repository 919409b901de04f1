package icarus

import (
	"fmt"
	"math/rand/v2"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
)

const (
	surveyAll   = 1 << 14 // ports of up to so many pairs are tried whole
	surveyPairs = 1 << 12 // pairs of a survey of wider ports, at least
	directed    = 3 << 10 // of them, directed ones at most; the rest is random
)

// Survey returns the pairs that are tried for x and z, as at the ports, and
// whether they are all pairs: those of ports with up to 2^14 of them, row by row.
// Of others it returns at least 4,096, the same ones each time, in this order:
//
//   - floats: every value of a list with every other one: both signs of zero, the
//     smallest and the largest subnormal, 1, the values next to it, infinity and
//     NaNs, and the same fractions with the smallest, the largest and the second
//     largest exponent; then both signs of exponents at the limits at which a
//     product overflows or underflows, with the fraction zero and all ones. Then the
//     mantissas around 1: every pair of up to 7 bits, of more bits 0, all ones and
//     walking ones with each other;
//   - integers and mantissas: 0, 1, all ones, the powers of two, of which one is the
//     sign bit, and, while they are at most 3,072 pairs, runs of ones and walking
//     zeros;
//   - random pairs, at least 1,024: any bits, and for floats alternately those with
//     exponents whose product is in range.
func Survey(s cosim.Shape) (a, b []uint32, all bool) {
	v := surveyOf(s)
	return v.a, v.b, v.whole
}

// DescribeSurvey describes the pairs of [Survey]: "every pair (16,384)", "4,096 pairs: 1,600
// directed, 2,496 random".
func DescribeSurvey(s cosim.Shape) string {
	v := surveyOf(s)
	n := humanize.Comma(int64(len(v.a)))
	if v.whole {
		return fmt.Sprintf("every pair (%s)", n)
	}
	return fmt.Sprintf("%s pairs: %s directed, %s random", n,
		humanize.Comma(int64(v.directed)), humanize.Comma(int64(len(v.a)-v.directed)))
}

// survey is a list of pairs under construction.
type survey struct {
	a, b     []uint32
	directed int // the first ones
	whole    bool
}

func surveyOf(s cosim.Shape) *survey {
	v := &survey{}
	if s.A+s.B <= 14 {
		v.whole = true
		for x := range uint32(1) << s.A {
			for y := range uint32(1) << s.B {
				v.add(x, y)
			}
		}
		v.directed = len(v.a)
		return v
	}
	var draw func(bits int) uint32
	rng := rand.New(rand.NewPCG(20021, 4))
	if s.Kind == cosim.Float {
		m, x := s.Fraction(), s.Numbers().ExponentBits()
		v.floats(m, x, s.One())
		// Exponents whose products are in range; of 8 bits 64 to 189: their products have 1 to 252.
		least := (s.One() + 1) / 2
		exponents := uint32(1)<<x - 1 - least - (least + 1)
		if x < 8 {
			exponents = min(uint32(1)<<x-least, s.One()+1)
		}
		draw = func(bits int) uint32 {
			return rng.Uint32N(2)<<(bits-1) | (least+rng.Uint32N(exponents))<<m | uint32(rng.Uint64N(1<<m))
		}
	} else {
		v.integers(s.A, s.B)
	}
	v.directed = len(v.a)
	for n := max(surveyPairs-directed, surveyPairs-v.directed); n > 0; n-- {
		if s.Kind == cosim.Float && n%2 == 0 {
			v.add(draw(s.A), draw(s.B))
		} else {
			v.add(uint32(rng.Uint64N(1<<s.A)), uint32(rng.Uint64N(1<<s.B)))
		}
	}
	return v
}

func (v *survey) add(a, b uint32) { v.a, v.b = append(v.a, a), append(v.b, b) }

func (v *survey) cross(a, b []uint32) {
	for _, x := range a {
		for _, y := range b {
			v.add(x, y)
		}
	}
}

// floats adds the directed pairs of floats of m mantissa and x exponent bits, where one is the exponent
// field of 1.0.
func (v *survey) floats(m, x int, one uint32) {
	ones := uint32(1)<<m - 1
	values := func(exponents, fractions []uint32) (out []uint32) {
		seen := map[uint32]bool{}
		for _, e := range exponents {
			for _, f := range fractions {
				for sign := range uint32(2) {
					if c := sign<<(m+x) | e<<m | f&ones; !seen[c] {
						seen[c] = true
						out = append(out, c)
					}
				}
			}
		}
		return out
	}
	top := uint32(1)<<x - 1
	special := values([]uint32{0, 1, one, top - 1, top}, []uint32{0, 1, 1 << m >> 1, ones})
	v.cross(special, special)
	// Sums of 127, 128, 381, 382 and their neighbours: a product's exponent is the
	// sum less 127.
	half := (one + 1) / 2
	limits := values([]uint32{min(2, top), half - min(half, 1), half, one - min(one, 1), one + 1,
		min(one+half-1, top), min(one+half, top), top - 2}, []uint32{0, ones})
	v.cross(limits, limits)
	var fractions []uint32
	if 2*m <= 14 {
		for f := range uint32(1) << m {
			fractions = append(fractions, f)
		}
	} else {
		fractions = append(walking(m), 0, ones)
	}
	for i := range fractions {
		fractions[i] |= one << m
	}
	v.cross(fractions, fractions)
}

// integers adds the directed pairs of integers.
func (v *survey) integers(a, b int) {
	x, y := append([]uint32{0, mask(a)}, walking(a)...), append([]uint32{0, mask(b)}, walking(b)...)
	for _, more := range []func(bits, k int) uint32{
		func(bits, k int) uint32 { return uint32(1)<<k - 1 },         // runs of ones
		func(bits, k int) uint32 { return mask(bits) &^ (1 << k) },   // walking zeros
		func(bits, k int) uint32 { return mask(bits) &^ (1<<k - 1) }, // runs from the top
	} {
		extend := func(list []uint32, bits int) []uint32 {
			seen := map[uint32]bool{}
			for _, x := range list {
				seen[x] = true
			}
			for k := range bits {
				if x := more(bits, k); !seen[x] {
					seen[x] = true
					list = append(list, x)
				}
			}
			return list
		}
		wx, wy := extend(x, a), extend(y, b)
		if len(wx)*len(wy) > directed {
			break
		}
		x, y = wx, wy
	}
	v.cross(x, y)
}

// walking returns the powers of two of so many bits.
func walking(bits int) (out []uint32) {
	for k := range bits {
		out = append(out, 1<<k)
	}
	return out
}

// mask has so many ones.
func mask(bits int) uint32 { return uint32(uint64(1)<<bits - 1) }
