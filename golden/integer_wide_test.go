package golden

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// TestLookupInteger compares multipliers of 13 to 16 bits with the models that the
// tables are made of, on directed and random pairs, and rows with single products.
func TestLookupInteger(t *testing.T) {
	compared := 0
	for _, d := range designs {
		if d.integer == nil {
			continue
		}
		for n := 13; n <= MaxInteger; n++ {
			if d.widths != nil && d.widths(n) != "" {
				continue
			}
			for _, f := range []lut.Format{lut.UintFormat(n, n), lut.SintFormat(n, n)} {
				m, err := LookupInteger(d.title(d.example) + "_" + f.String())
				require.NoError(t, err)
				require.Equal(t, f, m.Format)
				core := d.integer(n, d.example)
				want := func(a, b uint32) uint32 {
					if f.Kind == lut.Unsigned {
						return uint32(core(uint64(a), uint64(b)))
					}
					value := func(v uint32) int64 { return int64(int32(v<<(32-n)) >> (32 - n)) }
					x, y := value(a), value(b)
					p := int64(core(uint64(max(x, -x)), uint64(max(y, -y))))
					if x < 0 != (y < 0) {
						p = -p
					}
					return uint32(uint64(p) & (1<<(2*n) - 1))
				}
				rng := rand.New(rand.NewPCG(uint64(n), 7))
				row := make([]uint32, 1<<n)
				for i := range 40 {
					a := []uint32{0, 1, 1<<n - 1, 1 << (n - 1), 1<<(n-1) - 1}[i%5]
					if i >= 5 {
						a = rng.Uint32N(1 << n)
					}
					m.Row(a, row)
					for k := range 500 {
						b := uint32(k)
						switch {
						case k >= 260:
							b = rng.Uint32N(1 << n)
						case k >= 130:
							b = uint32(1)<<n - uint32(k-129)
						}
						w := want(a, b)
						require.Equal(t, []uint32{w, w}, []uint32{m.Mul(a, b), row[b]}, "%s: a = %#x, b = %#x", m.Name, a, b)
						compared++
					}
				}
			}
		}
	}
	assert.Equal(t, (7*4+1)*2*40*500, compared)
	for name, want := range map[string]string{
		"drum6_u12": "with N from 13 to 16", "drum6_u17": "with N from 13 to 16", "drum6_e8m7": "with N from", "drum6_u16x4": "with N from",
		"drun6_u16": "nearest names: drum6_u", "drum17_u16": "may be 2 to 16", "udm_u13": "power of two", "realm8_u16": "is a design for floats",
		"drum6": "with N from",
	} {
		_, err := LookupInteger(name)
		assert.ErrorContains(t, err, want, name)
	}
}
