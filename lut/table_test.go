package lut

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTableKeepsEveryEntry(t *testing.T) {
	for _, f := range formats {
		mask := uint32(1)<<f.ValueBits() - 1
		tab := fill(t, "count", f, func(a, b uint32) uint32 { return (a*31 + b*7 + 5) & mask })
		n := 0
		for a := range uint32(f.Rows()) {
			row := tab.Row(a, nil)
			for b := range uint32(f.Cols()) {
				want := (a*31 + b*7 + 5) & mask
				require.Equal(t, want, tab.At(a, b), "%v %d %d", f, a, b)
				require.Equal(t, want, row[b])
				n++
			}
		}
		assert.Equal(t, f.Pairs(), n)
		widths := []int{len(tab.Bytes8()), len(tab.Words16()), len(tab.Words32())}
		want := map[int][]int{8: {n, 0, 0}, 16: {0, n, 0}, 32: {0, 0, n}}[f.EntryBits()]
		assert.Equal(t, want, widths, "%v", f)
	}
}

func TestTableRefusesWhatDoesNotFit(t *testing.T) {
	_, err := New("wide", UintFormat(13, 13))
	assert.ErrorContains(t, err, "table wide: format u13")
	tab, err := New("u2x3", UintFormat(2, 3))
	require.NoError(t, err)
	assert.Panics(t, func() { tab.Set(0, 0, 32) }, "a sixth bit")
	assert.Panics(t, func() { tab.At(4, 0) })
	assert.Panics(t, func() { tab.At(0, 8) }, "must not run on into row 1")
	assert.NotPanics(t, func() { tab.Set(3, 7, 31) })
}

func TestIntIsSignedWhereTheFormatIs(t *testing.T) {
	for _, f := range []Format{SintFormat(4, 4), SintFormat(5, 3), SintFormat(1, 1), UintFormat(4, 4), UintFormat(3, 5)} {
		tab, n := exactInt(t, f), 0
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				require.Equal(t, tab.ExactInt(a, b), tab.Int(a, b), "%v %d %d", f, a, b)
				n++
			}
		}
		assert.Equal(t, f.Pairs(), n)
	}
	s := exactInt(t, SintFormat(8, 8))
	assert.EqualValues(t, -128*127, s.Int(0x80, 0x7f))
	assert.EqualValues(t, 0xc080, s.At(0x80, 0x7f), "At is the bit pattern")
	assert.EqualValues(t, (128+3)*(128+5), exactMantissa(t, 7, 7).ExactInt(3, 5))
}

func TestDigestIsOfLittleEndianRowMajorEntries(t *testing.T) {
	for _, f := range []Format{UintFormat(1, 1), UintFormat(1, 8), UintFormat(8, 9)} {
		tab := scrambled(t, f)
		var payload []byte
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				v := tab.At(a, b)
				payload = append(payload, []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}[:f.EntryBits()/8]...)
			}
		}
		sum := sha256.Sum256(payload)
		assert.Equal(t, hex.EncodeToString(sum[:]), tab.Digest(), "%v", f)
	}
}

func TestTransposedAndCommutes(t *testing.T) {
	for _, f := range formats {
		tab, n := scrambled(t, f), 0
		u := tab.Transposed()
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				require.Equal(t, tab.At(a, b), u.At(b, a))
				n++
			}
		}
		assert.Equal(t, f.Pairs(), n)
		assert.Equal(t, tab, u.Transposed())
	}
	ok, _, _ := mitchellMantissa(t, 5).Commutes()
	assert.True(t, ok)
	ok, a, b := lopsided(t, UintFormat(4, 4)).Commutes()
	assert.False(t, ok)
	assert.Equal(t, [2]uint32{1, 2}, [2]uint32{a, b}, "1 × 2 is 0 and 2 × 1 is 2")
	ok, _, _ = exactInt(t, UintFormat(4, 3)).Commutes()
	assert.False(t, ok)
}

func TestFormatNames(t *testing.T) {
	for _, f := range formats {
		g, err := ParseFormat(f.String())
		require.NoError(t, err)
		assert.Equal(t, f, g)
	}
	for _, bad := range []string{"", "e8", "e8m12", "e8m7p24", "u0", "u13", "s8x", "x8", "u8 "} {
		_, err := ParseFormat(bad)
		assert.Error(t, err, "%q", bad)
	}
}

func TestKindNumber(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		v    uint32
		bits int
		want int64
	}{
		{Signed, 0, 1, 0}, {Signed, 1, 1, -1}, {Signed, 127, 8, 127}, {Signed, 128, 8, -128}, {Signed, 255, 8, -1},
		{Signed, 1 << 31, 32, -1 << 31}, {Signed, 1<<31 - 1, 32, 1<<31 - 1}, {Signed, 0x800, 12, -0x800},
		{Unsigned, 255, 8, 255}, {Unsigned, 1<<32 - 1, 32, 1<<32 - 1}, {Mantissa, 127, 7, 127},
	} {
		assert.Equal(t, c.want, c.kind.Number(c.v, c.bits), "%v", c)
	}
}
