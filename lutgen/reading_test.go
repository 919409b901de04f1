package lutgen_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// A sample tells how bits are read where one reading makes sense and the other does not.
func TestReadAllWays(t *testing.T) {
	const n = 6
	number := func(x uint32) int32 { return int32(x<<(32-n)) >> (32 - n) }
	for name, c := range map[string]struct {
		product func(a, b uint32) uint32
		want    cosim.Kind
	}{
		"unsigned":                 {func(a, b uint32) uint32 { return a * b }, cosim.Unsigned},
		"two's complement":         {func(a, b uint32) uint32 { return uint32(number(a) * number(b)) }, cosim.Signed},
		"unsigned, truncated":      {func(a, b uint32) uint32 { return a &^ 3 * (b &^ 3) }, cosim.Unsigned},
		"two's complement, coarse": {func(a, b uint32) uint32 { return uint32(number(a)*number(b)) &^ 7 }, cosim.Signed},
		"zero":                     {func(a, b uint32) uint32 { return 0 }, ""}, // as wrong in both
		"signed by unsigned":       {func(a, b uint32) uint32 { return uint32(number(a)) * b }, cosim.SignedByUnsigned},
		"unsigned by signed":       {func(a, b uint32) uint32 { return a * uint32(number(b)) &^ 3 }, cosim.UnsignedBySigned},
		"noise":                    {func(a, b uint32) uint32 { return (a*2654435761 ^ b*40503) * 97 }, ""},
	} {
		for _, kind := range []cosim.Kind{cosim.Unsigned, cosim.Signed} { // as it is read now does not matter
			f := pure(cosim.Shape{Kind: kind, A: n, B: n, P: 2 * n}, func(a, b uint32) uint32 { return c.product(a, b) & (1<<(2*n) - 1) })
			r, err := lutgen.ReadAllWays(t.Context(), f)
			require.NoError(t, err)
			assert.Greater(t, r.Pairs, 900)
			want := c.want
			if want == kind { // as which it is read already
				want = ""
			}
			k, ok := r.Kind(kind)
			assert.Equal(t, want, k, "%s: %+v", name, r)
			assert.Equal(t, want != "", ok, name)
			assert.Equal(t, f.opened.Load(), f.closed.Load())
		}
	}
	_, err := lutgen.ReadAllWays(t.Context(), pure(cosim.Shape{Kind: cosim.Unsigned, A: 8, B: 8, P: 8}, nil))
	assert.Equal(t, fault.Usage, fault.Status(err))
	broken := pure(cosim.Shape{Kind: cosim.Unsigned, A: 8, B: 8, P: 16}, nil)
	_, err = lutgen.ReadAllWays(t.Context(), failing{broken})
	require.EqualError(t, err, "no process")
	_, ok := lutgen.Reading{}.Kind(cosim.Unsigned)
	assert.False(t, ok)
}

// failing is a design that cannot be started.
type failing struct{ *fake }

func (failing) Open(context.Context) (cosim.DUT, error) { return nil, errors.New("no process") }

// Tables that are equal with the operands exchanged are no match, and the comparison says so.
func TestExchangedTables(t *testing.T) {
	f := lut.UintFormat(4, 4)
	table := func(of func(a, b uint32) uint32) *lut.Table {
		x, err := lut.New("x", f)
		require.NoError(t, err)
		for a := range uint32(16) {
			for b := range uint32(16) {
				x.Set(a, b, of(a, b))
			}
		}
		return x
	}
	cut := table(func(a, b uint32) uint32 { return a &^ 3 * b })
	c, err := lutgen.CompareTables(cut, table(func(b, a uint32) uint32 { return a &^ 3 * b }))
	require.NoError(t, err)
	assert.False(t, c.Equal())
	assert.Equal(t, uint64(256), c.Exchanged)
	for _, other := range []func(a, b uint32) uint32{
		func(b, a uint32) uint32 { // one is wrong
			if a == 15 && b == 15 {
				return 1
			}
			return a &^ 3 * b
		},
		func(a, b uint32) uint32 { return a &^ 3 * b }, // equal as it is
	} {
		c, err = lutgen.CompareTables(cut, table(other))
		require.NoError(t, err)
		assert.Zero(t, c.Exchanged)
	}
}
