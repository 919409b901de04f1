package lut

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMisread(t *testing.T) {
	sign := func(v uint32) int32 { return int32(v<<26) >> 26 } // of 6 bits
	for _, c := range []struct {
		name   string
		format Format
		entry  func(a, b uint32) uint32
		other  Kind
		ok     bool
	}{
		{"two's complement at unsigned ports", UintFormat(6, 6), func(a, b uint32) uint32 { return uint32(sign(a)*sign(b)) &^ 3 & 0xfff }, Signed, true},
		{"unsigned at signed ports", SintFormat(6, 6), func(a, b uint32) uint32 { return a * b &^ 3 & 0xfff }, Unsigned, true},
		{"unsigned", UintFormat(6, 6), func(a, b uint32) uint32 { return a * b &^ 15 }, 0, false},
		{"signed", SintFormat(6, 6), func(a, b uint32) uint32 { return uint32(sign(a)*sign(b)) & 0xfff }, 0, false},
		{"wrong either way", UintFormat(6, 6), func(a, b uint32) uint32 { return 0 }, 0, false},
	} {
		tab, err := New("t", c.format)
		require.NoError(t, err)
		for a := range uint32(64) {
			for b := range uint32(64) {
				tab.Set(a, b, c.entry(a, b))
			}
		}
		m := Measure(tab)
		other, figures, ok := Misread(tab, m)
		assert.Equal(t, c.ok, ok, c.name)
		if c.ok {
			assert.Equal(t, c.other, other, c.name)
			assert.Less(t, figures.MRED, 0.25, c.name)
			assert.Greater(t, m.MRED, 1.0, c.name)
		}
	}
}

func TestMisreadMantissa(t *testing.T) {
	product := func(a, b uint32) uint32 {
		p := (64 + a) * (64 + b) >> 6
		if p >= 128 {
			return 64 | p>>1&63
		}
		return p & 63
	}
	for name, c := range map[string]struct {
		entry func(a, b uint32) uint32
		ok    bool
	}{
		"significands":       {product, true},
		"one entry too wide": {func(a, b uint32) uint32 { return product(a, b) | a/63*(b/63)<<7 }, false},
		"integers":           {func(a, b uint32) uint32 { return a * b }, false},
		"zeros":              {func(a, b uint32) uint32 { return 0 }, false},
	} {
		tab, err := New("t", UintFormat(6, 6))
		require.NoError(t, err)
		for a := range uint32(64) {
			for b := range uint32(64) {
				tab.Set(a, b, c.entry(a, b))
			}
		}
		_, ok := MisreadMantissa(tab, Measure(tab))
		assert.Equal(t, c.ok, ok, name)
	}
}
