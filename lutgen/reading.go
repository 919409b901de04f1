package lutgen

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// Reading says how far the products of a sample are from the exact ones for each way to read the operands' bits: as
// unsigned numbers, as two's complement, or one of them as this and the other as that.
type Reading struct {
	Pairs int                    // of the sample whose exact product is 0 in no reading
	Error map[cosim.Kind]float64 // mean relative error of the sample; 0.1 is 10 %
}

// readingPairs is the size of the sample.
const readingPairs = 1024

// draw multiplies readingPairs pairs: operands of all bit patterns, equally often, from a fixed seed.
func draw(ctx context.Context, o cosim.Opener) (a, b []uint64, p []cosim.Word, err error) {
	s := o.Shape()
	rng := rand.New(rand.NewPCG(7, 17))
	operand := func(bits int) uint64 {
		if bits > 31 {
			return rng.Uint64() >> (64 - bits)
		}
		return uint64(rng.Uint32N(1 << bits))
	}
	a, b, p = make([]uint64, readingPairs), make([]uint64, readingPairs), make([]cosim.Word, readingPairs)
	for i := range a {
		a[i], b[i] = operand(s.A), operand(s.B)
	}
	d, err := o.Open(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return nil, nil, nil, err
	}
	return a, b, p, cosim.EvalWords(ctx, d, a, b, p)
}

// ReadAllWays multiplies a sample of pairs, and reads them in all ways. The design is one of integers whose product has
// at least as many bits as both operands together.
func ReadAllWays(ctx context.Context, o cosim.Opener) (r Reading, err error) {
	s := o.Shape()
	if _, ok := s.Kind.Integer(); !ok || s.P < s.A+s.B {
		return r, fault.Usagef("%v is no multiplier of integers with the whole product", s)
	}
	a, b, p, err := draw(ctx, o)
	if err != nil {
		return r, err
	}
	return readAll(s, a, b, p), nil
}

// readAll reads products of pairs in all ways.
func readAll(s cosim.Shape, a, b []uint64, p []cosim.Word) (r Reading) {
	r.Error = map[cosim.Kind]float64{}
	number := func(w cosim.Word, bits int, signed bool) float64 {
		if signed {
			return w.Float64(lut.Signed, bits)
		}
		return w.Float64(lut.Unsigned, bits)
	}
	for i := range a {
		var all [4]float64
		zero := false
		for n, k := range lut.IntegerKinds {
			exact := number(cosim.Word{Lo: a[i]}, s.A, k.SignedA()) * number(cosim.Word{Lo: b[i]}, s.B, k.SignedB())
			zero = zero || exact == 0
			all[n] = math.Abs(number(p[i], s.P, k.SignedProduct())-exact) / math.Abs(exact)
			if all[n] < 1e-15 { // numbers of more than 53 bits are rounded
				all[n] = 0
			}
		}
		if zero {
			continue
		}
		r.Pairs++
		for n, k := range lut.IntegerKinds {
			r.Error[k.Ports()] += all[n]
		}
	}
	for k := range r.Error {
		r.Error[k] /= float64(r.Pairs)
	}
	return r
}

// Kind returns the reading that makes sense of the products where now does not: its mean relative error is the lowest,
// and at most 10 % of that of now, which is above 50 %. ok is false if no reading is so much better.
func (r Reading) Kind(now cosim.Kind) (best cosim.Kind, ok bool) {
	if r.Pairs == 0 {
		return "", false
	}
	best = now
	for _, k := range lut.IntegerKinds {
		if r.Error[k.Ports()] < r.Error[best] {
			best = k.Ports()
		}
	}
	if r.Error[now] > 0.5 && r.Error[best] < r.Error[now]/10 {
		return best, true
	}
	return "", false
}

// PartReading says which bits of an integer product a port has.
type PartReading struct {
	Kind  cosim.Kind // of the operands
	Part  lut.Part
	Error float64 // mean distance from the part that should be there, of the range of the product; 0.01 is 1 %
	Next  float64 // the same of the best other reading
}

// Fewest bits of a port that a sample can tell: fewer fit too often by chance.
const leastPart = 4

// partDistance returns how far a product is from the part of the exact one that a format says it is, in units of the
// whole
// product's last place; modulo 2^n it is the shorter one of two distances.
func partDistance(f lut.Format, a, b uint64, p cosim.Word) float64 {
	exact := wideProduct(cosim.Shape{Kind: f.Kind.Ports(), A: f.A, B: f.B, P: f.P}, a, b)
	got := p.Extend(twos(f.Kind.SignedProduct()), f.P)
	switch n := f.Part.LSB; {
	case n >= 64:
		got = cosim.Word{Hi: got.Lo << (n - 64)}
	case n > 0:
		got = cosim.Word{Lo: got.Lo << n, Hi: got.Hi<<n | got.Lo>>(64-n)}
	}
	diff := got.Sub(exact)
	if n := f.Modulus(); n > 0 {
		return math.Abs(diff.Low(n).Float64(lut.Signed, n))
	}
	if !f.Kind.SignedProduct() && got.Less(exact) {
		return exact.Sub(got).Unsigned()
	} else if !f.Kind.SignedProduct() {
		return diff.Unsigned()
	}
	return math.Abs(diff.Float64(lut.Signed, 128))
}

// ReadPart finds out which bits of the product a port has that is narrower than both operands together. It
// multiplies a sample of pairs, and compares the products with every run of so many bits of the exact product,
// and, if one or two bits are missing, with the product itself. kinds are those of the operands that the ports
// admit, the likeliest first. ok is false if no reading fits much better than all others.
func ReadPart(ctx context.Context, o cosim.Opener, kinds []cosim.Kind) (r PartReading, ok bool, err error) {
	s := o.Shape()
	if _, integer := s.Kind.Integer(); !integer || s.P >= s.A+s.B {
		return r, false, fault.Usagef("%v is no multiplier of integers with a part of the product", s)
	}
	if s.P < leastPart {
		return r, false, nil
	}
	a, b, p, err := draw(ctx, o)
	if err != nil {
		return r, false, err
	}
	r.Error, r.Next = math.Inf(1), math.Inf(1)
	take := func(f lut.Format) {
		sum := 0.0
		for i := range a {
			sum += partDistance(f, a[i], b[i], p[i])
		}
		bits := f.A + f.B
		if f.Part.Modulo {
			bits = f.Modulus()
		}
		e := math.Ldexp(sum/readingPairs, -bits)
		switch same := f.Part == r.Part; {
		case e < r.Error && same: // the same bits, of operands of another kind
			r.Kind, r.Error = f.Kind.Ports(), e
		case e < r.Error:
			r = PartReading{f.Kind.Ports(), f.Part, e, r.Error}
		case !same:
			r.Next = min(r.Next, e)
		}
	}
	for _, ports := range kinds {
		k, _ := ports.Integer()
		f := lut.Format{Kind: k, A: s.A, B: s.B, P: s.P}
		for lsb := s.A + s.B - s.P; lsb >= 0; lsb-- {
			if f.Part = f.PartOf(lsb); lsb == 0 || f.Part != (lut.Part{}) {
				take(f)
			}
		}
		if f.Part = (lut.Part{}); f.PartOf(0) != f.Part && s.P >= s.A+s.B-2 { // saturating, or with small products
			take(f)
		}
	}
	// Bits that are cut off below make an error of half a unit of the port's last place, 2^−P/2 of the range. Bits that
	// have nothing to do with the product are a quarter of the range off.
	return r, r.Error <= 0.05+math.Ldexp(1, -s.P) && r.Next >= 3*r.Error+0.02, nil
}
