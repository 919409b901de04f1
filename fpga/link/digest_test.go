package link_test

import (
	"fmt"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/lut"
)

// remainder divides a polynomial over GF(2), a coefficient a bit, by x³² + key, as
// on paper.
func remainder(p *big.Int, key uint32) uint32 {
	divisor := new(big.Int).SetUint64(1<<32 | uint64(key))
	p = new(big.Int).Set(p)
	for p.BitLen() > 32 {
		p.Xor(p, new(big.Int).Lsh(divisor, uint(p.BitLen()-33)))
	}
	return uint32(p.Uint64())
}

// Digests are what docs/protocol.md says, by long division: the CRC of a message
// is the remainder of the message with the first value added to its first 32 bits
// and 32 zeros behind it.
func TestDigest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	compared := 0
	for _, f := range []lut.Format{lut.UintFormat(8, 8), lut.FloatFormat(7, 7), lut.UintFormat(9, 9), lut.SintFormat(3, 3), lut.UintFormat(2, 2)} {
		l := link.Layout{Format: f}
		for range 20 {
			key := link.NewKey()
			if compared%4 == 3 {
				key = link.Key(r.Uint32()) // a board takes any key
			}
			row := make([]uint32, f.Cols())
			for i := range row {
				row[i] = r.Uint32() & (1<<f.ValueBits() - 1)
			}
			message := new(big.Int)
			n := 0
			for plane := range f.EntryBits() {
				for _, p := range row {
					message.Lsh(message, 1)
					message.Or(message, new(big.Int).SetUint64(uint64(p>>plane&1)))
					n++
				}
			}
			message.Lsh(message, 32)
			message.Xor(message, new(big.Int).Lsh(big.NewInt(0xffffffff), uint(n)))
			require.Equal(t, remainder(message, uint32(key)), l.Digester(key).Row(row), "%v, key %v", f, key)
			compared++
		}
	}
	assert.Equal(t, 100, compared)
	// CRC-32/MPEG-2 is this CRC with a fixed polynomial; its check value is that of
	// "123456789", of which a bit of an entry each is the message.
	l := link.Layout{Format: lut.Format{Kind: lut.Unsigned, A: 8, B: 8, P: 8}}
	var ones []uint32
	for _, c := range []byte("123456789") {
		for i := 7; i >= 0; i-- {
			ones = append(ones, uint32(c>>i&1))
		}
	}
	first := l.Digester(0x04c11db7).Row(ones)
	for range 7 * len(ones) { // bits 1 to 7 of the entries are zeros: undo these steps
		if first&1 == 1 {
			first = (first^0x04c11db7)>>1 | 1<<31
		} else {
			first >>= 1
		}
	}
	assert.Equal(t, uint32(0x0376e6e7), first)
}

// Keys are irreducible: no polynomial of half their degree or less divides them;
// and a share of 1/32 of all polynomials is.
func TestKeys(t *testing.T) {
	divides := func(d, p uint64) bool {
		for bits.Len64(p) >= bits.Len64(d) {
			p ^= d << (bits.Len64(p) - bits.Len64(d))
		}
		return p == 0
	}
	byTrial := func(k link.Key) bool {
		for d := uint64(2); d < 1<<17; d++ {
			if divides(d, 1<<32|uint64(k)) {
				return false
			}
		}
		return true
	}
	seen := map[link.Key]bool{}
	for range 20 {
		k := link.NewKey()
		seen[k] = true
		require.True(t, byTrial(k), k)
		again, err := link.ParseKey(k.String())
		require.NoError(t, err)
		assert.Equal(t, k, again)
	}
	assert.Greater(t, len(seen), 18)
	r := rand.New(rand.NewPCG(1, 9))
	agreed := map[bool]int{}
	for range 2000 {
		k := link.Key(r.Uint32())
		_, err := link.ParseKey(k.String())
		right := byTrial(k)
		require.Equal(t, right, err == nil, k)
		agreed[right]++
	}
	assert.InDelta(t, 2000./32, agreed[true], 30)
	for _, bad := range []string{"", "1", "0x712020e7", "712020e6", "712020e70", "g12020e7", "-12020e7"} {
		_, err := link.ParseKey(bad)
		assert.Error(t, err, bad)
	}
}

// Odds are the bound of docs/protocol.md.
func TestOdds(t *testing.T) {
	for _, c := range []struct {
		format lut.Format
		odds   uint64
	}{
		{lut.UintFormat(8, 8), 1_056_816}, {lut.FloatFormat(7, 7), 4_329_538}, {lut.UintFormat(12, 12), 32_775}, {lut.UintFormat(2, 2), 0},
	} {
		assert.Equal(t, c.odds, link.Layout{Format: c.format}.Odds(), fmt.Sprint(c.format))
	}
}
