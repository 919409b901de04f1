package lutgen_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

func u(a, b, p int) cosim.Shape { return cosim.Shape{Kind: cosim.Unsigned, A: a, B: b, P: p} }
func fp(m, p int) cosim.Shape {
	return cosim.Shape{Kind: cosim.Float, A: 9 + m, B: 9 + m, P: 9 + p}
}

// A table holds every product once, for any number of instances, and every
// product was formed in every visit.
func TestMakeHoldsEveryProduct(t *testing.T) {
	for _, s := range []cosim.Shape{u(1, 1, 2), u(4, 4, 8), u(8, 6, 14), u(10, 10, 20)} {
		for _, jobs := range []int{1, 2, 5} {
			var formed atomic.Int64
			f := pure(s, func(a, b uint32) uint32 { formed.Add(1); return a * b })
			var told, due atomic.Uint64
			var visits lutgen.Visits
			tab, err := lutgen.Make(t.Context(), f, lutgen.Options{Jobs: jobs, Visits: &visits, Progress: func(done, total uint64) {
				assert.LessOrEqual(t, done, total)
				told.Store(max(told.Load(), done))
				due.Store(total)
			}})
			require.NoError(t, err)
			assert.Equal(t, 4, visits.Sweeps)
			// A design that does not walk by itself gets 1,024 groups of 8.
			assert.Equal(t, uint64(8192), visits.Sampled)
			want := uint64(visits.Sweeps)<<(s.A+s.B) + visits.Sampled
			assert.Equal(t, f.Options(), tab.Options)
			n := 0
			for a := range uint32(1) << s.A {
				for b := range uint32(1) << s.B {
					if tab.At(a, b) == a*b {
						n++
					}
				}
			}
			assert.Equal(t, 1<<(s.A+s.B), n, "products that are right, %v", s)
			assert.EqualValues(t, want, formed.Load(), "products that were formed, %v", s)
			assert.Equal(t, f.opened.Load(), f.closed.Load(), "instances left open")
			assert.Equal(t, want, told.Load(), "progress told, %v", s)
			assert.Equal(t, want, due.Load(), "total told, %v", s)
		}
	}
}

// A floating-point design is swept at the exponent of 1.0, and its exponent
// becomes the carry.
func TestMakeReadsFloats(t *testing.T) {
	want, err := lut.New("exact", lut.FloatFormat(3, 3))
	require.NoError(t, err)
	for x := range uint32(8) {
		for y := range uint32(8) {
			q := (8 + x) * (8 + y) // in units of 1/64
			carry := q >> 7
			want.Set(x, y, carry<<3|q>>(3+carry)&7)
		}
	}
	for _, p := range []int{3, 23} { // as narrow as the table, and binary32
		f := pure(fp(3, p), func(a, b uint32) uint32 { return want.MulNarrow(a, b) << (p - 3) })
		got, err := lutgen.Make(t.Context(), f, lutgen.Options{})
		require.NoError(t, err)
		assert.Equal(t, lut.FloatFormat(3, 3), got.Format)
		c, err := lutgen.CompareTables(got, want)
		require.NoError(t, err)
		assert.Equal(t, uint64(64), c.Compared)
		assert.Zero(t, c.Mismatched)
	}
	f := pure(fp(3, 3), func(a, b uint32) uint32 { return a + b })
	_, err = lutgen.Make(t.Context(), f, lutgen.Options{})
	assert.ErrorContains(t, err, "is not between 1 and 4")
}

func TestFractionBits(t *testing.T) {
	f := pure(fp(4, 23), func(a, b uint32) uint32 { return 127<<23 | (b&1)<<17 }) // uses 6 bits
	tab, err := lutgen.Make(t.Context(), f, lutgen.Options{})
	require.NoError(t, err)
	assert.Equal(t, 6, tab.Format.P)
	tab, err = lutgen.Make(t.Context(), f, lutgen.Options{Fraction: 9})
	require.NoError(t, err)
	assert.Equal(t, 9, tab.Format.P)
	_, err = lutgen.Make(t.Context(), f, lutgen.Options{Fraction: 5})
	assert.ErrorContains(t, err, "the products use 6 fraction bits")
}

// What is no function of the operands is found, and told apart: state that
// leaks, bits that are open.
func TestMakeFindsImpureDesigns(t *testing.T) {
	for _, c := range []struct {
		name    string
		product func(s *state, a, b uint32) uint32
		open    bool
	}{
		{"a latch: one pair gives the previous product", func(s *state, a, b uint32) uint32 {
			if a == 9 && b == 14 {
				return s.lastA * s.lastB
			}
			return a * b
		}, false},
		{"the product of the pair before", func(s *state, a, b uint32) uint32 { return s.lastA * s.lastB }, false},
		{"one open bit for one pair", func(s *state, a, b uint32) uint32 {
			if a == 15 && b == 15 && s.fill == cosim.FillOnes {
				return a*b ^ 1<<7
			}
			return a * b
		}, true},
		{"two open bits that differ", func(s *state, a, b uint32) uint32 {
			if a == 15 && b == 15 && s.fill == cosim.FillRandom {
				return a*b ^ 1<<7
			}
			return a * b
		}, true},
	} {
		_, err := lutgen.Make(t.Context(), &fake{shape: u(4, 4, 8), product: c.product}, lutgen.Options{})
		var impure *lutgen.ImpureError
		require.ErrorAs(t, err, &impure, c.name)
		assert.Equal(t, c.open, impure.Open, c.name)
	}
}

// The scattered order never visits a pair right after the one that precedes it
// in the row-major order, so that a product that depends on its predecessor
// meets another one.
func TestScatteredOrder(t *testing.T) {
	checked := 0
	for bits := 2; bits <= 24; bits++ {
		n := uint64(1) << bits
		o := cosim.Scattered(n)
		require.Equal(t, uint64(1), o.Step&1, "2^%d", bits)
		require.NotEqual(t, uint64(1), o.Step%n, "2^%d", bits)
		seen := map[uint64]bool{}
		for i := range min(n, 1<<12) {
			seen[o.Pair(i, n)] = true
			checked++
		}
		require.Len(t, seen, int(min(n, 1<<12)))
	}
	assert.Equal(t, 4*(1<<10-1)+13*(1<<12), checked)
}
