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
