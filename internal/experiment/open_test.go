package experiment

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUsed lists how many of 1,000 images to train on and 300 to test on are used.
func TestUsed(t *testing.T) {
	for _, c := range []struct{ limit, steps, batch, train, test int }{
		{0, 0, 64, 1000, 300},
		{100, 0, 64, 100, 300},
		{5000, 0, 64, 1000, 300},
		{0, 2, 64, 128, 128},
		{0, 10, 64, 640, 300},
		{0, 15, 64, 1000, 300}, // an epoch has 15 steps
		{200, 2, 64, 128, 128},
		{200, 3, 64, 200, 300}, // an epoch has 3 steps
		{10, 2, 64, 10, 300},   // which is refused later
	} {
		train, test := (&Config{Limit: c.limit, Steps: c.steps, Batch: c.batch}).used(1000, 300)
		assert.Equal(t, []int{c.train, c.test}, []int{train, test}, "%+v", c)
	}
}

// A warm-up that was meant in steps takes the whole run; a note tells.
func TestNoteOfWarmUp(t *testing.T) {
	for warmUp, noted := range map[float64]bool{0: false, 0.5: false, 1: true, 500: true} {
		c := Default()
		c.Model, c.Epochs, c.Limit, c.Device, c.Schedule.WarmUp = "lenet-300-100", 1, 64, "cpu", warmUp
		c.Multipliers = Plain(Native)
		e, err := OpenDry(c)
		require.NoError(t, err)
		assert.Equal(t, noted, len(e.Notes) == 1, "%v: %v", warmUp, e.Notes)
	}
}
