package icarus

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/cosim"
)

func TestSurvey(t *testing.T) {
	for _, c := range []struct {
		shape cosim.Shape
		text  string
	}{
		{cosim.Shape{Kind: cosim.Unsigned, A: 4, B: 4, P: 8}, "every pair (256)"},
		{cosim.Shape{Kind: cosim.Unsigned, A: 12, B: 2, P: 14}, "every pair (16,384)"},
		{cosim.Shape{Kind: cosim.Mantissa, A: 7, B: 7, P: 8}, "every pair (16,384)"},
		{cosim.Shape{Kind: cosim.Unsigned, A: 8, B: 8, P: 16}, "4,096 pairs: 784 directed, 3,312 random"},
		{cosim.Shape{Kind: cosim.Signed, A: 12, B: 12, P: 24}, "4,096 pairs: 1,936 directed, 2,160 random"},
		{cosim.Shape{Kind: cosim.Mantissa, A: 23, B: 23, P: 24}, "4,096 pairs: 2,116 directed, 1,980 random"},
		{cosim.Shape{Kind: cosim.Float, A: 10, B: 10, P: 10}, ""},
		{cosim.Shape{Kind: cosim.Float, A: 16, B: 16, P: 16}, "20,032 pairs: 19,008 directed, 1,024 random"},
		{cosim.Shape{Kind: cosim.Float, A: 32, B: 32, P: 32}, "4,273 pairs: 3,249 directed, 1,024 random"},
	} {
		t.Run(c.shape.String(), func(t *testing.T) {
			a, b, all := Survey(c.shape)
			again, _, _ := Survey(c.shape)
			assert.Equal(t, a, again)
			assert.Equal(t, len(a), len(b))
			assert.GreaterOrEqual(t, len(a), min(1<<(c.shape.A+c.shape.B), surveyPairs))
			assert.Equal(t, c.shape.A+c.shape.B <= 14, all)
			seen := map[[2]uint32]bool{}
			for i := range a {
				assert.Less(t, uint64(a[i]), uint64(1)<<c.shape.A)
				assert.Less(t, uint64(b[i]), uint64(1)<<c.shape.B)
				seen[[2]uint32{a[i], b[i]}] = true
			}
			if all {
				assert.Len(t, seen, 1<<(c.shape.A+c.shape.B))
			}
			if c.text != "" {
				assert.Equal(t, c.text, DescribeSurvey(c.shape))
			}
			if c.shape.Kind == cosim.Float {
				m := c.shape.A - 9
				one, inf, sign := uint32(cosim.One)<<m, uint32(255)<<m, uint32(1)<<(m+8)
				for _, x := range []uint32{0, sign, 1, one, one | sign, inf, inf | sign, inf | 1, 1<<m - 1, 254<<m | (1<<m - 1)} {
					for _, y := range []uint32{0, one, inf, inf | 1, 1 | sign} {
						assert.True(t, seen[[2]uint32{x, y}], "%#x × %#x", x, y)
					}
				}
				return
			}
			top, ones := uint32(1)<<(c.shape.A-1), mask(c.shape.B)
			for _, p := range [][2]uint32{{0, 0}, {0, ones}, {1, ones}, {top, ones}, {top, 1}, {top - 1, ones}, {mask(c.shape.A), ones}} {
				assert.True(t, seen[p], "%#x × %#x", p[0], p[1])
			}
		})
	}
}
