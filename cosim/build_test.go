package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/lut"
)

// A build is quick where a table takes few pairs: of floats, those of their fractions. A design of
// which more is to be computed, or that carries something else, is built for speed.
func TestQuick(t *testing.T) {
	half := lut.Float{Exponent: 5}
	for _, c := range []struct {
		name  string
		shape Shape
		quick bool
	}{
		{"integers of 8 bits", Shape{Kind: Unsigned, A: 8, B: 8, P: 16}, true},
		{"of 9 bits", Shape{Kind: Signed, A: 9, B: 9, P: 18}, true},
		{"of 9 and 10 bits", Shape{Kind: Unsigned, A: 9, B: 10, P: 19}, false},
		{"of 16 bits", Shape{Kind: Unsigned, A: 16, B: 16, P: 32}, false},
		{"fractions of 7 bits", Shape{Kind: Mantissa, A: 7, B: 7, P: 8}, true},
		{"of 10 bits", Shape{Kind: Mantissa, A: 10, B: 10, P: 11}, false},
		{"e8m7", Shape{Kind: Float, A: 16, B: 16, P: 16}, true},
		{"e8m10", Shape{Kind: Float, A: 19, B: 19, P: 19}, false},
		{"binary16", Shape{Kind: Float, A: 16, B: 16, P: 16, Float: half}, false},
		{"binary32", Shape{Kind: Float, A: 32, B: 32, P: 32}, false},
	} {
		b := buildInput{iface: &Interface{Shape: c.shape}, design: &Design{}}
		assert.Equal(t, c.quick, b.quick(), c.name)
		b.optimise = true
		assert.False(t, b.quick(), c.name)
		b.optimise, b.variant = false, Variant{Trace: TraceVCD}
		assert.False(t, b.quick(), c.name)
	}
}
