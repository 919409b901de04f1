package gateware

import (
	"context"

	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
)

// Adapt makes a design in RTL ready for a board, in the format of its table, once every simulator agrees on every
// product of it. fraction is the number of fraction bits to keep of floating-point products, 0 for all that are used.
func Adapt(ctx context.Context, d *proof.Design, o *proof.Options, fraction int) (*Multiplier, error) {
	all := *o
	all.Jobs = 0
	t, err := all.Sweep(ctx, d, fraction, nil)
	if err != nil {
		return nil, err
	}
	return New(d.RTL, t.Format)
}

// Measure measures a design in RTL alone, without a board's gateware, and how wrong its table is.
func Measure(ctx context.Context, d *proof.Design, o *proof.Options, boards []Board) (m Measured, err error) {
	area, err := Synthesize(ctx, d.RTL, boards)
	if err != nil {
		return m, err
	}
	var t *lut.Table
	if d.Golden != nil {
		t = d.Golden.Table()
	} else if t, err = o.Sweep(ctx, d, 0, nil); err != nil {
		return m, err
	}
	return NewMeasured(d.Name, area, t), nil
}
