package bench

import (
	"context"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/witness"
)

// opened is a built-in design in its simulators, and its golden model.
type opened struct {
	*witness.Design
	golden golden.Multiplier
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
	d, err := witness.OpenBuiltin(ctx, m.RTL, false, opts, witness.Options{Simulators: s})
	return &opened{d, m}, err
}
