package intgemm

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// Table has the products of codes. Entry a·Cols + b of Products is that of patterns a and b. Rows and Cols are powers
// of two from 2 to 4096.
//
// A side with a sign is in sign and magnitude: its codes are numbers, the table sees their magnitudes, and the sign
// goes round it. T[a][b] of a negative a is −T[−a][b], and likewise for b. A zero has no sign.
type Table struct {
	Rows, Cols   int
	Products     []int32
	SignA, SignB bool
}

// most is the greatest number of patterns of a side.
const most = 4096

// Code is the type of codes: uint8 of tables with up to 256 patterns a side, uint16 of wider ones, int16 where a side
// has a sign. A side without a sign has its patterns, from 0, in each of them.
type Code interface{ uint8 | uint16 | int16 }

// side is what one side's codes are.
type side struct {
	patterns int
	sign     bool
}

// numbers counts the indices of a side: its patterns, or with a sign the numbers modulo twice as many.
func (s side) numbers() int {
	if s.sign {
		return 2 * s.patterns
	}
	return s.patterns
}

// magnitude returns the pattern of an index and its sign, 1 or −1. ok is false for the one index that is no number.
func (s side) magnitude(index int) (pattern int, sign int32, ok bool) {
	if index < s.patterns {
		return index, 1, true
	}
	return 2*s.patterns - index, -1, index > s.patterns
}

// Multiplier multiplies through one table. It may be used by several goroutines.
type Multiplier struct {
	a, b     side
	products []int32 // of indices, signs included
	greatest int64   // magnitude of a product
	level    simd.Level
	way      way // nil is generic
	about    string
}

// Levels returns the sets of instructions that this package has code for and this machine has, best first. AVX-512 is
// F, BW, VL, VBMI and VNNI, AVX2 only AVX2.
func Levels() []simd.Level { return append(fastLevels(), simd.Generic) }

// New prepares a table. factorsA and factorsB may be nil: T[a][b] = Σ_r factorsA[r][a] · factorsB[r][b] for all
// patterns. New compares each product with them. force names the way ("rank", "byte", "planes" or "generic"), and ""
// leaves the choice to New. level is one of Levels, or "" for the best.
//
// A table of a wrong size, factors that give other products, an unknown way or level, and a forced way that does not
// apply to the table are errors.
func New(t Table, factorsA, factorsB [][]int32, force string, level simd.Level) (*Multiplier, error) {
	level, err := simd.Find(string(level), Levels())
	if err != nil {
		return nil, err
	}
	for _, n := range []int{t.Rows, t.Cols} {
		if n < 2 || n > most || n&(n-1) != 0 {
			return nil, fmt.Errorf("table of %d × %d products: expected powers of two from 2 to %d", t.Rows, t.Cols, most)
		}
	}
	if len(t.Products) != t.Rows*t.Cols {
		return nil, fmt.Errorf("table of %d × %d products: it has %d, expected %d", t.Rows, t.Cols, len(t.Products),
			t.Rows*t.Cols)
	}
	if err := checkFactors(t, factorsA, factorsB); err != nil {
		return nil, err
	}
	m := &Multiplier{a: side{t.Rows, t.SignA}, b: side{t.Cols, t.SignB}, level: level}
	m.products = signed(t)
	for _, p := range m.products {
		m.greatest = max(m.greatest, int64(p), -int64(p))
	}
	c := chooser{Multiplier: m, table: t, factorsA: factorsA, factorsB: factorsB}
	if err := c.choose(force); err != nil {
		return nil, err
	}
	return m, nil
}

// checkFactors compares the products with the sums of products of factors.
func checkFactors(t Table, a, b [][]int32) error {
	if len(a) != len(b) {
		return fmt.Errorf("factors of a table: %d of operand A and %d of operand B", len(a), len(b))
	}
	for r := range a {
		if len(a[r]) != t.Rows || len(b[r]) != t.Cols {
			return fmt.Errorf("factors of a table of %d × %d products: term %d has %d × %d numbers", t.Rows, t.Cols, r,
				len(a[r]), len(b[r]))
		}
	}
	if len(a) == 0 {
		return nil
	}
	for x := range t.Rows {
		for y := range t.Cols {
			var high, low uint64 // of the sum, 128 bits
			for r := range a {
				p := int64(a[r][x]) * int64(b[r][y])
				var carry uint64
				low, carry = bits.Add64(low, uint64(p), 0)
				high, _ = bits.Add64(high, uint64(p>>63), carry)
			}
			want := int64(t.Products[x*t.Cols+y])
			if low != uint64(want) || high != uint64(want>>63) {
				return fmt.Errorf("factors of a table: they give another product for patterns %d and %d than %d, the table's",
					x, y, want)
			}
		}
	}
	return nil
}

// signed returns the products of indices.
func signed(t Table) []int32 {
	if !t.SignA && !t.SignB {
		return t.Products
	}
	a, b := side{t.Rows, t.SignA}, side{t.Cols, t.SignB}
	products := make([]int32, a.numbers()*b.numbers())
	for i := range a.numbers() {
		x, sx, okX := a.magnitude(i)
		for j := range b.numbers() {
			y, sy, okY := b.magnitude(j)
			if okX && okY {
				products[i*b.numbers()+j] = sx * sy * t.Products[x*t.Cols+y]
			}
		}
	}
	return products
}

// String says which way the multiplier goes, in one line: "rank 4, u8 × s8 factors, AVX-512 VNNI".
func (m *Multiplier) String() string { return m.about }

// Fits reports whether a sum of k products is less than 2^31 in magnitude whatever the codes, so that Multiply gives
// the sum itself.
func (m *Multiplier) Fits(k int) bool {
	return m.greatest == 0 || int64(k) <= math.MaxInt32/m.greatest
}

// span is the greatest number of products whose sum has 32 bits, at least 1.
func (m *Multiplier) span() int {
	if m.greatest == 0 {
		return math.MaxInt32
	}
	return max(1, int(math.MaxInt32/m.greatest))
}
