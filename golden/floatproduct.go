package golden

import (
	"fmt"
	"math"
	"strings"

	"github.com/approxtrain/approxtrain/lut"
)

// FloatProduct returns the products of a built-in multiplier of floats, <design>_<format>, at ports of a format that
// may have more fraction bits than a table holds: codes in, a code out. Designs other than the exact ones have wide
// fractions in format e8mY only. Zeros and NaN are those of Multiplier.Product. The function is safe for concurrent
// use.
func FloatProduct(name string, f lut.Format) (func(a, b uint32) uint32, error) {
	title, format, _ := strings.Cut(name, "_")
	plain := f
	plain.P = plain.A
	if format != plain.String() {
		return nil, fmt.Errorf("multiplier %.64q: the design has format %v", name, plain)
	}
	if d, _ := findDesign(title); d != nil && d.exact && f.A > lut.MaxMantissa {
		r := newRules(f, d.nearest)
		return func(a, b uint32) uint32 { return r.round(r.value(f, a) * r.value(f, b)) }, nil
	}
	if f.A > lut.MaxMantissa {
		w, err := LookupWide(name)
		if err != nil {
			return nil, err
		}
		if f.P < f.A {
			return nil, fmt.Errorf("multiplier %q: its product has %d fraction bits, the port %d", name, f.A, f.P)
		}
		narrow, drop := 23-f.A, 23-f.P
		return func(a, b uint32) uint32 {
			return math.Float32bits(w.Mul(math.Float32frombits(a<<narrow), math.Float32frombits(b<<narrow))) >> drop
		}, nil
	}
	m, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	if m.Format.P > f.P {
		return nil, fmt.Errorf("multiplier %q: its product has %d fraction bits, the port %d", name, m.Format.P, f.P)
	}
	product, wider := m.Product, f.P-m.Format.P
	if product == nil {
		product = m.Table().MulNarrow
	}
	return func(a, b uint32) uint32 { return product(a, b) << wider }, nil
}
