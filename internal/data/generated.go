package data

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/internal/data/digits"
)

// The set that Open("digits") draws. What follows from these numbers is pinned by
// a test in data/digits.
const (
	DigitsTrain = 20000
	DigitsTest  = 5000
	DigitsSeed  = 1
)

// Digits draws a set of 28 × 28 × 1 images of digits, the classes in turn. The seed determines
// every bit; a smaller set is the beginning of a larger one. Images are drawn on all cores.
func Digits(seed uint64, train, test int) *Set {
	return &Set{
		Name:    "digits",
		Classes: digitNames,
		Train:   drawSplit(seed, digits.Train, train),
		Test:    drawSplit(seed, digits.Test, test),
	}
}

// drawSplit shares the images out in blocks; each has its own stream of chance, so
// it does not matter who draws it.
func drawSplit(seed uint64, part digits.Part, n int) *Split {
	const block, size = 64, digits.Size * digits.Size
	s := &Split{H: digits.Size, W: digits.Size, C: 1, Pixels: make([]uint8, n*size), Labels: make([]uint8, n)}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				from := int(next.Add(block)) - block
				if from >= n {
					return
				}
				for i := from; i < min(from+block, n); i++ {
					s.Labels[i] = uint8(i % 10)
					digits.Draw(s.Image(i), i%10, seed, part, uint64(i))
				}
			}
		})
	}
	wg.Wait()
	return s
}
