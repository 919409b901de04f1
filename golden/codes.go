package golden

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"

	"github.com/approxtrain/approxtrain/lut"
)

// exactCodes is the exact multiplier of a format of codes: the exact product of the operands' numbers, rounded once to
// a number of the product's coding, as docs/codes.md says. It computes with fractions of integers, and shares no code
// with the encoder of package lut.
type exactCodes struct {
	format  lut.Format
	numbers []number // of the product's coding, ascending
	// Codes of a NaN, of zeros and infinities by sign (1: negative); missing ones are those of the nearest number.
	nan      *uint32
	zeros    [2]*uint32
	infinite [2]*uint32
}

// number is a finite number of a coding: the lowest code that stands for it.
type number struct {
	value *big.Rat
	code  uint32
	// Where rounding changes from the number before this one to this one; nil for the first.
	boundary *boundary
}

// boundary is where rounding changes from one number to the next.
type boundary struct {
	at    *big.Rat // or, if square is not nil, where x² is square and x has the sign of both numbers
	upper bool     // the boundary itself is rounded up

	square   *big.Rat
	negative bool // of a square: both numbers are
}

// Coded returns the exact multiplier of a format of codes. It fails if the product can be no number and the product's
// coding has no code for that.
func Coded(f lut.Format) (Multiplier, error) { return coded(f, true) }

// CodedPlusZero is Coded, but every zero product is +0, also where there is a code of −0.
func CodedPlusZero(f lut.Format) (Multiplier, error) { return coded(f, false) }

func coded(f lut.Format, signedZeros bool) (Multiplier, error) {
	if err := f.Validate(); err != nil {
		return Multiplier{}, err
	}
	if f.Kind != lut.Coded {
		return Multiplier{}, fmt.Errorf("format %v has no codes", f)
	}
	e, err := newExactCodes(f)
	if err != nil {
		return Multiplier{}, fmt.Errorf("exact_%v: %w", f, err)
	}
	if !signedZeros {
		e.zeros[1] = e.zeros[0]
	}
	return Multiplier{Name: "exact_" + f.String(), Format: f, Entry: e.entry}, nil
}

func newExactCodes(f lut.Format) (*exactCodes, error) {
	e := &exactCodes{format: f}
	at := func(place **uint32, code int) {
		if *place == nil {
			c := uint32(code)
			*place = &c
		}
	}
	for code, v := range f.Codes.P.Values() {
		sign := 0
		if math.Signbit(float64(v)) {
			sign = 1
		}
		switch x := float64(v); {
		case x != x:
			at(&e.nan, code)
			continue
		case math.IsInf(x, 0):
			at(&e.infinite[sign], code)
			continue
		case x == 0:
			at(&e.zeros[sign], code)
		}
		e.numbers = append(e.numbers, number{value: new(big.Rat).SetFloat64(float64(v)), code: uint32(code)})
	}
	slices.SortStableFunc(e.numbers, func(x, y number) int { return x.value.Cmp(y.value) })
	e.numbers = slices.CompactFunc(e.numbers, func(x, y number) bool { return x.value.Cmp(y.value) == 0 })
	for i := range e.numbers[1:] {
		e.numbers[i+1].boundary = boundaryOf(f.Codes.P, e.numbers[i], e.numbers[i+1])
	}
	if e.nan == nil && (special(f.Codes.A, f.Codes.B) || special(f.Codes.B, f.Codes.A)) {
		return nil, errors.New("a product can be no number, and the product's coding has no code for that: name another golden model")
	}
	return e, nil
}

// special says whether a coding has a NaN, or an infinity where the other one has a zero.
func special(c, other lut.Coding) bool {
	inf := slices.ContainsFunc(c.Values(), func(v float32) bool { return math.IsInf(float64(v), 0) })
	return c.HasNaN() || inf && slices.Contains(other.Values(), 0)
}

var positName = regexp.MustCompile(`^posit(\d+)es(\d)$`)

// boundaryOf returns the boundary between two numbers that follow each other: for posits the posit of one bit more
// between them, for logarithms the geometric mean, else the mean. In posits and logarithms only 0 becomes 0.
func boundaryOf(c lut.Coding, x, y number) *boundary {
	b := &boundary{at: new(big.Rat)}
	even, odd := y.code%2 == 0, x.code%2 == 1
	b.upper = even && odd || even != odd && y.code < x.code
	posit := positName.FindStringSubmatch(c.Name())
	if c.Name() == "lns8" || posit != nil {
		if x.value.Sign() == 0 {
			b.upper = false // all that is more than 0 is rounded up
			return b
		}
		if y.value.Sign() == 0 {
			b.upper = true
			return b
		}
	}
	switch {
	case posit != nil:
		es, _ := strconv.Atoi(posit[2])
		b.at = between(x.value, y.value, es)
	case c.Name() == "lns8":
		b.square, b.negative = new(big.Rat).Mul(x.value, y.value), x.value.Sign() < 0
	default:
		b.at.Mul(b.at.Add(x.value, y.value), big.NewRat(1, 2))
	}
	return b
}

// between returns the posit of one bit more between two neighbours of one sign. The bit is one of the fraction if
// they differ by less than a factor of two, one of the exponent if by less than 2^(2^es), else of the regime.
func between(x, y *big.Rat, es int) *big.Rat {
	if x.Sign() < 0 {
		m := between(new(big.Rat).Neg(y), new(big.Rat).Neg(x), es)
		return m.Neg(m)
	}
	ratio := new(big.Rat).Quo(y, x)
	if ratio.Cmp(big.NewRat(2, 1)) <= 0 {
		m := new(big.Rat).Add(x, y)
		return m.Mul(m, big.NewRat(1, 2))
	}
	// Powers of two: the ratio is one of an even exponent, and the one between them has half of it.
	half := (ratio.Num().BitLen() - 1) / 2
	return new(big.Rat).Mul(x, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(half))))
}

// reached says whether x is rounded to the number above the boundary, or to one further up.
func (b *boundary) reached(x *big.Rat) bool {
	var order int
	if b.square == nil {
		order = x.Cmp(b.at)
	} else if b.negative {
		if order = 1; x.Sign() < 0 {
			order = b.square.Cmp(new(big.Rat).Mul(x, x))
		}
	} else {
		if order = -1; x.Sign() > 0 {
			order = new(big.Rat).Mul(x, x).Cmp(b.square)
		}
	}
	return order > 0 || order == 0 && b.upper
}

// entry returns the product of two codes.
func (e *exactCodes) entry(a, b uint32) uint32 {
	x, y := float64(e.format.Codes.A.Value(a)), float64(e.format.Codes.B.Value(b))
	sign := 0
	if math.Signbit(x) != math.Signbit(y) {
		sign = 1
	}
	switch p := x * y; { // only what it is, not how much
	case p != p:
		return *e.nan
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		if c := e.infinite[sign]; c != nil {
			return *c
		}
		if sign == 1 {
			return e.numbers[0].code
		}
		return e.numbers[len(e.numbers)-1].code
	}
	p := new(big.Rat).SetFloat64(x)
	p.Mul(p, new(big.Rat).SetFloat64(y))
	i, _ := slices.BinarySearchFunc(e.numbers[1:], p, func(n number, p *big.Rat) int {
		if n.boundary.reached(p) {
			return -1
		}
		return 1
	})
	n := e.numbers[i]
	if z := e.zeros[sign]; n.value.Sign() == 0 && z != nil {
		return *z
	}
	return n.code
}
