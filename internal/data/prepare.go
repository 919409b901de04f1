package data

import (
	"fmt"
	"math"
	"math/bits"
)

// Preparation says how images are changed on their way to a network. Its zero value
// leaves them as they are.
type Preparation struct {
	Crop      int  // see Augment
	Flip      bool // see Augment
	Normalize bool
	Seed      uint64 // of the augmentation
}

// Apply returns the images of a set to train on and to test on, prepared. Those to
// test on are never augmented. Both are normalised by the statistics of the set's
// images to train on, as they are without augmentation. It comes after that, so the
// margin that a crop brings in is black, not of mean brightness.
func (p Preparation) Apply(s *Set) (train, test Examples) {
	train, test = s.Train, s.Test
	if p.Crop > 0 || p.Flip {
		train = Augment{train, p.Seed, p.Crop, p.Flip}
	}
	if p.Normalize {
		mean, deviation := s.Train.Statistics()
		train, test = Normalize{train, mean, deviation}, Normalize{test, mean, deviation}
	}
	return train, test
}

// Normalize gives the pixels of Examples less the mean, divided by the deviation, of
// their channel.
type Normalize struct {
	Examples
	Mean, Deviation []float32 // C each; no deviation is 0
}

// Batch gives the images normalised. It panics if there is not one mean and
// deviation for each channel.
func (n Normalize) Batch(epoch uint64, indices []int, dst []float32, labels []int) {
	_, _, c := n.Shape()
	if len(n.Mean) != c || len(n.Deviation) != c {
		panic(fmt.Sprintf("data: %d means and %d deviations for images of %d channels", len(n.Mean), len(n.Deviation), c))
	}
	n.Examples.Batch(epoch, indices, dst, labels)
	for p := 0; p < len(dst); p += c {
		pixel := dst[p : p+c]
		for ch := range pixel {
			pixel[ch] = (pixel[ch] - n.Mean[ch]) / n.Deviation[ch]
		}
	}
}

// Statistics returns mean and standard deviation of each channel, C of each, over
// all pixels of all images, in brightness from 0 to 1. A channel that is the same
// everywhere gets the deviation 1, so that one can divide by it. The sums are exact;
// the result has the same bits everywhere.
func (s *Split) Statistics() (mean, deviation []float32) {
	mean, deviation = make([]float32, s.C), make([]float32, s.C)
	for c := range s.C {
		var times [256]uint64 // that each brightness comes
		for p := c; p < len(s.Pixels); p += s.C {
			times[s.Pixels[p]]++
		}
		var n, sum, squares uint64
		for v, k := range times {
			n, sum, squares = n+k, sum+k*uint64(v), squares+k*uint64(v)*uint64(v)
		}
		deviation[c] = 1
		if n == 0 {
			continue
		}
		count := float64(n)
		mean[c] = float32(float64(sum) / count / 255)
		// The variance is (n·squares − sum²)/n², its numerator one of 128 bits.
		hi, lo := bits.Mul64(n, squares)
		subHi, subLo := bits.Mul64(sum, sum)
		lo, borrow := bits.Sub64(lo, subLo, 0)
		hi, _ = bits.Sub64(hi, subHi, borrow)
		if hi|lo != 0 {
			deviation[c] = float32(math.Sqrt(float64(hi)*0x1p64+float64(lo)) / count / 255)
		}
	}
	return mean, deviation
}
