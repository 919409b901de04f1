package cosim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"unsafe"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Kind says how the ports of a design are to be read.
type Kind = lut.Ports

// The kinds, in short.
const (
	Float    = lut.FloatPorts
	Mantissa = lut.MantissaPorts
	Unsigned = lut.UnsignedPorts
	Signed   = lut.SignedPorts

	SignedByUnsigned = lut.SignedByUnsignedPorts
	UnsignedBySigned = lut.UnsignedBySignedPorts
)

// One is the exponent field of 1.0 in binary32 and in formats e8mY.
const One = 127

// Shape is the outside of a multiplier: the kind of its ports and their widths in bits.
type Shape struct {
	Kind    Kind
	A, B, P int

	Float lut.Float // of Float and Mantissa: the coding of numbers; the zero value is that of e8mY
	Part  lut.Part  // of integers: which bits of the product the P bits are
}

// One returns the exponent field of 1.0 at ports of floats.
func (s Shape) One() uint32 { return s.format().One() }

// Fraction returns the number of fraction bits of operand A at ports of floats.
func (s Shape) Fraction() int { return s.format().A }

// String describes the shape as a designer would: "fp 16×16→16 (e8m7)".
func (s Shape) String() string {
	return fmt.Sprintf("%s %d×%d→%d (%v)", s.Kind, s.A, s.B, s.P, s.format())
}

// Format returns the format of the shape's table. A port of integers may have more bits than the product, above it: a
// table holds the product, and those bits are to be its sign or zeros.
func (s Shape) Format() (lut.Format, error) {
	f := s.format()
	if _, ok := s.Kind.Integer(); ok {
		if s.P > MaxProduct {
			return f, fault.Usagef("a product port of %d bits: at most %d are read; name the product's bits with %v 'acc[%d:0]'",
				s.P, MaxProduct, option.P, s.A+s.B-1)
		}
		f.P = min(f.P, max(1, f.A+f.B-f.Part.LSB))
	}
	if s.Kind == Float && s.A != s.B {
		return f, fault.Usagef("floating-point operands have %d and %d bits, expected equal widths", s.A, s.B)
	}
	if s.Kind == Float && f.A < 0 {
		return f, fault.Usagef("operands of %d bits are no floats of a sign and %d exponent bits: name their format, as in %v e4m3fn",
			s.A, f.ExponentBits(), option.Format)
	}
	if err := f.Validate(); err != nil {
		return f, fault.Usagef("ports of %d, %d and %d bits read as %s: %w", s.A, s.B, s.P, s.Kind, err)
	}
	return f, nil
}

// MaxExhaustive is the widest integer operand of which all pairs are compared,
// MaxProduct the widest product.
const (
	MaxExhaustive = 16
	MaxProduct    = 32
)

// Wide says whether the shape is one of integers that no table holds and of which
// all pairs can be compared nevertheless.
func (s Shape) Wide() bool {
	if _, ok := s.Kind.Integer(); !ok {
		return false
	}
	if _, err := s.Format(); err == nil {
		return false
	}
	in := func(n, most int) bool { return n >= 1 && n <= most }
	return in(s.A, MaxExhaustive) && in(s.B, MaxExhaustive) && in(s.P, MaxProduct) && s.format().ValidPart()
}

// TableShape returns the shape of a design whose operands are the indices of a table and whose
// product is its entry: one of fractions for a table of mantissas.
func TableShape(f lut.Format) Shape {
	if f.Kind == lut.Mantissa {
		return Shape{Kind: Mantissa, A: f.A, B: f.B, P: f.P + 1, Float: f.Float}
	}
	return Shape{Kind: f.Kind.Ports(), A: f.A, B: f.B, P: f.P, Part: f.Part}
}

// Numbers returns the number format of the ports, also for shapes that no table holds.
func (s Shape) Numbers() lut.Format { return s.format() }

// check says whether the shape is a multiplier's that can be swept. With wide,
// integers need no table; with sampled, pairs need not all be tried.
func (s Shape) check(wide, sampled bool) error {
	_, err := s.Format()
	switch {
	case err == nil, wide && s.Wide(), sampled && s.Sampled():
		return nil
	case sampled && s.Kind != Mantissa:
		return fault.Usagef("ports of %d, %d and %d bits read as %s: a sample is compared of integers of up to %d bits with a product of up to %d, "+
			"and of floats of up to %d", s.A, s.B, s.P, s.Kind, MaxSampled, MaxSampledProduct, MaxSampledFloat)
	case s.Kind != Mantissa && s.Sampled() && !s.Wide():
		return fault.Usagef("%w; approxtrain check compares a sample of the pairs of up to %d bits: %v", err, MaxSampled, option.Sample)
	case s.Wide():
		return fault.Usagef("%w: a table ends there; approxtrain check compares all pairs of up to %d bits without one", err, MaxExhaustive)
	}
	return err
}

func (s Shape) format() lut.Format {
	switch s.Kind {
	case Float:
		f := lut.Format{Kind: lut.Mantissa, Float: s.Float}
		extra := f.FloatExtra()
		f.A, f.B, f.P = s.A-extra, s.B-extra, s.P-extra
		return f
	case Mantissa:
		return lut.Format{Kind: lut.Mantissa, A: s.A, B: s.B, P: s.P - 1, Float: s.Float}
	}
	k, ok := s.Kind.Integer()
	if !ok {
		k = lut.Unsigned
	}
	return lut.Format{Kind: k, A: s.A, B: s.B, P: s.P, Part: s.Part}
}

// EntryBytes returns the bytes of a product in a sweep: 1, 2 or 4.
func (s Shape) EntryBytes() int {
	switch {
	case s.P <= 8:
		return 1
	case s.P <= 16:
		return 2
	default:
		return 4
	}
}

// Order is the order in which a sweep visits the pairs of a rectangle: pair
// number i of the walk is pair (Start + i·Step) mod n of the row-major order.
// Step must have no common factor with n. A DUT that multiplies several pairs
// side by side may take Run consecutive pairs, a power of two, as one: each of
// its multipliers still follows the order. If Rows, a power of two, is not 0, the walk
// goes through the column-major order of as many rows instead; Run is 0 then.
type Order struct {
	Step, Start, Run uint64
	Rows             uint32
}

// RowMajor visits row after row, ascending.
var RowMajor = Order{Step: 1}

// ColumnMajor visits column after column of a rectangle with so many rows: from pair to
// pair a changes and b is kept.
func ColumnMajor(rows uint32) Order { return Order{Step: 1, Rows: rows} }

// Scattered returns an order in which the predecessor of a pair is never the
// one of the row-major order; n is a power of two above 1.
func Scattered(n uint64) Order {
	// The golden-ratio multiple spreads neighbours far apart; made odd, it
	// shares no factor with a power of two.
	step := uint64(float64(n)*0.6180339887498949) | 1
	return Order{Step: step, Start: n / 3}
}

// Pair returns the row-major number of the pair that the order visits at i.
func (o Order) Pair(i, n uint64) uint64 {
	// Every n here is a power of two, so wrapping arithmetic keeps the residue.
	run := max(1, o.Run)
	k := (o.Start+i/run*o.Step)%(n/run)*run + i%run
	if rows := uint64(o.Rows); rows > 0 {
		return k%rows*(n/rows) + k/rows
	}
	return k
}

// Rect is a rectangle of operand pairs: NA values of A from A0, NB of B from B0.
// NA·NB is a power of two unless the order is RowMajor.
type Rect struct{ A0, NA, B0, NB uint32 }

// Pairs returns the number of pairs in the rectangle.
func (r Rect) Pairs() uint64 { return uint64(r.NA) * uint64(r.NB) }

// Products is a batch of products in the width its DUT has; one field is set.
type Products struct {
	U8  []uint8
	U16 []uint16
	U32 []uint32
}

// At returns product number i.
func (p Products) At(i int) uint32 {
	switch {
	case p.U8 != nil:
		return uint32(p.U8[i])
	case p.U16 != nil:
		return uint32(p.U16[i])
	default:
		return p.U32[i]
	}
}

// Clone returns a copy that outlives the next call of the DUT.
func (p Products) Clone() Products {
	return Products{slices.Clone(p.U8), slices.Clone(p.U16), slices.Clone(p.U32)}
}

// Differs returns the first place where two batches of the same width and length
// differ, −1 if there is none.
func (p Products) Differs(q Products) int {
	n := len(p.U8) + len(p.U16) + len(p.U32)
	if bytes.Equal(p.U8, q.U8) && bytes.Equal(rawBytes(p.U16), rawBytes(q.U16)) && bytes.Equal(rawBytes(p.U32), rawBytes(q.U32)) {
		return -1
	}
	for i := range n {
		if p.At(i) != q.At(i) {
			return i
		}
	}
	return -1
}

// rawBytes is the memory of a slice: comparing bytes is several times as fast as
// comparing elements.
func rawBytes[T uint16 | uint32](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(T(0))))
}

// Fill is the value of bits that a design leaves open (X, undriven, never initialised).
type Fill uint64

const (
	FillZeros Fill = iota
	FillOnes
	FillRandom
)

// DUT is a design under test: a Verilated model, a C function, a board. It is
// driven by one goroutine at a time.
type DUT interface {
	// Shape returns the widths of the operands and the product.
	Shape() Shape
	// Reset brings the design into its first state, with open bits filled in.
	Reset(ctx context.Context, fill Fill) error
	// Sweep forms every product of a rectangle. Products stand row-major
	// whatever the order of the visit, and stay valid until the next call.
	Sweep(ctx context.Context, r Rect, o Order) (Products, error)
	// Eval forms the products p[i] of the pairs a[i], b[i].
	Eval(ctx context.Context, a, b, p []uint32) error
	// Close ends the design's process.
	Close() error
}

// Opener starts instances of one design, so that work can be spread over cores.
type Opener interface {
	// Open starts one instance.
	Open(ctx context.Context) (DUT, error)
	// Shape returns the shape of every instance.
	Shape() Shape
	// Describe describes the inferred interface of the design in one line.
	Describe() string
	// Sources returns the files of the design, for a table's header.
	Sources() []lut.Source
	// Options returns the options with which the sources were read, as flags of the command line:
	// "-G W=8".
	Options() []string
	// Tools returns names and versions of the tools that built it.
	Tools() []string
}
