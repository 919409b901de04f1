// Package errsum sums the errors of many products: their distances, and their relative errors. Element i of what is
// added belongs to lane i modulo 4, so that vector instructions give the bits of the portable Go in this file, which
// says what each sum is.
package errsum

import (
	"math"
	"math/bits"
)

// Lanes is the number of sums of a kind. It is that of 64-bit numbers in an AVX2 register.
const Lanes = 4

// vector says whether vector instructions are used.
var vector = hasVector()

// Distances are sums of error distances: magnitudes of approximate − exact.
type Distances struct {
	Sum [Lanes]uint64
	// Squares are summed in two halves: the low 32 bits of each, and the high ones.
	SquareLow, SquareHigh [Lanes]uint64
	Exact                 [Lanes]uint64 // number of distances that are 0
	Worst                 [Lanes]uint64 // largest distance
}

// Relative are sums of relative errors, (approximate − exact) / exact, where the exact product is not 0.
type Relative struct {
	Abs, Signed [Lanes]float64 // of magnitudes, and of the errors
	// Of differences from an origin, and of the squares of the differences.
	Shift, Square [Lanes]float64
	Most, Least   [Lanes]float64 // the largest and the smallest error, and 0
	Zero          [Lanes]uint64  // number of exact products that are 0
	WrongZero     [Lanes]uint64  // of which the approximate one is not
}

// Add adds the distances of the differences approximate − exact, each of a magnitude below 2^32, at most 2^32 of
// them in all.
func (s *Distances) Add(diff []int64) {
	n := s.fast(diff)
	for i, d := range diff[n:] {
		k := i % Lanes
		ed := uint64(max(d, -d))
		s.Sum[k] += ed
		s.SquareLow[k] += ed * ed & math.MaxUint32
		s.SquareHigh[k] += ed * ed >> 32
		s.Exact[k] += (ed - 1) >> 63
		s.Worst[k] = max(s.Worst[k], ed)
	}
}

// Add adds the relative errors of differences and exact products, all of magnitudes below 2^51.
func (s *Relative) Add(diff, exact []int64, origin float64) {
	exact = exact[:len(diff)]
	n := s.fast(diff, exact, origin)
	diff, exact = diff[n:], exact[n:]
	for i, e := range exact {
		k := i % Lanes
		if e == 0 {
			s.Zero[k]++
			if diff[i] != 0 {
				s.WrongZero[k]++
			}
			continue
		}
		r := float64(diff[i]) / float64(e)
		s.Abs[k] += math.Abs(r)
		s.Signed[k] += r
		x := r - origin
		s.Shift[k] += x
		s.Square[k] += float64(x * x) // converted: never fused with the sum
		if r > s.Most[k] {
			s.Most[k] = r
		}
		if r < s.Least[k] {
			s.Least[k] = r
		}
	}
}

// Total adds lanes of integers.
func Total(lanes *[Lanes]uint64) uint64 { return lanes[0] + lanes[1] + lanes[2] + lanes[3] }

// Sum is the sum of lanes of floats: of the first two, and of the last two, and of both.
func Sum(lanes *[Lanes]float64) float64 { return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) }

// Squares returns the sum of squares, in two words.
func (s *Distances) Squares() (hi, lo uint64) {
	low, high := Total(&s.SquareLow), Total(&s.SquareHigh)
	lo, carry := bits.Add64(low, high<<32, 0)
	return high>>32 + carry, lo
}

// Differences writes approximate − exact, and exact, of products of x and y, y + 1, …. A product's lowest 64 − shift
// bits are a number, in two's complement unless shift is 0.
func Differences[T uint8 | uint16 | uint32](diff, exact []int64, got []T, x, y int64, shift int) {
	diff, exact = diff[:len(got)], exact[:len(got)]
	n := 0
	if words, ok := any(got).([]uint32); ok && (shift == 0 || shift == 32) {
		n = differences(diff, exact, words, x, y, shift != 0)
	}
	e := x * (y + int64(n))
	for i := n; i < len(got); i++ {
		diff[i] = int64(uint64(got[i])<<shift)>>shift - e
		exact[i] = e
		e += x
	}
}

// Largest returns the largest distance.
func (s *Distances) Largest() uint64 { return max(s.Worst[0], s.Worst[1], s.Worst[2], s.Worst[3]) }

// Extremes returns the largest and the smallest relative error, or 0.
func (s *Relative) Extremes() (most, least float64) {
	m, l := &s.Most, &s.Least
	return max(m[0], m[1], m[2], m[3]), min(l[0], l[1], l[2], l[3])
}
