package main

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/multiplier"
)

// modelTable makes the table of a C model that is to be the golden one of a
// design: the function has the design's format.
func (d *designFlags) modelTable(ctx context.Context, ref multiplier.Ref, s cosim.Shape, f lut.Format) (
	t *lut.Table, what string, err error) {
	src := cosim.ModelSource{File: ref.Path, Func: ref.Func, Trust: d.source.Trust}
	opts := lutgen.Options{Jobs: d.jobs}
	if f.Kind == lut.Mantissa {
		src.Mantissa, opts.Fraction = f.A, 0 // float or fraction: the function's type says which
	} else {
		src.Kind, src.A, src.B = s.Kind, f.A, f.B
	}
	m, err := cosim.OpenModel(ctx, src, cosim.Options{Timeout: d.timeout})
	if err != nil {
		return nil, "", err
	}
	t, err = lutgen.MakeModel(ctx, m, opts)
	if err != nil {
		return nil, "", fmt.Errorf("golden model %s: %w", ref.Path, err)
	}
	return t, m.Describe(), nil
}
