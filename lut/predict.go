package lut

import (
	"fmt"
	"unsafe"
)

// PredictRow16 fills dst with the products of one operand, a, with every other:
// dst[b] = MulNarrow(a, b) for all 2^(9+m) operands b of 1 + 8 + m bits, or for
// all of another format. It serves formats whose products fit 16 bits (p ≤ 7 with 8 exponent bits) and
// is the way to check hardware on all pairs: a small fraction of a nanosecond per product of format
// e8mY, a few nanoseconds of others. It panics on another format, an operand of more bits or a dst of
// another length.
func (t *Table) PredictRow16(a uint32, dst []uint16) {
	if n := t.Format.FloatExtra() + t.Format.P; n > 16 {
		panic(fmt.Sprintf("lut: products of format %v have %d bits; use PredictRow32", t.Format, n))
	}
	predictRow(t, a, dst)
}

// PredictRow32 is PredictRow16 for products of any width up to 32 bits.
func (t *Table) PredictRow32(a uint32, dst []uint32) { predictRow(t, a, dst) }

// predictRow works by blocks: the 2^m operands b that share sign and exponent.
// Away from the limits of the exponent a block is one row of the table added to
// the product's sign and exponent, where the entry's carry bumps the exponent
// by itself. Infinities and NaNs are left to MulNarrow.
func predictRow[T uint16 | uint32](t *Table, a uint32, dst []T) {
	t.mustBe(Mantissa)
	if !t.Format.AMSim() {
		predictCodes(t, a, dst)
		return
	}
	m, p := t.Format.A, t.Format.P
	n := 1 << m
	if a>>(9+m) != 0 || len(dst) != n<<9 {
		panic(fmt.Sprintf("lut: operand %#x and %d places for products, expected %d bits and %d places",
			a, len(dst), 9+m, n<<9))
	}
	entries, zeros := make([]T, n), make([]T, n)
	widen(entries, t.Row(a&(1<<m-1), nil))
	ea := int(a >> m & 0xff)

	for block := range 1 << 9 { // sign and exponent of b
		out := dst[block*n : (block+1)*n]
		eb := block & 0xff
		sign := T(a>>(8+m)^uint32(block)>>8) << (8 + p)
		e := ea + eb - 127
		switch base := sign | T(e)<<p; {
		case ea == 255 || eb == 255:
			// b is infinite in the first place, if anywhere; elsewhere all alike.
			first := uint32(block * n)
			addRow(out, zeros, T(t.MulNarrow(a, first+1)))
			out[0] = T(t.MulNarrow(a, first))
		case ea == 0 || eb == 0 || e < 0:
			clear(out)
		case e > 254:
			addRow(out, zeros, sign|0xff<<p)
		case e == 0: // the carry decides whether the product is zero
			for i, v := range entries {
				out[i] = 0
				if v>>p != 0 {
					out[i] = base + v
				}
			}
		case e == 254: // the carry decides whether it is infinite
			for i, v := range entries {
				out[i] = base + v
				if v>>p != 0 {
					out[i] = sign | 0xff<<p
				}
			}
		default:
			addRow(out, entries, base)
		}
	}
}

// predictCodes is predictRow for formats that do not follow AMSim.
func predictCodes[T uint16 | uint32](t *Table, a uint32, dst []T) {
	f := t.Format
	n := f.FloatExtra() + f.A
	if a>>n != 0 || len(dst) != 1<<n {
		panic(fmt.Sprintf("lut: operand %#x and %d places for products, expected %d bits and %d places", a, len(dst), n, 1<<n))
	}
	x := f.operand(a)
	row := t.Row(x.frac, nil)
	entry := func(_, y uint32) uint32 { return row[y] }
	for b := range dst {
		dst[b] = T(f.multiply(x, f.operand(uint32(b)), entry))
	}
}

// addRow stores entries plus base into out, of the same power-of-two length. No
// sum exceeds a T, so that a uint64 adds two or four of them at once.
func addRow[T uint16 | uint32](out, entries []T, base T) {
	lanes := 8 / int(unsafe.Sizeof(base))
	if len(out) < lanes {
		for i, e := range entries {
			out[i] = base + e
		}
		return
	}
	base64 := uint64(base)
	for shift := 32; shift >= 64/lanes; shift /= 2 {
		base64 |= base64 << shift
	}
	o := unsafe.Slice((*uint64)(unsafe.Pointer(&out[0])), len(out)/lanes)
	e := unsafe.Slice((*uint64)(unsafe.Pointer(&entries[0])), len(out)/lanes)
	for i := range o {
		o[i] = base64 + e[i]
	}
}
