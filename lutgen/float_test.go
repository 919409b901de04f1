package lutgen_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Full accepts zeros with signs, or without, and NaNs of any pattern, and nothing else.
func TestFullOfFloats(t *testing.T) {
	f, err := lut.ParseFormat("e3m2-ieee")
	require.NoError(t, err)
	m, err := golden.Lookup("exact-rne_e3m2-ieee")
	require.NoError(t, err)
	const sign, nan, pairs = 1 << 5, 0x1e, 1 << 12
	shape := cosim.Shape{Kind: cosim.Float, A: 6, B: 6, P: 6, Float: f.Float}
	signed := func(a, b uint32) uint32 {
		p := m.Product(a, b)
		if p == 0 {
			p |= (a ^ b) & sign
		}
		return p
	}
	run := func(t *testing.T, product func(a, b uint32) uint32, others ...cosim.Opener) (*lutgen.Comparison, error) {
		r, err := lutgen.Check(t.Context(), pure(shape, product), m.Table(),
			lutgen.CheckOptions{Full: true, Options: lutgen.Options{Row: m.Row, Proven: true, Jobs: 1, Others: others}})
		if err != nil {
			return nil, err
		}
		assert.EqualValues(t, pairs, r.All.Compared)
		return r.All, nil
	}
	for _, c := range []struct {
		name        string
		product     func(a, b uint32) uint32
		signedZeros bool
		nans        bool
		class       string // of the mismatches; empty for none
	}{
		{"zeros are +0", m.Product, false, false, ""},
		{"zeros have signs", signed, true, false, ""},
		{"one zero has the wrong sign", func(a, b uint32) uint32 {
			if a == sign|1 && b == 1 { // an underflow
				return 0
			}
			return signed(a, b)
		}, true, false, "sign of zero"},
		{"one zero has a sign", func(a, b uint32) uint32 {
			if a == sign|1 && b == 1 {
				return sign
			}
			return m.Product(a, b)
		}, false, false, "sign of zero"},
		{"zeros are -0", func(a, b uint32) uint32 {
			if p := m.Product(a, b); p != 0 {
				return p
			}
			return sign
		}, true, false, "sign of zero"},
		{"NaNs of other patterns", func(a, b uint32) uint32 {
			p := m.Product(a, b)
			if p == nan {
				p = 0x1d | a&sign
			}
			return p
		}, false, true, ""},
		{"infinity for NaN", func(a, b uint32) uint32 {
			p := m.Product(a, b)
			if p == nan && a == 0x1f {
				p = 0x1c
			}
			return p
		}, false, false, "NaN expected"},
		{"NaN for infinity", func(a, b uint32) uint32 {
			p := m.Product(a, b)
			if p == 0x1c && a == 0x1b {
				p = 0x1d
			}
			return p
		}, false, false, "NaN not expected"},
		{"a subnormal result is cut off", func(a, b uint32) uint32 {
			p := m.Product(a, b)
			if p == 1 {
				p = 0
			}
			return p
		}, false, false, "subnormal expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := run(t, c.product)
			require.NoError(t, err)
			assert.Equal(t, c.class == "", all.Equal(), "%v", all.Classes)
			assert.Equal(t, c.signedZeros, all.SignedZeros)
			assert.Equal(t, c.nans, all.NaNs > 0)
			if c.class != "" {
				assert.Positive(t, all.Classes[c.class], "%v", all.Classes)
				assert.Len(t, all.Classes, 1)
			}
		})
	}
	// The table alone rounds twice, and says so by failing.
	r, err := lutgen.Check(t.Context(), pure(shape, m.Product), m.Table(), lutgen.CheckOptions{Full: true, Options: lutgen.Options{Proven: true}})
	require.NoError(t, err)
	assert.True(t, r.Pairs.Equal())
	assert.Positive(t, r.All.Mismatched)

	// Simulators that differ in what is accepted do not agree.
	_, err = run(t, m.Product, pure(shape, signed))
	assert.Error(t, err, "signs of zeros")
	_, err = run(t, m.Product, pure(shape, func(a, b uint32) uint32 {
		p := m.Product(a, b)
		if p == nan && a == 0x1f && b == 3 {
			p = 0x1f
		}
		return p
	}))
	assert.Error(t, err, "patterns of NaN")
	all, err := run(t, signed, pure(shape, signed))
	require.NoError(t, err)
	assert.True(t, all.Equal())
}

// Numbers of different formats are not compared.
func TestFormatsDiffer(t *testing.T) {
	table := func(name string) *lut.Table {
		m, err := golden.Lookup(name)
		require.NoError(t, err)
		return m.Table()
	}
	for _, other := range []string{"exact_e8m3", "exact_e4m3fn", "exact_e4m3-ieee", "exact_e4m3-saturate", "exact_e4m3b8", "exact_e5m3"} {
		_, err := lutgen.CompareTables(table("exact_e4m3"), table(other))
		assert.ErrorContains(t, err, "cannot be compared", other)
	}
	c, err := lutgen.CompareTables(table("mitchell_e4m3-ieee"), table("mitchell_e4m3-ieee-rne"))
	require.NoError(t, err, "the same entries; only a subnormal result is rounded another way")
	assert.True(t, c.Equal())
}
