package data

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStatistics: by hand, with a channel that is the same everywhere and with none.
func TestStatistics(t *testing.T) {
	s := &Split{H: 1, W: 2, C: 2, Pixels: []uint8{0, 9, 51, 9, 102, 9, 255, 9}, Labels: []uint8{0, 1}}
	mean, deviation := s.Statistics()
	assert.Equal(t, []float32{.4, 9. / 255}, mean)
	assert.Equal(t, []float32{.37416573, 1}, deviation) // √.14
	mean, deviation = (&Split{H: 1, W: 2, C: 1}).Statistics()
	assert.Equal(t, []float32{0, 1}, []float32{mean[0], deviation[0]})
}

// TestStatisticsOfMany: products of sums that do not fit in 64 bits.
func TestStatisticsOfMany(t *testing.T) {
	const n = 40_000_000
	s := &Split{H: n, W: 1, C: 1, Pixels: make([]uint8, n), Labels: make([]uint8, 1)}
	for i := range n / 2 {
		s.Pixels[2*i] = 255
	}
	mean, deviation := s.Statistics()
	assert.Equal(t, []float32{.5, .5}, []float32{mean[0], deviation[0]})
}

func TestNormalize(t *testing.T) {
	s := small()
	n := Normalize{s, []float32{.5, .25}, []float32{.25, 2}}
	pixels, labels := batch(n, 0, 1, 1)
	assert.Equal(t, []float32{-1.2, .075, .4000001, .375}, pixels[:4]) // float32(.6) − .5 is a little more than .1
	assert.Equal(t, pixels[:4], pixels[4:])
	assert.Equal(t, []int{1, 1}, labels)
	assert.PanicsWithValue(t, "data: 1 means and 2 deviations for images of 2 channels", func() {
		batch(Normalize{s, []float32{1}, []float32{1, 1}}, 0, 0)
	})
	mean, deviation := ramps(50).Statistics()
	pixels, _ = batch(Normalize{ramps(50), mean, deviation}, 0, ramps(50).Order(1, 1)...)
	for c := range 3 {
		sum, squares := 0.0, 0.0
		for p := c; p < len(pixels); p += 3 {
			sum += float64(pixels[p])
			squares += float64(pixels[p]) * float64(pixels[p])
		}
		count := float64(len(pixels) / 3)
		assert.InDelta(t, 0, sum/count, 1e-6)
		assert.InDelta(t, 1, squares/count, 1e-5)
	}
}

// TestPreparation: images to test on are never augmented, in no epoch; both are
// normalised by the statistics of those to train on; margins are black.
func TestPreparation(t *testing.T) {
	s := &Set{Train: ramps(30), Test: ramps(20)}
	for i := range s.Test.Pixels {
		s.Test.Pixels[i] /= 2
	}
	mean, deviation := s.Train.Statistics()
	plain := []Examples{s.Train, s.Test}
	normal := []Examples{Normalize{s.Train, mean, deviation}, Normalize{s.Test, mean, deviation}}
	indices := s.Test.Order(1, 1)
	compared := 0
	for _, p := range []Preparation{{}, {Crop: 4, Seed: 1}, {Flip: true, Seed: 2}, {Crop: 2, Flip: true}, {Normalize: true}, {Crop: 4, Flip: true, Normalize: true, Seed: 3}} {
		train, test := p.Apply(s)
		want := plain
		if p.Normalize {
			want = normal
		}
		assert.Equal(t, []int{30, 20}, []int{train.Len(), test.Len()})
		for epoch := range uint64(5) {
			wantTest, _ := batch(want[1], 0, indices...)
			gotTest, _ := batch(test, epoch, indices...)
			require.Equal(t, wantTest, gotTest, "%+v, epoch %d: examples to test on", p, epoch)
			wantTrain, _ := batch(want[0], 0, indices...)
			gotTrain, _ := batch(train, epoch, indices...)
			if p.Crop > 0 || p.Flip {
				require.NotEqual(t, wantTrain, gotTrain, "%+v, epoch %d: examples to train on", p, epoch)
			} else {
				require.Equal(t, wantTrain, gotTrain, "%+v, epoch %d: examples to train on", p, epoch)
			}
			compared++
		}
	}
	assert.Equal(t, 30, compared)

	train, _ := Preparation{Crop: 40, Normalize: true}.Apply(s)
	black := (0 - mean[0]) / deviation[0]
	pixels, _ := batch(train, 0, indices...)
	seen := 0
	for k := 0; k < len(pixels); k += 3 {
		if pixels[k] == black {
			seen++
		}
	}
	assert.Greater(t, seen, len(pixels)/3/2, "black pixels where nearly all images are out of sight")
}
