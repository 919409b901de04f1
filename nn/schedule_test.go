package nn

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSchedule(t *testing.T) {
	const steps, epochs = 10, 4
	rates := func(s Schedule) []float64 {
		require.NoError(t, s.Check())
		var r []float64
		for step := range steps * epochs {
			r = append(r, s.at(step+1, steps, epochs))
		}
		return r
	}
	for _, r := range rates(Schedule{}) {
		assert.Equal(t, 1.0, r)
	}
	cosine := rates(Schedule{Kind: "cosine"})
	assert.Equal(t, 1.0, cosine[0])
	assert.InDelta(t, 0.5, cosine[20], 1e-12)
	assert.InDelta(t, (1-math.Cos(math.Pi/40))/2, cosine[39], 1e-12)
	warm := rates(Schedule{Kind: "cosine", WarmUp: 1})
	assert.InDeltaSlice(t, []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1}, warm[:11], 1e-12)
	assert.InDelta(t, 0.5, warm[25], 1e-12)
	step := rates(Schedule{Kind: "step", Every: 1.5, Factor: 0.1})
	assert.InDeltaSlice(t, []float64{1, 1, 0.1, 0.1, 0.01}, []float64{step[0], step[14], step[15], step[29], step[30]}, 1e-12)

	for _, wrong := range []Schedule{{Kind: "cosinus"}, {WarmUp: -1}, {Kind: "step"}, {Kind: "step", Every: 1}, {WarmUp: math.NaN()}} {
		assert.Error(t, wrong.Check(), "%+v", wrong)
	}
}
