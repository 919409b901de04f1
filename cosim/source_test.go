package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLiteralFits(t *testing.T) {
	for _, c := range []struct {
		literal string
		width   int
		fits    bool
	}{
		{"0", 1, true}, {"1", 1, true}, {"2", 1, false}, {"255", 8, true}, {"256", 8, false}, {"1_0", 4, true},
		{"-1", 1, true}, {"-2", 1, false}, {"-8", 4, true}, {"-9", 4, false}, {"-0", 1, true},
		{"8'hff", 8, true}, {"8'hff", 7, false}, {"4'b0011", 2, true}, {"'o17", 4, true}, {"4'sd5", 3, true}, {"-4'd5", 4, true},
		{"4'bx", 1, true}, {"1.5", 8, false},
	} {
		assert.Equal(t, c.fits, literalFits(c.literal, c.width), "%s in %d bits", c.literal, c.width)
	}
}

// The bits of a tied port are those that Verilog gives the literal in the port's width.
func TestLiteralBits(t *testing.T) {
	for literal, want := range map[string]int{
		"0": 0, "5": 5, "-1": 255, "-3": 253, "1_0": 10, "8'hff": 255, "4'b1111": 15, "4'sb1111": 255, "4'sb0111": 7, "8'shf1": 241, "'o17": 15, "4'sd5": 5, "-4'd5": 251, "12'hfab": 0xab,
	} {
		bits, err := LiteralBits(literal, 8)
		assert.NoError(t, err, literal)
		got := 0
		for i, b := range bits {
			if b {
				got |= 1 << i
			}
		}
		assert.Equal(t, want, got, literal)
	}
	for _, literal := range []string{"4'bx", "1.5", "8'hz"} {
		_, err := LiteralBits(literal, 8)
		assert.Error(t, err, literal)
	}
}
