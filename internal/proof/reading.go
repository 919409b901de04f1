package proof

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Ports of one width may be those of floats with 8 exponent bits, as which they are read first, or of integers with a
// part of the product; of 16 bits they may be binary16, too. Products tell: in the right format of floats their sign
// and
// exponent follow from those of the operands, and the right part of an integer product is near. Of a bfloat16
// multiplier read as binary16 about 60 % of the products seem to do so, of the other one read as bfloat16 none.
var (
	bfloat16 = lut.FloatFormat(7, 7)
	binary16 = lut.Format{Kind: lut.Mantissa, A: 10, B: 10, P: 10, Float: lut.Float{Exponent: 5}}
)

const (
	readingPairs = 512
	readingShare = 0.95 // of the products that fit a format, in one that is taken
)

// ambiguous says whether ports that are read as floats could be read in another way.
func (o *Options) ambiguous(s cosim.Shape) bool {
	return s.Kind == cosim.Float && s.P < s.A+s.B && o.Over.Kind == "" && o.Over.Format == nil && o.Over.Mantissa == 0
}

// reread returns how ports that are read as floats should be read by their products, and how that is known. The reading
// is the same where no other one fits much better: a sweep says what is wrong with the products.
func (o *Options) reread(ctx context.Context, w *witness.Design) (over cosim.Overrides, why string, err error) {
	over = o.Over
	s := w.Shape()
	if s.A == 16 && s.P == 16 {
		if over.Format, why, err = reading(ctx, w.Opener); err != nil || over.Format != nil {
			return over, why, err
		}
	}
	d, err := w.Opener.Open(ctx)
	if err != nil {
		return over, "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err = d.Reset(ctx, cosim.FillZeros); err != nil {
		return over, "", err
	}
	f := s.Numbers()
	n, err := fitting(ctx, d, f)
	if err != nil || float64(n) >= readingShare*readingPairs {
		return over, "", err
	}
	over.Integers = true
	r, err := cosim.ElaborateRTL(ctx, o.Source, over, o.build())
	if err != nil || !r.Iface.PartOpen {
		return o.Over, "", ctx.Err() // no other reading is compared, or has a table
	}
	part, ok, err := lutgen.ReadPart(ctx, reshaped{w.Opener, r.Shape()}, kindsOf(r.Iface))
	if err != nil || !ok {
		return o.Over, "", err
	}
	return over, fmt.Sprintf("read as integers: the mean distance from %s is %.2g %% of the range, and sign and "+
		"exponent of %d of %d products fit %v",
		partOf(r.Shape(), part), 100*part.Error, n, readingPairs, f), nil
}

// reshaped is a design whose products are read in another way.
type reshaped struct {
	cosim.Opener
	shape cosim.Shape
}

// Shape implements cosim.Opener.
func (r reshaped) Shape() cosim.Shape { return r.shape }

// partOf names the part of an integer product that was found.
func partOf(s cosim.Shape, r lutgen.PartReading) string {
	s.Part = r.Part
	if what := s.Numbers().PartText(); what != "" {
		return what
	}
	return "the product"
}

// reading returns the format of a design with ports of 16 bits if it is binary16, and how that is known. The format
// is nil
// for bfloat16, and where the products fit neither format.
func reading(ctx context.Context, o cosim.Opener) (f *lut.Format, why string, err error) {
	d, err := o.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return nil, "", err
	}
	brain, err := fitting(ctx, d, bfloat16)
	if err != nil {
		return nil, "", err
	}
	half, err := fitting(ctx, d, binary16)
	if err != nil {
		return nil, "", err
	}
	const least = readingShare * readingPairs
	counts := fmt.Sprintf("sign and exponent of %d of %d products fit e5m10 (binary16), of %d e8m7 (bfloat16)", half, readingPairs, brain)
	switch {
	case float64(half) >= least && float64(brain) >= least:
		return nil, "", fault.Usagef("operands and product of 16 bits could be of two formats: %s; choose with %v", counts, option.Format)
	case float64(half) < least:
		return nil, "", nil
	}
	g, err := limitsOf(ctx, d, binary16)
	return &g, fmt.Sprintf("read as %v: %s", g, counts), err
}

// fitting returns how many of readingPairs products have the sign and an exponent that follow from the operands
// in a format of floats of one width; operands are chosen so that the exponents are of normal numbers.
func fitting(ctx context.Context, d cosim.DUT, f lut.Format) (int, error) {
	rng := rand.New(rand.NewPCG(16, uint64(f.A)))
	one, top := int(f.One()), 1<<f.ExponentBits()-1
	var a, b []uint32
	for len(a) < readingPairs {
		x, y := 1+rng.IntN(top-1), 1+rng.IntN(top-1)
		if e := x + y - one; e < 2 || e > top-3 {
			continue
		}
		sign := f.A + f.ExponentBits()
		a = append(a, rng.Uint32N(2)<<sign|uint32(x)<<f.A|rng.Uint32N(1<<f.A))
		b = append(b, rng.Uint32N(2)<<sign|uint32(y)<<f.A|rng.Uint32N(1<<f.A))
	}
	p := make([]uint32, readingPairs)
	if err := d.Eval(ctx, a, b, p); err != nil {
		return 0, err
	}
	field := func(v uint32, fraction int) int { return int(v>>fraction) & top }
	sign := func(v uint32, fraction int) uint32 { return v >> (fraction + f.ExponentBits()) & 1 }
	n := 0
	for i, v := range p {
		carry := field(v, f.P) - (field(a[i], f.A) + field(b[i], f.A) - one)
		if (carry == 0 || carry == 1) && sign(a[i], f.A)^sign(b[i], f.A) == sign(v, f.P) {
			n++
		}
	}
	return n, nil
}

// limitsOf adds to a format what a design makes of subnormal numbers and of overflow.
func limitsOf(ctx context.Context, d cosim.DUT, f lut.Format) (lut.Format, error) {
	one := f.One() << f.A
	largest := uint32(1<<f.ExponentBits()-1)<<f.A - 1
	p := make([]uint32, 3)
	subnormal := uint32(1)<<f.A - 1
	if err := d.Eval(ctx, []uint32{one, subnormal, largest}, []uint32{subnormal, one, largest}, p); err != nil {
		return f, err
	}
	if p[0] != 0 && p[1] != 0 {
		f.Float.Subnormals = lut.Gradual
	}
	f.Float.Saturate = p[2] == largest
	return f, nil
}
