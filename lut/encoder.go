package lut

import (
	"cmp"
	"math"
	"math/big"
	"slices"
)

// Encoder rounds binary32 numbers to numbers of a coding. The numbers of a coding are in ascending order; the place of
// a number in it is what an operand is rounded to.
type Encoder struct {
	// Codes of the finite numbers, each number once, ascending by number: of several codes of a number the lowest.
	Codes []uint32
	// Least[i] is the least binary32 number that is rounded to Codes[i+1]; one less than there are Codes. Ascending.
	Least []float32
	// Exponent of the largest numbers that are as close to each other as most are: see docs/codes.md.
	Exponent int
}

// Encoder returns the encoder of the coding. It panics of the zero value.
func (c Coding) Encoder() *Encoder {
	e := &Encoder{}
	for code, v := range c.Values() {
		if isFinite(v) {
			e.Codes = append(e.Codes, uint32(code))
		}
	}
	slices.SortStableFunc(e.Codes, func(x, y uint32) int { return cmp.Compare(c.Value(x), c.Value(y)) })
	e.Codes = slices.CompactFunc(e.Codes, func(x, y uint32) bool { return c.Value(x) == c.Value(y) })
	for i := range len(e.Codes) - 1 {
		e.Least = append(e.Least, c.least(e.Codes[i], e.Codes[i+1]))
	}
	e.Exponent = c.exponent(e.Codes)
	return e
}

// Place returns the place of the number that x is rounded to; x is not NaN.
func (e *Encoder) Place(x float32) int {
	n, found := slices.BinarySearch(e.Least, x) // no number is there twice
	if found {
		n++
	}
	return n
}

// Encode returns the code of the number that x is rounded to; x is not NaN.
func (e *Encoder) Encode(x float32) uint32 { return e.Codes[e.Place(x)] }

// least returns the least binary32 number that is rounded to the upper one of two neighbours.
func (c Coding) least(lower, upper uint32) float32 {
	x, y := c.Value(lower), c.Value(upper)
	if c.rule != halfway {
		switch { // only 0 becomes 0
		case x == 0:
			return math.SmallestNonzeroFloat32
		case y == 0:
			return 0
		}
	}
	tie := upper&1 == 0 && lower&1 == 1 // else the lower one
	if upper&1 == lower&1 {             // neither, or both, are even: the lower code
		tie = upper < lower
	}
	switch c.rule {
	case positRule:
		n, es, _ := parsePosit(c.name)
		// The codes follow each other, and between them is one of a posit of one bit more.
		return leastAbove(big.NewFloat(positValue(2*lower+1, n+1, es)), tie)
	case logRule:
		mean := new(big.Float).SetPrec(200).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		if mean.Sqrt(mean); x < 0 {
			mean.Neg(mean)
		}
		return leastAbove(mean, tie)
	}
	sum := new(big.Float).SetPrec(400) // enough for any two of binary32
	sum.Add(sum.SetFloat64(float64(x)), big.NewFloat(float64(y)))
	return leastAbove(sum.SetMantExp(sum, -1), tie)
}

// leastAbove returns the least binary32 number above x, or with equal the least that is not below it.
func leastAbove(x *big.Float, equal bool) float32 {
	v, accuracy := x.Float32()
	if accuracy == big.Below || accuracy == big.Exact && !equal {
		v = math.Nextafter32(v, float32(math.Inf(1)))
	}
	return v
}

// exponent returns the greatest exponent of two that more than half as many magnitudes have as have the exponent that
// most have.
func (c Coding) exponent(codes []uint32) int {
	magnitudes := map[float32]bool{}
	count := map[int]int{}
	for _, code := range codes {
		v := float32(math.Abs(float64(c.Value(code))))
		if v == 0 || magnitudes[v] {
			continue
		}
		magnitudes[v] = true
		count[math.Ilogb(float64(v))]++
	}
	most, best := 0, math.MinInt
	for _, n := range count {
		most = max(most, n)
	}
	for e, n := range count {
		if 2*n > most {
			best = max(best, e)
		}
	}
	return best
}

// ScaleExponents returns the exponents to which the largest operands A and B of a tensor are brought by a scale: each
// that of its coding, but low enough for their product to be in the range of the product's coding.
func (c Codings) ScaleExponents() (a, b int) {
	x, y := c.A.largest(), c.B.largest()
	bound := math.Ldexp(1, math.Ilogb(c.P.largest())+1)
	most := func(largest float64, exponent int) float64 { return min(math.Ldexp(1, exponent+1), largest) }
	a, b = c.A.Encoder().Exponent, c.B.Encoder().Exponent
	for most(x, a)*most(y, b) > bound {
		if a >= b {
			a--
		} else {
			b--
		}
	}
	return a, b
}

// largest returns the largest magnitude of a finite number.
func (c Coding) largest() float64 {
	most := 0.0
	for _, v := range c.Values() {
		if isFinite(v) {
			most = max(most, math.Abs(float64(v)))
		}
	}
	return most
}

// ScaleExponent returns k of the scale 2^k of a tensor whose largest magnitude is largest, which is finite, and is to
// be brought to an exponent: the tensor's elements are divided by 2^k before they are rounded. It is between −60
// and 60, and 0 for a tensor of zeros.
func ScaleExponent(largest float32, exponent int) int {
	if largest == 0 {
		return 0
	}
	const most = 60 // the product of two scales is a normal number of binary32
	return max(-most, min(most, int(math.Float32bits(largest)>>23&0xff)-127-exponent))
}
