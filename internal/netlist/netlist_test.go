package netlist

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/simd"
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
	r, err := cosim.ElaborateRTL(ctx, s, cosim.Overrides{Kind: m.RTL.Kind}, cosim.Options{})
	require.NoError(t, err)
	c, err := Open(ctx, r)
	require.NoError(t, err)
	return c, &m
}

// smallBuiltins are one of each kind, all of them small.
var smallBuiltins = []string{"exact_u4", "mitchell_u8", "udm_u2", "roba_s4", "mbm_e8m3", "exact_e8m7", "exact_e8m7 (pipelined)", "exact_u4 (sequential)"}

func TestBuiltins(t *testing.T) {
	assert.Equal(t, len(smallBuiltins), testBuiltins(t, func(name string) bool { return slices.Contains(smallBuiltins, name) }))
}

func TestBuiltinsLong(t *testing.T) {
	assert.Greater(t, testBuiltins(t, func(name string) bool { return !slices.Contains(smallBuiltins, name) }), 60)
}

// testBuiltins compares the netlists of some built-ins with their golden tables, product by
// product, in each tier of instructions. It returns how many built-ins these were.
func testBuiltins(t *testing.T, wanted func(name string) bool) (n int) {
	rows, err := golden.Manifest()
	require.NoError(t, err)
	for _, row := range rows {
		if !wanted(row.String()) {
			continue
		}
		n++
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
	return n
}
