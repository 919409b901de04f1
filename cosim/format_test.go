package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// A named format says how the ports are read, and which output is the product.
func TestInferFormat(t *testing.T) {
	e4m3 := lut.Float{Exponent: 4, Finite: true}
	for _, c := range []struct {
		format, ports string
		kind          Kind
		want          Shape
		says          string // the error
	}{
		{"e4m3fn", "in a 8, in b 8, out p 8, out ovf", "", Shape{Kind: Float, A: 8, B: 8, P: 8, Float: e4m3}, ""},
		{"e4m3fn", "in a 8, in b 8, out p 12", "", Shape{Kind: Float, A: 8, B: 8, P: 12, Float: e4m3}, ""},
		{"e4m3p7fn", "in a 8, in b 8, out p 12", "", Shape{Kind: Float, A: 8, B: 8, P: 12, Float: e4m3}, ""},
		{"e4m3fn", "in x 3, in y 3, out z 4", "", Shape{Kind: Mantissa, A: 3, B: 3, P: 4, Float: e4m3}, ""},
		{"e5m10", "in a 16, in b 16, out p 16", Float, Shape{Kind: Float, A: 16, B: 16, P: 16, Float: lut.Float{Exponent: 5}}, ""},
		{"e8m7", "in a 16, in b 16, out p 16", "", Shape{Kind: Float, A: 16, B: 16, P: 16}, ""},
		{"e5m0", "in a 6, in b 6, out p 6", "", Shape{Kind: Float, A: 6, B: 6, P: 6, Float: lut.Float{Exponent: 5}}, ""},
		{"s8", "in a 8, in b 8, out p 16", "", Shape{Kind: Signed, A: 8, B: 8, P: 16}, ""},
		{"u8p12", "in a 8, in b 8, out p 12", "", Shape{Kind: Unsigned, A: 8, B: 8, P: 12}, ""},

		{"e4m3p6fn", "in a 8, in b 8, out p 12", "", Shape{}, "does not fit operands of 8 and 8 bits and a product of 12 bits"},
		{"e5m10", "in a 8, in b 8, out p 8", "", Shape{}, "expected operands of 16 bits and a product of 16 bits or more"},
		{"e5m10", "in a 16, in b 16, out p 16", Mantissa, Shape{}, "does not fit"},
		{"s8", "in a 8, in b 8, out p 32", "", Shape{Kind: Signed, A: 8, B: 8, P: 32}, ""},
		{"s8xu8", "in a 8, in b 8, out p 16", "", Shape{Kind: SignedByUnsigned, A: 8, B: 8, P: 16}, ""},
		{"u8p8lsb8", "in a 8, in b 8, out p 8", "", Shape{Kind: Unsigned, A: 8, B: 8, P: 8, Part: lut.Part{LSB: 8}}, ""},
		{"u8", "in a 8, in b 8, out p 12", "", Shape{}, "expected 8, 8 and 16 bits"},
		{"e4m3", "in a 8, in b 7, out p 8", "", Shape{}, "does not fit"},
	} {
		f, err := lut.ParseFormat(c.format)
		require.NoError(t, err)
		got, err := infer(ports(c.ports), Overrides{Format: &f, Kind: c.kind})
		if c.says != "" {
			assert.ErrorContains(t, err, c.says, "%s: %s", c.format, c.ports)
			continue
		}
		require.NoError(t, err, "%s: %s", c.format, c.ports)
		assert.Equal(t, c.want, got.Shape, "%s: %s", c.format, c.ports)
	}
	// Without a name, ports of 9 bits are no floats without fractions.
	got, err := infer(ports("in a 9, in b 9, out p 9"), Overrides{})
	require.NoError(t, err)
	assert.Equal(t, Unsigned, got.Shape.Kind)
	assert.True(t, got.PartOpen)
}
