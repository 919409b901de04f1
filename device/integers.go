package device

import (
	"fmt"

	"github.com/approxtrain/approxtrain/lut"
)

// Numbers returns the table that every device looks products up in for a table of integers: one of operands that are
// both signed or both unsigned, whose entries are whole products. It is t itself, but for two sorts of formats:
//
// An unsigned operand beside a signed one is in sign and magnitude, as unsigned operands are everywhere on a
// device: the table sees the magnitude, and the sign goes round it. With A signed and B unsigned, a·b is
// T[a][|b|], with the sign changed if b is negative. The result is a table of signed operands, of one bit more on
// the unsigned side, with these products.
//
// An entry of a product from bit LSB on counts entry · 2^LSB.
//
// A product modulo 2^n is an error, unless every exact product of the operands that Levels admits has n bits: a sum of
// remainders is no sum of products.
func Numbers(t *lut.Table) (*lut.Table, error) {
	f := t.Format
	if f.Kind == lut.Mantissa || !f.Kind.Mixed() && f.Part == (lut.Part{}) {
		return t, nil
	}
	if n := f.Modulus(); n > 0 {
		most := int64(Levels(f.Kind.SignedA(), f.A)) * int64(Levels(f.Kind.SignedB(), f.B))
		limit := int64(1)<<n - 1
		if f.Kind.SignedProduct() {
			limit = 1<<(n-1) - 1
		}
		if most > limit {
			return nil, fmt.Errorf("table %s of format %v has products modulo 2^%d, and a network has products up to %d: "+
				"their sum would be wrong; make the table of a design with the whole product, or with its high part",
				t.Name, f, n, most)
		}
	}
	g := lut.Format{Kind: f.Kind, A: f.A, B: f.B, P: f.P + f.Part.LSB}
	if f.Kind.Mixed() {
		g.Kind, g.P = lut.Signed, g.P+1 // for the products of negative magnitudes
		if f.Kind.SignedA() {
			g.B++
		} else {
			g.A++
		}
	}
	out, err := lut.New(t.Name, g)
	if err != nil {
		return nil, fmt.Errorf("table %s of format %v is too large for a network: it would have an operand in sign and magnitude of %d × %d bits: %w",
			t.Name, f, g.A, g.B, err)
	}
	mask := uint32(1)<<g.P - 1
	for a := range uint32(g.Rows()) {
		for b := range uint32(g.Cols()) {
			x, y, negative := a, b, false
			if g.A != f.A {
				x, negative = magnitude(g.NumberA(a))
			}
			if g.B != f.B {
				y, negative = magnitude(g.NumberB(b))
			}
			if x>>f.A != 0 || y>>f.B != 0 {
				continue // −2^bits, which no operand is
			}
			p := t.Int(x, y) << f.Part.LSB
			if negative {
				p = -p
			}
			out.Set(a, b, uint32(p)&mask)
		}
	}
	out.Rounding = t.Rounding
	return out, nil
}

func magnitude(x int64) (uint32, bool) {
	if x < 0 {
		return uint32(-x), true
	}
	return uint32(x), false
}
