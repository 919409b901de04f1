package limits

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRange(t *testing.T) {
	r := Range[int]{Least: 2, Most: 5}
	for v, ok := range map[int]bool{math.MinInt: false, 0: false, 1: false, 2: true, 5: true, 6: false, math.MaxInt: false} {
		assert.Equal(t, ok, r.Holds(v), v)
	}
	assert.EqualError(t, r.Check(6), "expected 2 to 5")
	r.Zero = "none"
	assert.NoError(t, r.Check(0))
	assert.EqualError(t, r.Check(1), "expected 2 to 5, or 0 for none")
	f := Range[float64]{Most: 1, Open: true}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1, -5e-324} {
		assert.EqualError(t, f.Check(v), "expected 0 to below 1", v)
	}
	assert.NoError(t, f.Check(math.Nextafter(1, 0)))
}
