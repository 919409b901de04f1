package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/lut"
)

// multiplier is a multiplier as the loops of this package use it.
type multiplier interface {
	// addRow adds the products of operand a with each operand of b to acc, of b's
	// length.
	addRow(a float32, b, acc []float32)
	// addEach adds a[j] times b[j] to acc[j], all of one length.
	addEach(a, b, acc []float32)
	Table() *lut.Table
}

// native is binary32's own multiplication.
type native struct{}

func (native) Table() *lut.Table { return nil }

func (native) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	for j, y := range b {
		acc[j] += float32(a * y) // two roundings: the conversion forbids fusing them
	}
}

func (native) addEach(a, b, acc []float32) {
	a, acc = a[:len(b)], acc[:len(b)]
	for j, y := range b {
		acc[j] += float32(a[j] * y)
	}
}

const (
	signBit  = 1 << 31
	infinity = 0xff << 23
	quietNaN = 0x7fc00000
)

// table multiplies by looking up the product of the significands.
type table struct {
	lut      *lut.Table
	m        int
	rounding lut.Rounding
	entries  []uint32 // carry at bit 23, the fraction below: to be added to sign and exponent
}

func newTable(t *lut.Table) *table {
	m := &table{lut: t, m: t.Format.A, rounding: t.Rounding, entries: make([]uint32, 0, t.Format.Pairs())}
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			m.entries = append(m.entries, t.At(a, b)<<(23-t.Format.P))
		}
	}
	return m
}

// transpose returns the table with its operands exchanged.
func (t *table) transpose() *table {
	out := &table{lut: t.lut, m: t.m, rounding: t.rounding, entries: make([]uint32, len(t.entries))}
	for i, e := range t.entries {
		a, b := i>>t.m, i&(1<<t.m-1)
		out.entries[b<<t.m|a] = e
	}
	return out
}

func (t *table) Table() *lut.Table { return t.lut }

// addRow does for a row what lut.Table.MulBits does for a pair. A zero product
// is not added: a sum that started at +0 is never −0, so nothing would change.
func (t *table) addRow(a float32, b, acc []float32) {
	x := lut.RoundOperand(math.Float32bits(a), t.m, t.rounding)
	ea := int(x >> 23 & 0xff)
	if ea == 0 || ea == 255 {
		t.addSpecial(x, b, acc)
		return
	}
	acc = acc[:len(b)]
	shift := 23 - t.m
	row := t.entries[x<<9>>9>>shift<<t.m:][:1<<t.m]
	mask := uint32(len(row) - 1)
	base := uint32(ea) << 23
	nearest := t.rounding == lut.NearestEven
	const one, normal = 1 << 23, 254 << 23
	for j, f := range b {
		y := math.Float32bits(f)
		if nearest {
			y = lut.RoundOperand(y, t.m, t.rounding)
		}
		e := y & infinity
		// Exponent, 127 too high, and fraction of the product as one number.
		p := base + e + row[y>>shift&mask]
		sign := (x ^ y) & signBit
		switch {
		case e-one < normal && p-128*one < normal:
			acc[j] += math.Float32frombits(sign | (p - 127*one))
		case e == 0 || e != infinity && p < 128*one: // zero
		case e == infinity:
			acc[j] += t.special(x, y)
		default:
			acc[j] += math.Float32frombits(sign | infinity)
		}
	}
}

func (t *table) addEach(a, b, acc []float32) {
	for j, x := range a {
		t.addRow(x, b[j:j+1], acc[j:j+1])
	}
}

// addSpecial is addRow for a zero, an infinity or a NaN.
func (t *table) addSpecial(x uint32, b, acc []float32) {
	for j, f := range b {
		acc[j] += t.special(x, lut.RoundOperand(math.Float32bits(f), t.m, t.rounding))
	}
}

// special returns the product of rounded operands of which one is a zero, an
// infinity or a NaN.
func (t *table) special(x, y uint32) float32 {
	ex, ey := x&infinity, y&infinity
	nan := ex == infinity && x<<9 != 0 || ey == infinity && y<<9 != 0 ||
		ex == infinity && ey == 0 || ex == 0 && ey == infinity
	switch {
	case nan:
		return math.Float32frombits(quietNaN)
	case ex == infinity || ey == infinity:
		return math.Float32frombits((x^y)&signBit | infinity)
	}
	return 0
}
