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

// Reading says how far the products of a sample are from the exact ones if their bits are read as unsigned numbers, and
// if they are read as two's complement.
type Reading struct {
	Pairs            int     // of the sample whose exact product is not 0 in either reading
	Unsigned, Signed float64 // mean relative error of the sample; 0.1 is 10 %
}

// readingPairs is the size of the sample.
const readingPairs = 1024

// ReadBothWays multiplies a sample of pairs: operands of all bit patterns, equally often, from a fixed seed. The design
// is one of integers whose product has as many bits as both operands together.
func ReadBothWays(ctx context.Context, o cosim.Opener) (r Reading, err error) {
	s := o.Shape()
	if s.Kind != cosim.Unsigned && s.Kind != cosim.Signed || s.P != s.A+s.B {
		return r, fault.Usagef("%v is no multiplier of integers with the whole product", s)
	}
	rng := rand.New(rand.NewPCG(7, 17))
	a, b, p := make([]uint32, readingPairs), make([]uint32, readingPairs), make([]uint32, readingPairs)
	for i := range a {
		a[i], b[i] = rng.Uint32N(1<<s.A), rng.Uint32N(1<<s.B)
	}
	d, err := o.Open(ctx)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return r, err
	}
	if err := d.Eval(ctx, a, b, p); err != nil {
		return r, err
	}
	distance := func(k lut.Kind, i int) (relative float64, ok bool) {
		exact := k.Number(a[i], s.A) * k.Number(b[i], s.B)
		return math.Abs(float64(k.Number(p[i], s.P)-exact)) / math.Abs(float64(exact)), exact != 0
	}
	for i := range a {
		u, ok := distance(lut.Unsigned, i)
		t, too := distance(lut.Signed, i)
		if !ok || !too {
			continue
		}
		r.Pairs++
		r.Unsigned += u
		r.Signed += t
	}
	if r.Pairs == 0 {
		return r, nil
	}
	r.Unsigned /= float64(r.Pairs)
	r.Signed /= float64(r.Pairs)
	return r, nil
}

// Kind returns the reading that makes sense of the products where the other does not: its mean relative error is at
// most 10 % of the other's, which is above 50 %. ok is false if neither reading is so much better.
func (r Reading) Kind() (k cosim.Kind, ok bool) {
	far := func(wrong, right float64) bool { return r.Pairs > 0 && wrong > 0.5 && right < wrong/10 }
	switch {
	case far(r.Unsigned, r.Signed):
		return cosim.Signed, true
	case far(r.Signed, r.Unsigned):
		return cosim.Unsigned, true
	}
	return "", false
}
