package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/lut"
)

// floats multiplies numbers of a format that does not follow AMSim, as lut.Table.MulBits does.
type floats struct {
	lut     *lut.Table
	format  lut.Format
	entries []uint32 // row-major
}

func newFloats(t *lut.Table) *floats {
	m := &floats{lut: t, format: t.Format, entries: make([]uint32, 0, t.Format.Pairs())}
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			m.entries = append(m.entries, t.At(a, b))
		}
	}
	return m
}

func (m *floats) Table() *lut.Table { return m.lut }

func (m *floats) entry(x, y uint32) uint32 { return m.entries[x<<m.format.B|y] }

func (m *floats) addRow(a float32, b, acc []float32) {
	acc = acc[:len(b)]
	x := m.format.EncodeOperand(math.Float32bits(a), m.lut.Rounding)
	for j, f := range b {
		y := m.format.EncodeOperand(math.Float32bits(f), m.lut.Rounding)
		acc[j] += math.Float32frombits(m.format.DecodeProduct(m.format.MultiplyCodes(x, y, m.entry)))
	}
}

func (m *floats) addEach(a, b, acc []float32) {
	for j, x := range a {
		m.addRow(x, b[j:j+1], acc[j:j+1])
	}
}

// smallFloat is how many bits operands have at most for which a table of all their products is made: 256 KB of them.
const smallFloat = 8

// floatCodes makes of operands the bits of the numbers of a format that they are rounded to. The bits of 0 are 0.
type floatCodes struct {
	format   lut.Format
	rounding lut.Rounding
}

// of returns the bits of x. No scale is needed.
func (c floatCodes) of(d *Device, x []float32) ([]float32, float32) {
	q := make([]float32, len(x))
	d.split(len(x), 4096, func(from, to int) {
		for i := from; i < to; i++ {
			q[i] = float32(c.format.EncodeOperand(math.Float32bits(x[i]), c.rounding))
		}
	})
	return q, 1
}

// newFloatCodes takes a table of floats of up to smallFloat bits that the user gave, and the same or the one with operands
// exchanged. It returns the products of all bits.
func newFloatCodes(given, t *lut.Table) *integers {
	f := t.Format
	codes := 1 << (f.FloatExtra() + f.A)
	c := floatCodes{f, t.Rounding}
	m := &integers{given: given, lut: t, cols: codes, a: c, b: c, special: make([]bool, codes)}
	for a := range uint32(codes) {
		m.special[a] = f.IsNaN(a) || f.IsInfinite(a)
		for b := range uint32(codes) {
			m.products = append(m.products, math.Float32frombits(f.DecodeProduct(f.MultiplyCodes(a, b, t.At))))
		}
	}
	return m
}
