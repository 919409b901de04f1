package cosim

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"unsafe"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// Limits of the designs that are compared by a sample of their pairs.
const (
	MaxSampled        = 64  // bits of an integer operand
	MaxSampledProduct = 128 // bits of an integer product
	MaxSampledFloat   = 32  // bits of a floating-point operand or product
)

// Word is a bit pattern of up to 128 bits. In memory it is an unsigned __int128.
type Word struct{ Lo, Hi uint64 }

// Big returns the pattern as a number that is not negative.
func (w Word) Big() *big.Int {
	n := new(big.Int).SetUint64(w.Hi)
	return n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(w.Lo))
}

// String returns the pattern in hex: 0x1f.
func (w Word) String() string {
	if w.Hi == 0 {
		return fmt.Sprintf("%#x", w.Lo)
	}
	return fmt.Sprintf("%#x%016x", w.Hi, w.Lo)
}

// MarshalText writes the pattern in hex, for JSON.
func (w Word) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Extend returns the pattern of so many bits as one of 128 bits: with copies of its sign for lut.Signed.
func (w Word) Extend(k lut.Kind, bits int) Word {
	if k != lut.Signed || bits >= 128 {
		return w
	}
	if bits > 64 {
		w.Hi = uint64(int64(w.Hi<<(128-bits)) >> (128 - bits))
		return w
	}
	low := int64(w.Lo<<(64-bits)) >> (64 - bits)
	return Word{Lo: uint64(low), Hi: uint64(low >> 63)}
}

// Less says whether the pattern is the smaller number of the two, neither of them negative.
func (w Word) Less(v Word) bool { return w.Hi < v.Hi || w.Hi == v.Hi && w.Lo < v.Lo }

// Sub returns w − v modulo 2^128.
func (w Word) Sub(v Word) Word {
	lo, borrow := bits.Sub64(w.Lo, v.Lo, 0)
	hi, _ := bits.Sub64(w.Hi, v.Hi, borrow)
	return Word{lo, hi}
}

// Low returns the low bits, so many of them.
func (w Word) Low(n int) Word {
	switch {
	case n >= 128:
		return w
	case n >= 64:
		return Word{w.Lo, w.Hi & (1<<(n-64) - 1)}
	}
	return Word{Lo: w.Lo & (1<<n - 1)}
}

// Unsigned returns the pattern as a number that is not negative, rounded.
func (w Word) Unsigned() float64 { return math.Ldexp(float64(w.Hi), 64) + float64(w.Lo) }

// Float64 returns the number that a pattern of so many bits stands for, rounded.
func (w Word) Float64(k lut.Kind, bits int) float64 {
	w = w.Extend(k, bits)
	if k == lut.Signed && int64(w.Hi) < 0 {
		return -Word{}.Sub(w).Unsigned()
	}
	return w.Unsigned()
}

// Decimal returns the number that a pattern of so many bits stands for, in decimal digits.
func (w Word) Decimal(k lut.Kind, bits int) string {
	w = w.Extend(k, bits)
	if k == lut.Signed && int64(w.Hi) < 0 {
		return "-" + Word{}.Sub(w).Big().String()
	}
	return w.Big().String()
}

// beyond32 is the macro of rtl/testbench/protocol.h for designs with a port of more than 32 bits.
const beyond32 = "-DAX_BEYOND32"

// Beyond32 says whether an operand or the product has more than 32 bits. A DUT of such a shape implements [Broad]; it
// has neither sweeps nor walks.
func (s Shape) Beyond32() bool { return s.A > 32 || s.B > 32 || s.P > 32 }

// Sampled says whether a sample of the pairs of a shape can be compared: integers of up to MaxSampled bits, and floats
// of up to MaxSampledFloat, whose format may have more fraction bits than a table holds.
func (s Shape) Sampled() bool {
	in := func(n, most int) bool { return n >= 1 && n <= most }
	switch s.Kind {
	case Unsigned, Signed, SignedByUnsigned, UnsignedBySigned:
		if s.Part != (lut.Part{}) && (s.Part.LSB < 0 || s.P+s.Part.LSB > s.A+s.B) {
			return false
		}
		return in(s.A, MaxSampled) && in(s.B, MaxSampled) && in(s.P, MaxSampledProduct)
	case Float:
		f := s.format()
		if f.A < 0 || f.P < 0 || s.A != s.B || s.A > MaxSampledFloat || s.P > MaxSampledFloat {
			return false
		}
		f.A, f.B, f.P = min(f.A, 1), min(f.B, 1), min(f.P, 1) // all but the fractions is as a table has it
		return f.Validate() == nil
	}
	return false
}

// Broad is a DUT with ports of more than 32 bits.
type Broad interface {
	DUT
	// EvalWords is Eval for operands of up to 64 bits and products of up to 128.
	EvalWords(ctx context.Context, a, b []uint64, p []Word) error
}

// EvalWords forms the products p[i] of the pairs a[i], b[i] of a DUT of any width.
func EvalWords(ctx context.Context, d DUT, a, b []uint64, p []Word) error {
	if d.Shape().Beyond32() {
		w, ok := d.(Broad)
		if !ok {
			return fmt.Errorf("%v: no products of more than 32 bits are formed", d.Shape())
		}
		return w.EvalWords(ctx, a, b, p)
	}
	const most = 1 << 16 // at a time
	x, y, q := make([]uint32, min(len(a), most)), make([]uint32, min(len(a), most)), make([]uint32, min(len(a), most))
	for len(a) > 0 {
		n := min(len(a), most)
		for i := range n {
			x[i], y[i] = uint32(a[i]), uint32(b[i])
		}
		if err := d.Eval(ctx, x[:n], y[:n], q[:n]); err != nil {
			return err
		}
		for i, v := range q[:n] {
			p[i] = Word{Lo: uint64(v)}
		}
		a, b, p = a[n:], b[n:], p[n:]
	}
	return nil
}

// EvalWords implements Broad.
func (d *instance) EvalWords(ctx context.Context, a, b []uint64, p []Word) error {
	if !d.shape.Beyond32() {
		return EvalWords(ctx, d, a, b, p)
	}
	return d.evalWords(ctx, a, b, nil, p)
}

// evalWords is EvalWords of ports beyond 32 bits; a harness that traces shows the products of want, if it is not nil,
// as expected.
func (d *instance) evalWords(ctx context.Context, a, b []uint64, want, p []Word) error {
	const most = 1 << 18 // pairs of one command
	const size = int(2*unsafe.Sizeof(uint64(0)) + unsafe.Sizeof(Word{}))
	for len(a) > 0 {
		n := min(len(a), most)
		raw := unsafe.Pointer(unsafe.SliceData(d.data(0, size*n)))
		operands := unsafe.Slice((*uint64)(raw), 2*n)
		copy(operands, a[:n])
		copy(operands[n:], b[:n])
		if want != nil {
			copy(unsafe.Slice((*Word)(unsafe.Add(raw, 16*n)), n), want[:n]) // where the products go
			want = want[n:]
		}
		c := d.command(opEval)
		c.Arg0 = uint64(n)
		if err := d.call(ctx, c); err != nil {
			return d.locate(ctx, err, uint64(n), func(i uint64) (uint64, uint64) { return a[i], b[i] })
		}
		copy(p[:n], unsafe.Slice((*Word)(unsafe.Add(raw, 16*n)), n))
		a, b, p = a[n:], b[n:], p[n:]
	}
	return nil
}

// narrow refuses a command that designs with a port of more than 32 bits do not have.
func (d *instance) narrow() error {
	if d.shape.Beyond32() {
		return fault.Usagef("%v: pairs are compared one by one where a port has more than 32 bits", d.shape)
	}
	return nil
}
