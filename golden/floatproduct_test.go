package golden

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// wideFormat is a format of floats with more fraction bits than a table holds.
func wideFormat(m int, s lut.Subnormals) lut.Format {
	f := lut.FloatFormat(m, m)
	f.Float.Subnormals = s
	return f
}

// floatCodes draws codes of binary32 whose products are often at a limit.
func floatCodes(rng *rand.Rand) (a, b uint32) {
	a, b = rng.Uint32(), rng.Uint32()
	switch rng.IntN(4) {
	case 0: // the product is about the least normal number
		b = b&^(255<<23) | uint32(127+1-int(a>>23&255)+rng.IntN(40)-30)&255<<23
	case 1: // about the largest one
		b = b&^(255<<23) | uint32(127+254-int(a>>23&255)+rng.IntN(4)-2)&255<<23
	case 2: // few bits
		a &= 0xfff << 20
	}
	return a, b
}

// The processor multiplies as IEEE 754 says.
func TestFloatProductOfBinary32(t *testing.T) {
	product, err := FloatProduct("exact-rne_e8m23-ieee", wideFormat(23, lut.Gradual))
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 32))
	nan := 0
	for range 200_000 {
		a, b := floatCodes(rng)
		want := math.Float32bits(math.Float32frombits(a) * math.Float32frombits(b))
		if want<<1 == 0 {
			want = 0 // a zero is +0
		}
		got := product(a, b)
		if want&(1<<31-1) > 255<<23 {
			nan++
			want = 255<<23 | 1<<22
		}
		require.Equal(t, want, got, "%#x, %#x", a, b)
	}
	assert.Greater(t, nan, 500)
}

// AMSim's rules stand in package lut; the exact products here share nothing with it.
func TestFloatProductOfAMSim(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 32))
	for _, m := range []int{12, 15, 23} {
		product, err := FloatProduct("exact_"+lut.FloatFormat(m, m).String(), lut.FloatFormat(m, m))
		require.NoError(t, err)
		exact := func(x, y uint32) uint32 {
			p := uint64(1<<m|x) * uint64(1<<m|y)
			if p>>(2*m+1) == 1 {
				return 1<<m | uint32(p>>(m+1))&(1<<m-1)
			}
			return uint32(p>>m) & (1<<m - 1)
		}
		for range 50_000 {
			a, b := floatCodes(rng)
			a, b = a>>(23-m), b>>(23-m)
			want := lut.Multiply(a<<(23-m), b<<(23-m), m, m, lut.Truncate, exact) >> (23 - m)
			require.Equal(t, want, product(a, b), "%d bits: %#x, %#x", m, a, b)
		}
	}
}

func TestFloatProductOfOthers(t *testing.T) {
	f := lut.FloatFormat(16, 20) // a port of 4 bits more
	mitchell, err := FloatProduct("mitchell_e8m16", f)
	require.NoError(t, err)
	w, err := LookupWide("mitchell_e8m16")
	require.NoError(t, err)
	narrow, err := FloatProduct("mitchell_e8m10", lut.FloatFormat(10, 12))
	require.NoError(t, err)
	table, err := Lookup("mitchell_e8m10")
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(3, 32))
	values := table.Table()
	for range 30_000 {
		a, b := floatCodes(rng)
		a, b = a>>7, b>>7
		want := math.Float32bits(w.Mul(math.Float32frombits(a<<7), math.Float32frombits(b<<7))) >> 3
		require.Equal(t, want, mitchell(a, b))
		require.Equal(t, values.MulNarrow(a>>6, b>>6)<<2, narrow(a>>6, b>>6))
	}
	for name, f := range map[string]lut.Format{
		"mitchell_e8m23":      wideFormat(22, lut.Flush),   // another format
		"mitchell_e8m23-ieee": wideFormat(23, lut.Gradual), // no such model
		"mitchell_e8m16":      lut.FloatFormat(16, 12),     // a narrower port
		"mitchell_e8m10":      lut.FloatFormat(10, 8),
		"nothing_e8m23":       lut.FloatFormat(23, 23),
	} {
		_, err := FloatProduct(name, f)
		assert.Error(t, err, name)
	}
}
