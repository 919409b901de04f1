package lowrank

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/approxtrain/approxtrain/lut"
)

// Factors are integers with T[a][b] = Σ_r A[r][a] · B[r][b], exactly, for every pair of operand patterns of a table,
// whose numbers are those of lut.Table.Int. A[r] has an entry for each row of the table, that is for each pattern of
// operand A, and B[r] one for each column.
type Factors struct {
	A [][]int32 `json:"a"`
	B [][]int32 `json:"b"`
}

// Rank returns the number of pairs: the rank of the table, or one more (Result.Factors).
func (f *Factors) Rank() int { return len(f.A) }

// Width says how many bits hold a side of the factors.
type Width struct {
	Bits   int  // the least, at least 1
	Signed bool // in two's complement; else no factor is negative, and they are unsigned
}

// Bits returns the least width of all factors of each operand.
func (f *Factors) Bits() (a, b Width) { return widthOf(f.A), widthOf(f.B) }

func widthOf(side [][]int32) Width {
	var least, most int32
	for _, v := range side {
		least, most = min(least, slices.Min(v)), max(most, slices.Max(v))
	}
	if least >= 0 {
		return Width{Bits: max(1, bits.Len32(uint32(most)))}
	}
	return Width{Bits: 1 + max(bits.Len32(uint32(^least)), bits.Len32(uint32(most))), Signed: true}
}

// Fit says which native products a pair of factors fits. The first ones are the fastest.
type Fit int

const (
	// UnsignedSigned: one side is from 0 to 255 and the other from −128 to 127, as VPDPBUSD takes them. The unsigned
	// side may be A or B.
	UnsignedSigned Fit = iota
	// SignedSigned: both sides are from −128 to 127.
	SignedSigned
	// Shifted: each side is within 256 consecutive integers, so it has 8 bits less a constant. Sums of such pairs need
	// the sums of both sides beside the native products, as affine codes do.
	Shifted
	// Words: both sides are from −32,768 to 32,767.
	Words
	// Wide: a side has other numbers.
	Wide
)

func (f Fit) String() string {
	return [...]string{"u8×s8", "s8×s8", "8 bits with offsets", "16 bits", "32 bits"}[f]
}

// Fit returns the first one that every pair has, or one before it.
func (f *Factors) Fit() Fit {
	worst := UnsignedSigned
	for r := range f.A {
		worst = max(worst, fitOf(spanOf(f.A[r]), spanOf(f.B[r])))
	}
	return worst
}

func fitOf(a, b span) Fit {
	switch {
	case a.within(0, 255) && b.within(-128, 127), b.within(0, 255) && a.within(-128, 127):
		return UnsignedSigned
	case a.within(-128, 127) && b.within(-128, 127):
		return SignedSigned
	case a.width() < 256 && b.width() < 256:
		return Shifted
	case a.within(math.MinInt16, math.MaxInt16) && b.within(math.MinInt16, math.MaxInt16):
		return Words
	}
	return Wide
}

// span is the least and the largest of some integers.
type span struct{ lo, hi int64 }

func spanOf[T int32 | int64](v []T) span { return span{int64(slices.Min(v)), int64(slices.Max(v))} }

func (s span) within(lo, hi int64) bool { return lo <= s.lo && s.hi <= hi }

// width is the largest of the integers, less the least.
func (s span) width() int64 { return s.hi - s.lo }

// bytes returns how many bytes hold the integers after an offset.
func (s span) bytes() int { return max(1, (bits.Len64(uint64(s.width()))+7)/8) }

func (s span) negated() span { return span{-s.hi, -s.lo} }

// cost is what sums of the pairs' products take.
type cost struct {
	bytes int // native products of 8 bits, with wider sides in parts of 8 bits
	pairs int
	fit   Fit
	width int64 // the sum of all widths
}

func (c cost) less(d cost) bool {
	return cmp.Or(cmp.Compare(c.bytes, d.bytes), cmp.Compare(c.pairs, d.pairs), cmp.Compare(c.fit, d.fit),
		cmp.Compare(c.width, d.width)) < 0
}

func (f *Factors) cost() cost {
	c := cost{pairs: f.Rank(), fit: f.Fit()}
	for r := range f.A {
		a, b := spanOf(f.A[r]), spanOf(f.B[r])
		c.bytes += a.bytes() * b.bytes()
		c.width += a.width() + b.width()
	}
	return c
}

// NativeProducts returns how many native products of bytes replace one of the table: one for each pair, more for a pair
// with a side of more than 8 bits, which is split. Sides may have offsets.
func (f *Factors) NativeProducts() int { return f.cost().bytes }

// besides returns the factors of a table from those of its error: the operands are the first pair.
func (f *Factors) besides(format lut.Format) *Factors {
	a, b := make([]int32, format.Rows()), make([]int32, format.Cols())
	for i := range a {
		a[i] = int32(format.NumberA(uint32(i)))
	}
	for i := range b {
		b[i] = int32(format.NumberB(uint32(i)))
	}
	return &Factors{append([][]int32{a}, f.A...), append([][]int32{b}, f.B...)}
}

// Verify compares the sums of the products with every entry of a table. It fails if one differs, if the factors are not
// of the table's size, and if sums of such numbers could exceed 64 bits.
func (f *Factors) Verify(t *lut.Table) error {
	return f.verify(matrixOf(t))
}

func (f *Factors) verify(m *matrix) error {
	if len(f.A) != len(f.B) {
		return fmt.Errorf("factors have %d sides A and %d sides B, expected as many of each", len(f.A), len(f.B))
	}
	var most, carry uint64
	for r := range f.A {
		if len(f.A[r]) != m.rows || len(f.B[r]) != m.cols {
			return fmt.Errorf("pair %d of the factors is of %d rows and %d columns, expected %d and %d",
				r, len(f.A[r]), len(f.B[r]), m.rows, m.cols)
		}
		if most, carry = bits.Add64(most, spanOf(f.A[r]).largest()*spanOf(f.B[r]).largest(), 0); carry != 0 {
			break
		}
	}
	if carry != 0 || most > math.MaxInt64 {
		return errors.New("sums of products of the factors may exceed 64 bits")
	}
	want, got := make([]int64, m.cols), make([]int64, m.cols)
	for a := range m.rows {
		m.row(a, want)
		clear(got)
		for r, side := range f.A {
			x := int64(side[a])
			for b, y := range f.B[r] {
				got[b] += x * int64(y)
			}
		}
		for b := range want {
			if got[b] != want[b] {
				return fmt.Errorf("the factors give %d for a = %#x, b = %#x, expected %d", got[b], a, b, want[b])
			}
		}
	}
	return nil
}

// largest returns the largest magnitude.
func (s span) largest() uint64 { return uint64(max(s.hi, -s.lo)) }

// String says of how many bits the factors are, which native products they fit and how many those are.
func (f *Factors) String() string {
	var a, b int
	for r := range f.A {
		a = max(a, bits.Len64(uint64(spanOf(f.A[r]).width())))
		b = max(b, bits.Len64(uint64(spanOf(f.B[r]).width())))
	}
	c := f.cost()
	text := fmt.Sprintf("factors of %d bits", max(8, a, b))
	switch c.fit {
	case UnsignedSigned, SignedSigned:
		return fmt.Sprintf("%s (%v): %s", text, c.fit, native(c.bytes))
	case Shifted:
		return fmt.Sprintf("%s (with offsets): %s", text, native(c.bytes))
	case Words:
		return fmt.Sprintf("%s: %s of 8 bits, or %d of 16", text, native(c.bytes), c.pairs)
	}
	return fmt.Sprintf("%s: %s of 8 bits", text, native(c.bytes))
}

func native(n int) string {
	if n == 1 {
		return "1 native product"
	}
	return fmt.Sprintf("%d native products", n)
}
