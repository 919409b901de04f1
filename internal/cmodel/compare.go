package cmodel

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Pairs is how many products Compare compares.
const Pairs = compareRows * compareCols

const compareRows, compareCols = 256, 256

// Compare compares a model's products on two devices: compilers and processors may
// disagree about what C leaves open, such as the integer that a number becomes which
// does not fit in it. Operands are special values and random ones of all exponents. It
// returns how many products were equal, NaNs whatever their bits; the error of a
// difference names the operands.
func Compare(m device.Model, one, other device.Device) (pairs int, err error) {
	s := rand.New(rand.NewPCG(5, 5))
	a, b := operands(s, compareRows), operands(s, compareCols)
	want, err := allProducts(m, one, a, b)
	if err != nil {
		return 0, err
	}
	got, err := allProducts(m, other, a, b)
	if err != nil {
		return 0, err
	}
	for i, p := range want {
		q := got[i]
		if math.Float32bits(p) == math.Float32bits(q) || p != p && q != q {
			pairs++
			continue
		}
		x, y := a[i/compareCols], b[i%compareCols]
		return pairs, fault.Usagef("%s: %s(%v, %v) (%#08x, %#08x) is %v (%#08x) on %s and %v (%#08x) on %s: it must not do what C leaves open, "+
			"such as to convert a number to an integer that cannot hold it, or to shift by 32 and more", m.File, m.Func, x, y, math.Float32bits(x),
			math.Float32bits(y), p, math.Float32bits(p), one.Name(), q, math.Float32bits(q), other.Name())
	}
	return pairs, nil
}

// operands returns n numbers: special ones, then a quarter of any bits, the others of
// the exponents that training meets.
func operands(s *rand.Rand, n int) []float32 {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 2, 0.5, 1e-40, -1e-45, 0x1p-126, math.MaxFloat32, -math.MaxFloat32, inf, -inf,
		float32(math.NaN()), 0x1p31, -0x1p31, 0x1p32, 0x1p63}
	for len(x) < n {
		bits := s.Uint32()
		if len(x)%4 > 0 {
			bits = bits&0x807fffff | (97+s.Uint32N(60))<<23
		}
		x = append(x, math.Float32frombits(bits))
	}
	return x
}

// allProducts returns the products of each a with each b.
func allProducts(m device.Model, d device.Device, a, b []float32) ([]float32, error) {
	mul, err := d.Functional(m)
	if err != nil {
		return nil, err
	}
	x, y, z := d.Alloc(len(a)), d.Alloc(len(b)), d.Alloc(len(a)*len(b))
	for _, buffer := range []device.Buffer{x, y, z} {
		defer buffer.Free()
	}
	x.Write(a)
	y.Write(b)
	d.Gemm(mul, device.Gemm{M: len(a), N: len(b), K: 1}, x, y, z)
	p := make([]float32, z.Len())
	if err := d.Sync(); err != nil {
		return nil, fmt.Errorf("trying %s on %s: %w", m.File, d.Name(), err)
	}
	return p, z.Read(p)
}
