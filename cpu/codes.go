package cpu

import (
	"math"

	"github.com/approxtrain/approxtrain/lut"
)

// places are the numbers that one side's operands of a table of codes are rounded to, in ascending order, but turned
// so that the one of zero is number 0: an absent operand is loaded as a zero.
type places struct {
	*lut.Encoder
	zero   int // place of the number that 0 is rounded to
	target int // exponent to which the largest operand is brought
}

func newPlaces(c lut.Coding, target int) *places {
	e := c.Encoder()
	return &places{e, e.Place(0), target}
}

// turned returns the number of a place.
func (p *places) turned(place int) int {
	if place -= p.zero; place < 0 {
		place += len(p.Codes)
	}
	return place
}

// code returns the code of the place with a number.
func (p *places) code(number int) uint32 { return p.Codes[(number+p.zero)%len(p.Codes)] }

// newCodes takes a table that the user gave, and the same or the one with operands exchanged. It returns the numbers that
// products of codes stand for, of the places of operands.
func newCodes(given, t *lut.Table) *integers {
	c := t.Format.Codes
	x, y := c.ScaleExponents()
	rows, cols := newPlaces(c.A, x), newPlaces(c.B, y)
	m := &integers{given: given, lut: t, cols: len(cols.Codes), a: rows, b: cols}
	for a := range rows.Codes {
		for b := range cols.Codes {
			m.products = append(m.products, t.Decoded(rows.code(a), cols.code(b)))
		}
	}
	return m
}

// of returns the places of x divided by a scale, and the scale: NaN if x is not finite.
func (p *places) of(d *Device, x []float32) ([]float32, float32) {
	q := make([]float32, len(x))
	most := largestBits(x)
	if most >= infinity {
		return q, float32(math.NaN())
	}
	k := lut.ScaleExponent(math.Float32frombits(most), p.target)
	inverse := float32(math.Ldexp(1, -k))
	d.split(len(x), 4096, func(from, to int) {
		for i := from; i < to; i++ {
			q[i] = float32(p.turned(p.Place(x[i] * inverse)))
		}
	})
	return q, float32(math.Ldexp(1, k))
}
