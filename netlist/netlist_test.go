package netlist

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"approxtrain/cosim"
	"approxtrain/golden"
	"approxtrain/internal/simd"
)

// open returns a built-in's circuit.
func openBuiltin(t *testing.T, name, variant string) (*Circuit, *golden.Multiplier) {
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	m, err = m.Variant(variant)
	require.NoError(t, err)
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	require.NoError(t, err)
	ctx := context.Background()
	r, err := cosim.ElaborateRTL(ctx, s, cosim.Overrides{Kind: cosim.Kind(m.RTL.Kind)}, cosim.Options{})
	require.NoError(t, err)
	c, err := Open(ctx, r)
	require.NoError(t, err)
	return c, &m
}

func TestBuiltins(t *testing.T) {
	rows, err := golden.Manifest()
	require.NoError(t, err)
	for _, row := range rows {
		t.Run(row.String(), func(t *testing.T) {
			c, m := openBuiltin(t, row.Name, row.Variant)
			d, err := c.open(t.Context())
			require.NoError(t, err)
			if c.rtl.TimingOpen() {
				require.NoError(t, c.rtl.MeasureTiming(t.Context(), d, c.SetTiming))
			}
			want := m.Table()
			f := want.Format
			r := cosim.Rect{NA: uint32(f.Rows()), NB: uint32(f.Cols())}
			if c.Shape().Kind == cosim.Float {
				r.A0, r.B0 = cosim.One<<f.A, cosim.One<<f.B
			}
			t.Logf("%v; %d ops, structure %v, timing %v", c.Describe(), c.Operations(), c.Structure, c.timing)
			for _, tier := range tiers() {
				t.Setenv(simd.Variable, string(tier.level))
				d, err := c.open(t.Context())
				require.NoError(t, err)
				got, err := d.Sweep(t.Context(), r, cosim.RowMajor)
				require.NoError(t, err)
				for i := range int(r.Pairs()) {
					p := got.At(i)
					if c.Shape().Kind == cosim.Float {
						sf, _ := c.Shape().Format()
						p = (p - cosim.One<<sf.P) >> (sf.P - f.P)
					}
					if w := want.At(uint32(i)/r.NB, uint32(i)%r.NB); p != w {
						t.Fatalf("%s: a = %#x, b = %#x: %#x, expected %#x", tier.level, uint32(i)/r.NB, uint32(i)%r.NB, p, w)
					}
				}
			}
		})
	}
}
