package sample

import (
	"fmt"
	"math/bits"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
)

// floats are classed by their magnitude: zero, subnormal, groups of exponents, and with the largest exponent field
// those without a fraction and those with one, which are infinities and NaN in most formats.
type floats struct{ exponent, fraction int }

const exponentGroups = 16

// The classes; groups of exponents are between them.
const (
	zeroClass = iota
	subnormalClass
	firstGroup
)

func floatStrata(s cosim.Shape) strata {
	f := floats{s.Numbers().ExponentBits(), s.Fraction()}
	return strata{f, f}
}

func (f floats) top() uint64 { return 1<<f.exponent - 1 }

func (f floats) groups() int { return min(exponentGroups, 1<<f.exponent) }

func (f floats) count() int { return firstGroup + f.groups() + 2 }

func (f floats) of(v uint64) int {
	field, fraction := v>>f.fraction&f.top(), v&(1<<f.fraction-1)
	switch {
	case field == 0 && fraction == 0:
		return zeroClass
	case field == 0:
		return subnormalClass
	case field == f.top():
		return firstGroup + f.groups() + int(min(fraction, 1))
	}
	return firstGroup + int(field)*f.groups()>>f.exponent
}

// fields returns the exponent fields of a class, from the first one on, and its fractions.
func (f floats) fields(class int) (first, n, firstFraction, fractions uint64) {
	all := uint64(1) << f.fraction
	last := firstGroup + f.groups()
	switch class {
	case zeroClass:
		return 0, 1, 0, 1
	case subnormalClass:
		return 0, 1, 1, all - 1
	case last:
		return f.top(), 1, 0, 1
	case last + 1:
		return f.top(), 1, 1, all - 1
	}
	wide := uint64(1) << f.exponent / uint64(f.groups())
	from := uint64(class-firstGroup) * wide
	to := min(from+wide, f.top())
	from = max(from, 1)
	if from >= to {
		return 0, 0, 0, 0
	}
	return from, to - from, 0, all
}

func (f floats) size(class int) uint64 {
	_, n, _, fractions := f.fields(class)
	return 2 * n * fractions
}

func (f floats) at(class int, i uint64) uint64 {
	first, n, fraction, fractions := f.fields(class)
	sign := i / (n * fractions)
	i %= n * fractions
	return sign<<(f.exponent+f.fraction) | (first+i/fractions)<<f.fraction | (fraction + i%fractions)
}

func (f floats) draw(class int, r *rand.Rand) uint64 { return f.at(class, r.Uint64N(f.size(class))) }

func (f floats) name(class int) string {
	switch last := firstGroup + f.groups(); class {
	case zeroClass:
		return "zero"
	case subnormalClass:
		return "subnormal"
	case last:
		return "infinity"
	case last + 1:
		return "NaN"
	}
	first, n, _, _ := f.fields(class)
	if n == 1 {
		return fmt.Sprintf("exponent field %d", first)
	}
	return fmt.Sprintf("exponent field %d…%d", first, first+n-1)
}

// directedFloats are, each with each: both signs of the smallest and largest exponents and those around 1, with
// fractions at both ends and in the middle: zeros, subnormal numbers, infinities and NaN are among them. Then pairs of
// all exponents whose product is at the edge of the normal, the subnormal or the finite numbers; fractions with one
// bit set, or one clear, each with each; and halfway cases: products of one bit more than fits, which is set.
func directedFloats(s cosim.Shape) pairs {
	d := newSet()
	f := floats{s.Numbers().ExponentBits(), s.Fraction()}
	one, top, ones := uint64(s.One()), f.top(), uint64(1)<<f.fraction-1
	code := func(sign, field, fraction uint64) uint64 {
		return sign<<(f.exponent+f.fraction) | field<<f.fraction | fraction&ones
	}
	middle := uint64(1) << f.fraction >> 1
	var special []uint64
	for _, field := range []uint64{0, 1, 2, one - 1, one, one + 1, top - 2, top - 1, top} {
		for _, fraction := range []uint64{0, 1, 2, middle, middle - 1, middle + 1, ones, ones - 1, 0x5555555555555555} {
			special = append(special, code(0, field, fraction), code(1, field, fraction))
		}
	}
	special = unique(special)
	d.cross(special, special)
	for x := range top {
		for away := range uint64(f.fraction) + 4 {
			for _, sum := range []uint64{one + 2 - away, one + top - 2 + away} { // of both exponent fields
				if y := sum - x; y < top {
					for _, fraction := range []uint64{0, 1, middle, ones} {
						d.add(code(0, x, fraction), code(1, y, ones))
						d.add(code(0, x, ones), code(0, y, fraction))
					}
				}
			}
		}
	}
	var bitwise []uint64
	for k := range f.fraction {
		bitwise = append(bitwise, code(0, one, 1<<k), code(0, one, ^uint64(1<<k)), code(0, one, 1<<k-1))
	}
	d.cross(bitwise, bitwise)
	f.halfway(d, one, code)
	return d.pairs
}

func unique(list []uint64) (out []uint64) {
	seen := map[uint64]bool{}
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// halfway adds products whose significand ends in a one right behind the last bit: of normal results, and of
// subnormal ones, which have fewer bits. The significands are odd numbers of p and q bits, so their product is odd.
func (f floats) halfway(d *set, one uint64, code func(sign, field, fraction uint64) uint64) {
	if f.fraction < 2 {
		return
	}
	rng := rand.New(rand.NewPCG(24, 32))
	odd := func(n int) uint64 { return 1<<(n-1) | rng.Uint64N(1<<(n-1)) | 1 }
	normalized := func(v uint64) uint64 { return v << (f.fraction + 1 - bits.Len64(v)) } // with its leading one
	for lost := range f.fraction + 1 {                                                   // bits that a subnormal result lacks
		want := f.fraction + 2 - lost // bits of the product
		for p := 1; p < want; p++ {
			for tries, found := 0, 0; tries < 64 && found < 4; tries++ {
				x, y := odd(p), odd(want-p+rng.IntN(2))
				if bits.Len64(x*y) != want || bits.Len64(y) > f.fraction+1 {
					continue
				}
				found++
				// Of a subnormal result with so many bits less, the leading one has the exponent 1 − lost.
				carry := 0
				if bits.Len64(x)+bits.Len64(y) == bits.Len64(x*y) {
					carry = 1
				}
				sum := int(one) + 1 - lost - carry
				a := int(one)
				if lost == 0 {
					sum = 2 * int(one)
				}
				if b := sum - a; b >= 1 {
					d.add(code(uint64(found&1), uint64(a), normalized(x)), code(0, uint64(b), normalized(y)))
				} else if a = sum - 1; a >= 1 && b < 1 { // no two fields of normal numbers add up with 1.0
					d.add(code(0, uint64(a), normalized(x)), code(uint64(found&1), 1, normalized(y)))
				}
			}
		}
	}
}
