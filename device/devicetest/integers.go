package devicetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// testIntegers puts tables of operands of mixed signs, and of parts of products, to the test. Entries are random.
func testIntegers(t *testing.T, b *battery) {
	conv := device.Conv{N: 1, H: 5, W: 6, C: 4, OutC: 6, KH: 3, KW: 2, PadH: 1, PadW: 1, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 2,
		Groups: 2}
	for i, name := range []string{"s8xu8", "u8xs8", "u5xs7", "u8p8lsb8", "s8p8lsb7", "s8p8lsb7mod", "u4xs6p7lsb3", "s9xu4p23"} {
		f, err := lut.ParseFormat(name)
		require.NoError(t, err)
		table, err := lut.New("random", f)
		require.NoError(t, err)
		s := newSource(uint64(400 + i))
		for x := range uint32(f.Rows()) {
			for y := range uint32(f.Cols()) {
				if x > 0 && y > 0 || i%2 == 0 { // in every second one, zeros have products
					table.Set(x, y, s.Uint32N(1<<f.P))
				}
			}
		}
		dev, err := b.Multiplier(table)
		require.NoError(t, err, name)
		require.Same(t, table, dev.Table())
		m := multiplier{name, dev, integerProduct(table)}
		for _, fill := range []func(int) []float32{s.plain, s.rough, s.small} {
			b.gemm(t, m, device.Gemm{M: 5, N: 37, K: 21}, fill)
			b.gemm(t, m, device.Gemm{M: 33, N: 4, K: 9, TransB: true}, fill)
			b.gemm(t, m, device.Gemm{M: 7, N: 40, K: 12, TransA: true}, fill)
		}
		if i < 2 {
			b.gemm(t, m, device.Gemm{M: 2, N: 3, K: 1030}, s.plain)
			b.conv(t, m, conv, s.plain)
		}
	}
	for name, says := range map[string]string{
		"u8p8mod":      "products modulo 2^8, and a network has products up to 65025",
		"s8p8lsb6mod":  "products modulo 2^14, and a network has products up to 16129",
		"s12xu12":      "is too large for a network",
		"s8xu8p15mod":  "products modulo 2^15, and a network has products up to 32385",
		"s8xu8p14lsb1": "", // all that an operand of up to 255 makes of one of up to 127 in magnitude
	} {
		f, err := lut.ParseFormat(name)
		require.NoError(t, err)
		table, err := lut.New("low", f)
		require.NoError(t, err)
		_, err = b.Multiplier(table)
		if says == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, says, name)
	}
}
