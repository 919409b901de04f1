package proof

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Floating-point ports of 16 bits may be bfloat16, as which they are read first, or binary16. Products
// tell which: in the right format their sign and exponent follow from those of the operands. Of a bfloat16 multiplier
// read as binary16 about 60 % of the products seem to do so, of the other one read as bfloat16 none.
var (
	bfloat16 = lut.FloatFormat(7, 7)
	binary16 = lut.Format{Kind: lut.Mantissa, A: 10, B: 10, P: 10, Float: lut.Float{Exponent: 5}}
)

const (
	readingPairs = 512
	readingShare = 0.95 // of the products that fit a format, in one that is taken
)

// ambiguous says whether ports could be of either format.
func (o *Options) ambiguous(s cosim.Shape) bool {
	return s == cosim.Shape{Kind: cosim.Float, A: 16, B: 16, P: 16} && o.Over.Format == nil && o.Over.Mantissa == 0
}

// reading returns the format of a design with ports of 16 bits, and how that is known. The format is nil
// for bfloat16, and where the products fit neither format: a sweep says what is wrong with them.
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
// in a format; operands are chosen so that the exponents are of normal numbers.
func fitting(ctx context.Context, d cosim.DUT, f lut.Format) (int, error) {
	rng := rand.New(rand.NewPCG(16, uint64(f.A)))
	one, top := int(f.One()), 1<<f.ExponentBits()-1
	var a, b []uint32
	for len(a) < readingPairs {
		x, y := 1+rng.IntN(top-1), 1+rng.IntN(top-1)
		if e := x + y - one; e < 2 || e > top-3 {
			continue
		}
		a = append(a, rng.Uint32N(2)<<15|uint32(x)<<f.A|rng.Uint32N(1<<f.A))
		b = append(b, rng.Uint32N(2)<<15|uint32(y)<<f.A|rng.Uint32N(1<<f.A))
	}
	p := make([]uint32, readingPairs)
	if err := d.Eval(ctx, a, b, p); err != nil {
		return 0, err
	}
	field := func(v uint32) int { return int(v>>f.A) & top }
	n := 0
	for i, v := range p {
		carry := field(v) - (field(a[i]) + field(b[i]) - one)
		if (carry == 0 || carry == 1) && (a[i]^b[i]^v)>>15 == 0 {
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
