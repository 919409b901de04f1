package lutgen_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

func model(t *testing.T, name string) *lut.Table {
	m, err := golden.Lookup(name)
	require.NoError(t, err)
	return m.Table()
}

// Every pair of a floating-point format is compared; each kind of wrong product
// is counted under its name, whichever instance meets it.
func TestFullCountsAndClassesLong(t *testing.T) {
	for _, name := range []string{"exact_e8m1", "mitchell_e8m2", "exact-full_e8m2"} {
		want := model(t, name)
		m, p := want.Format.A, want.Format.P
		one, inf, nan, sign := uint32(127)<<m, uint32(255)<<m, uint32(255)<<m|1<<(m-1), uint32(1)<<(m+8)
		wrong := map[[2]uint32]struct {
			got   uint32
			class string
		}{
			{one, one}:               {want.MulNarrow(one, one) + 1, "value"},
			{one, one | sign}:        {want.MulNarrow(one, one), "sign"},
			{0, sign | one}:          {1 << (p + 8), "sign of zero"},
			{0, one}:                 {127 << p, "zero expected"},
			{one | sign, 0}:          {127<<p | 1, "zero expected"}, // the first of its row
			{inf, one}:               {127 << p, "infinity expected"},
			{nan, one}:               {0, "NaN expected"},
			{one, nan}:               {255<<p | 1<<(p-1) | 1<<(p+8), "NaN of another pattern"},
			{one | 1, inf | sign}:    {255<<p | 1<<(p-1), "NaN not expected"},
			{one, 254 << m}:          {255 << p, "infinity not expected"},
			{1 << m, one | sign | 1}: {1, "zero or subnormal not expected"},
		}
		f := pure(fp(m, p), func(a, b uint32) uint32 {
			if w, ok := wrong[[2]uint32{a, b}]; ok {
				return w.got
			}
			return want.MulNarrow(a, b)
		})
		f.shape.A, f.shape.B = 9+m, 9+m
		for _, jobs := range []int{1, 3} {
			c, err := lutgen.Full(t.Context(), f, want, lutgen.Options{Jobs: jobs})
			require.NoError(t, err)
			assert.Equal(t, uint64(1)<<(2*(9+m)), c.Compared, name)
			assert.Equal(t, uint64(len(wrong)), c.Mismatched, name)
			assert.Len(t, c.First, len(wrong), name)
			classes := map[string]uint64{}
			for _, w := range wrong {
				classes[w.class]++
			}
			assert.Equal(t, classes, c.Classes, name)
			assert.False(t, c.Equal())
		}
	}
}

// A product port wider than the table's product ends in zeros.
func TestFullOfAWiderPort(t *testing.T) {
	want := model(t, "exact_e8m1")
	f := pure(fp(1, 4), func(a, b uint32) uint32 { return want.MulNarrow(a, b) << 3 })
	c, err := lutgen.Full(t.Context(), f, want, lutgen.Options{})
	require.NoError(t, err)
	assert.Equal(t, uint64(1<<20), c.Compared)
	assert.True(t, c.Equal())
	f = pure(fp(1, 4), func(a, b uint32) uint32 { return want.MulNarrow(a, b)<<3 | a&b&1 })
	c, err = lutgen.Full(t.Context(), f, want, lutgen.Options{})
	require.NoError(t, err)
	assert.Equal(t, uint64(1<<18), c.Mismatched)
}

func TestCompareTables(t *testing.T) {
	exact, drum := model(t, "exact_u8"), model(t, "drum6_u8")
	c, err := lutgen.CompareTables(drum, exact)
	require.NoError(t, err)
	m := lut.Measure(drum)
	assert.Equal(t, uint64(65536), c.Compared)
	assert.Equal(t, uint64(m.Wrong), c.Mismatched)
	assert.Len(t, c.First, lutgen.KeepFirst)
	var spread uint64
	for _, n := range c.Spread {
		spread += n
	}
	assert.Equal(t, c.Mismatched, spread)

	_, err = lutgen.CompareTables(exact, model(t, "exact_u4"))
	assert.ErrorContains(t, err, "cannot be compared")

	// Formats that differ in fraction bits compare as numbers.
	c, err = lutgen.CompareTables(model(t, "exact_e8m3"), model(t, "exact-full_e8m3"))
	require.NoError(t, err)
	assert.Equal(t, uint64(64), c.Compared)
	assert.NotZero(t, c.Mismatched)

	// Signed products differ as numbers, not as bit patterns.
	a, err := lut.New("a", lut.SintFormat(2, 2))
	require.NoError(t, err)
	b, err := lut.New("b", lut.SintFormat(2, 2))
	require.NoError(t, err)
	b.Set(1, 1, 0xf) // −1 where a has 0
	c, err = lutgen.CompareTables(a, b)
	require.NoError(t, err)
	assert.Equal(t, lutgen.Spread{1: 1}, c.Spread)
}

func TestSpreadLabels(t *testing.T) {
	s := lutgen.Spread{}
	for k, want := range map[int]string{1: "+1", 2: "+2…+3", 4: "+8…+15", -1: "−1", -3: "−7…−4"} {
		assert.Equal(t, want, s.Label(k))
	}
}

// Nothing compared is nothing passed.
func TestPassedNeedsProducts(t *testing.T) {
	assert.False(t, lutgen.Result{}.Passed())
	assert.False(t, lutgen.Result{Compared: 255, Stored: 256}.Passed())
	assert.False(t, lutgen.Result{Compared: 256, Stored: 256, Wrong: 1}.Passed())
	assert.True(t, lutgen.Result{Compared: 256, Stored: 256}.Passed())
	assert.False(t, (&lutgen.Comparison{}).Equal())
}

func TestRegress(t *testing.T) {
	exact := model(t, "exact_u4")
	good := lutgen.Case{
		Name: "good", Model: func() *lut.Table { return exact }, Digest: exact.Digest(),
		Open: func(context.Context) (cosim.Opener, lutgen.Options, error) {
			return pure(u(4, 4, 8), func(a, b uint32) uint32 { return a * b }), lutgen.Options{}, nil
		},
	}
	wrong, stale, broken, damaged := good, good, good, good
	wrong.Name, stale.Name, broken.Name, damaged.Name = "wrong RTL", "stale digest", "no RTL", "other table"
	wrong.Open = func(context.Context) (cosim.Opener, lutgen.Options, error) {
		return pure(u(4, 4, 8), func(a, b uint32) uint32 { return a*b - a&b&1 }), lutgen.Options{}, nil
	}
	stale.Digest = model(t, "drum3_u4").Digest()
	broken.Open = func(context.Context) (cosim.Opener, lutgen.Options, error) {
		return nil, lutgen.Options{}, errors.New("no such thing")
	}
	damaged.Table = func() (*lut.Table, error) { return model(t, "drum3_u4"), nil }

	cases := []lutgen.Case{good, wrong, stale, broken, damaged, good}
	for _, jobs := range []int{1, 4} {
		told := 0
		results, err := lutgen.Regress(t.Context(), cases, jobs, false, func(lutgen.Result) { told++ })
		require.NoError(t, err)
		require.Len(t, results, len(cases))
		assert.Equal(t, len(cases), told)
		for i, r := range results {
			assert.Equal(t, cases[i].Name, r.Name)
			assert.Equal(t, r.Name == "good", r.Passed(), r.Name)
		}
		assert.Equal(t, uint64(256), results[0].Compared)
		assert.Equal(t, uint64(64), results[1].Wrong)
		assert.Contains(t, results[1].Error, "64 of 256")
		assert.Contains(t, results[2].Error, "SHA-256")
	}
	results, err := lutgen.Regress(t.Context(), cases, 1, true, nil)
	require.NoError(t, err)
	assert.True(t, results[0].Passed())
	assert.False(t, results[1].Passed())
	for _, r := range results[2:] {
		assert.True(t, r.Skipped, r.Name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = lutgen.Regress(ctx, cases, 1, false, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

// Agreements adds up the products of cases with the same simulators, and keeps others apart.
func TestAgreements(t *testing.T) {
	full := func(tool string, n uint64) lut.Witness { return lut.Witness{Tool: tool, Products: n} }
	part := func(tool string, n uint64) lut.Witness { return lut.Witness{Tool: tool, Products: n, Sample: true} }
	all := lutgen.Agreements([]lutgen.Result{
		{Witnesses: []lut.Witness{full("v", 256), full("n", 256), part("i", 16)}},
		{Witnesses: []lut.Witness{full("v", 64)}},
		{Skipped: true},
		{Witnesses: []lut.Witness{full("v", 1000), full("n", 1000), part("i", 100)}},
	})
	want := []*lutgen.Agreement{
		{Tools: []string{"v", "n"}, Products: 1256, Sampled: []lut.Witness{part("i", 116)}},
		{Tools: []string{"v"}, Products: 64},
	}
	require.Equal(t, want, all)
}
