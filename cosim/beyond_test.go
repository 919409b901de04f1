package cosim

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// Words are numbers as package big has them.
func TestWord(t *testing.T) {
	require.Equal(t, uintptr(16), unsafe.Sizeof(Word{}), "an unsigned __int128")
	rng := rand.New(rand.NewPCG(1, 2))
	all := new(big.Int).Lsh(big.NewInt(1), 128)
	for range 2000 {
		bits := 1 + rng.IntN(128)
		v, w := Word{rng.Uint64(), rng.Uint64()}.Low(bits), Word{rng.Uint64(), rng.Uint64()}
		n := v.Big()
		require.LessOrEqual(t, n.BitLen(), bits)
		require.Equal(t, n.String(), v.Decimal(lut.Unsigned, bits))
		require.Equal(t, "0x"+n.Text(16), v.String())
		signed := new(big.Int).Set(n)
		if n.Bit(bits-1) == 1 {
			signed.Sub(signed, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
		}
		require.Equal(t, signed.String(), v.Decimal(lut.Signed, bits))
		require.Equal(t, new(big.Int).Mod(signed, all), v.Extend(lut.Signed, bits).Big())
		require.Equal(t, v, v.Extend(lut.Unsigned, bits))
		f, _ := new(big.Float).SetInt(signed).Float64()
		require.InDelta(t, f, v.Float64(lut.Signed, bits), 1e-15*math.Abs(f))
		require.Equal(t, new(big.Int).Mod(new(big.Int).Sub(n, w.Big()), all), v.Sub(w).Big())
		require.Equal(t, n.Cmp(w.Big()) < 0, v.Less(w))
	}
	text, err := json.Marshal(Word{Lo: 1, Hi: 0x2a})
	require.NoError(t, err)
	assert.Equal(t, `"0x2a0000000000000001"`, string(text))
}

func TestSampledShapes(t *testing.T) {
	for _, c := range []struct {
		s             Shape
		sampled, wide bool // ports of more than 32 bits
	}{
		{Shape{Kind: Unsigned, A: 64, B: 64, P: 128}, true, true},
		{Shape{Kind: Signed, A: 33, B: 1, P: 32}, true, true},
		{Shape{Kind: Unsigned, A: 16, B: 16, P: 32}, true, false},
		{Shape{Kind: Unsigned, A: 65, B: 1, P: 66}, false, true},
		{Shape{Kind: Signed, A: 64, B: 64, P: 129}, false, true},
		{Shape{Kind: Float, A: 32, B: 32, P: 32}, true, false},
		{Shape{Kind: Float, A: 19, B: 19, P: 19}, true, false},
		{Shape{Kind: Float, A: 32, B: 31, P: 32}, false, false},
		{Shape{Kind: Float, A: 64, B: 64, P: 64}, false, true},
		{Shape{Kind: Float, A: 32, B: 32, P: 32, Float: lut.Float{Exponent: 9}}, false, false},
		{Shape{Kind: Mantissa, A: 23, B: 23, P: 24}, false, false},
	} {
		assert.Equal(t, c.sampled, c.s.Sampled(), "%+v", c.s)
		assert.Equal(t, c.wide, c.s.Beyond32(), "%+v", c.s)
		if c.sampled {
			assert.NoError(t, c.s.check(false, true))
		}
	}
	assert.ErrorContains(t, Shape{Kind: Unsigned, A: 24, B: 24, P: 48}.check(true, false), "compares a sample of the pairs of up to 64 bits")
}
