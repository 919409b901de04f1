package cosim

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAdviceIsNew checks that an error about ports that no reading fits advises nothing that the user has given.
func TestAdviceIsNew(t *testing.T) {
	ports := func(a, b, p int) []Port {
		return []Port{{Name: "x", Dir: In, Width: a}, {Name: "y", Dir: In, Width: b}, {Name: "z", Dir: Out, Width: p}}
	}
	for _, c := range []struct {
		name    string
		ports   []Port
		over    Overrides
		says    string
		without []string
	}{
		{"too wide for a sample", ports(70, 70, 140), Overrides{Wide: true, Sample: true},
			"a sample has integers of up to 64 bits, products of up to 128", []string{"option sample", "approxtrain check"}},
		{"too wide for a sample, as integers", ports(70, 70, 140), Overrides{Wide: true, Sample: true,
			Kind: SignedByUnsigned},
			"a sample is compared of integers of up to 64 bits with a product of up to 128", []string{"option sample", "12 " +
				"bits"}},
		{"check, without a sample", ports(70, 70, 140), Overrides{Wide: true}, "with option sample wider ones",
			[]string{"needs no table"}},
		{"a table", ports(70, 70, 140), Overrides{}, "needs no table, and with option sample", nil},
		{"ports that were chosen", ports(70, 70, 140), Overrides{A: "x", B: "y", P: "z"}, "force a reading with option " +
			"kind", []string{"choose ports"}},
		{"one port that was chosen", ports(70, 70, 140), Overrides{A: "x"}, "choose ports with option b, option p",
			[]string{"option a"}},
		{"operands, one of them named", append(ports(8, 8, 16), Port{Name: "w", Dir: In, Width: 8}, Port{Name: "v",
			Dir: In, Width: 8}), Overrides{A: "x"},
			"choose with option b,", []string{"option a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := infer(c.ports, c.over)
			assert.ErrorContains(t, err, c.says)
			for _, w := range c.without {
				assert.NotContains(t, err.Error(), w)
			}
		})
	}
}
