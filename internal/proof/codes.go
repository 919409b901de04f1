package proof

import (
	"context"
	"errors"
	"math"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/lut"
)

// codedTable is the golden table of codes, of which there is that of exact products. Where a coding has both zeros,
// zero products have the sign that other products have, or are all +0: one product of the design says which is
// expected.
func (d *Design) codedTable(ctx context.Context, ref multiplier.Ref, f lut.Format) (*lut.Table, string, error) {
	if ref.Name != ExactDesign {
		return nil, "", &GoldenError{ref.Name, fault.Usagef("of codes, the only built-in design is %s", ExactDesign)}
	}
	m, err := golden.Coded(f)
	if err != nil {
		return nil, "", &GoldenError{ref.Name, fault.Usagef("%w", err)}
	}
	plus, err := d.plusZero(ctx, m)
	if err != nil {
		return nil, "", err
	}
	what := "golden model " + m.Name
	if plus {
		if m, err = golden.CodedPlusZero(f); err != nil {
			return nil, "", err
		}
		what += " (each zero is +0)"
	}
	return m.Table(), what, nil
}

// plusZero says whether the design's product is +0 for the first pair of a negative number and a zero whose exact
// product is −0.
func (d *Design) plusZero(ctx context.Context, m golden.Multiplier) (is bool, err error) {
	c := m.Format.Codes
	sign := func(v float32) int {
		switch {
		case v != 0:
			return 0
		case math.Signbit(float64(v)):
			return -1
		}
		return 1
	}
	for a, x := range c.A.Values() {
		for b, y := range c.B.Values() {
			if x < 0 && sign(y) == 1 && sign(c.P.Value(m.Entry(uint32(a), uint32(b)))) == -1 {
				p, err := d.one(ctx, uint32(a), uint32(b))
				return err == nil && p < 1<<m.Format.P && sign(c.P.Value(p)) == 1, err
			}
		}
	}
	return false, nil
}

// one returns the product of one pair.
func (d *Design) one(ctx context.Context, a, b uint32) (product uint32, err error) {
	dut, err := d.quickest().Open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, dut.Close()) }()
	if err := dut.Reset(ctx, cosim.FillZeros); err != nil {
		return 0, err
	}
	p := make([]uint32, 1)
	err = dut.Eval(ctx, []uint32{a}, []uint32{b}, p)
	return p[0], err
}
