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
