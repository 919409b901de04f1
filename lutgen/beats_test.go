package lutgen

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
)

// TestRetaken has two operands of three hexadecimal digits through a port of 4 bits: what a design takes that expects
// them in another order. The digits were put down by hand.
func TestRetaken(t *testing.T) {
	s := cosim.Shape{A: 12, B: 12, P: 24}
	for _, c := range []struct {
		from, to string
		x, y     uint64
	}{ // in time: 1 2 3, then 4 5 6
		{"a=3,b=3,lsb", "a=3,b=3,lsb", 0x321, 0x654},
		{"a=3,b=3,lsb", "a=3,b=3,msb", 0x123, 0x456},
		{"a=3,b=3,lsb", "a=3,b=3,lsb,turns", 0x531, 0x642},
		{"a=3,b=3,lsb", "a=3,b=3,msb,turns", 0x135, 0x246},
		{"a=3,b=3,lsb", "b=3,a=3,msb,turns", 0x246, 0x135},
		// in time: 1 4 2 5 3 6
		{"a=3,b=3,lsb,turns", "a=3,b=3,msb,turns", 0x123, 0x456},
		{"a=3,b=3,lsb,turns", "a=3,b=3,lsb", 0x241, 0x635},
	} {
		from, err := cosim.ParseBeats(c.from)
		require.NoError(t, err)
		to, err := cosim.ParseBeats(c.to)
		require.NoError(t, err)
		if c.to[0] == 'b' { // the order of operands is never open
			from.BFirst = true
			x, y := retaken(0x654, 0x321, s, from, to)
			assert.Equal(t, []uint64{c.x, c.y}, []uint64{x, y}, "%s as %s", c.from, c.to)
			continue
		}
		x, y := retaken(0x321, 0x654, s, from, to)
		assert.Equal(t, []uint64{c.x, c.y}, []uint64{x, y}, "%s as %s", c.from, c.to)
	}
}
