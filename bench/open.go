package bench

import (
	"context"

	"approxtrain/cosim"
	"approxtrain/golden"
	"approxtrain/witness"
)

// opened is a built-in design in its simulators, and its golden model.
type opened struct {
	*witness.Design
	golden golden.Multiplier // of openBuiltin
}

// openBuiltin opens the built-in RTL of a multiplier by name; variant "" is the first one.
func openBuiltin(ctx context.Context, name, variant string, opts cosim.Options, s witness.Simulators) (*opened, error) {
	m, err := golden.Lookup(name)
	if err != nil {
		return nil, err
	}
	if m, err = m.Variant(variant); err != nil {
		return nil, err
	}
	d, err := openRTL(ctx, m.RTL, false, opts, s)
	return &opened{d, m}, err
}

// openWide opens the built-in RTL of an integer multiplier that no table holds.
func openWide(ctx context.Context, m golden.Integer, s witness.Simulators) (*opened, error) {
	d, err := openRTL(ctx, m.RTL, true, cosim.Options{}, s)
	return &opened{Design: d}, err
}

func openRTL(ctx context.Context, r golden.RTL, wide bool, opts cosim.Options,
	s witness.Simulators) (*witness.Design, error) {
	source, err := cosim.Builtin(r.File, r.Top, r.Params)
	if err != nil {
		return nil, err
	}
	d, err := cosim.ElaborateRTL(ctx, source, cosim.Overrides{Kind: cosim.Kind(r.Kind), Wide: wide}, opts)
	if err != nil {
		return nil, err
	}
	return witness.Open(ctx, d, witness.Options{Simulators: s})
}
