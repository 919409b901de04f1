package data

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
)

// Set is a data set: images to train on and others to test on.
type Set struct {
	Name        string
	Classes     []string // names of the labels 0, 1, …
	Train, Test *Split
}

// Split is a part of a set. It is safe for concurrent use as long as it is not changed.
type Split struct {
	H, W, C int
	Pixels  []uint8 // N × H × W × C, the channel fastest; 0 to 255
	Labels  []uint8 // N; each below the number of the set's classes
}

// Split returns the part called train or test, nil for other names.
func (s *Set) Split(name string) *Split {
	switch name {
	case "train":
		return s.Train
	case "test":
		return s.Test
	}
	return nil
}

// Len returns the number of images, N.
func (s *Split) Len() int { return len(s.Labels) }

// Shape returns height, width and channels of each image.
func (s *Split) Shape() (h, w, c int) { return s.H, s.W, s.C }

// Size returns the number of values of an image, H·W·C.
func (s *Split) Size() int { return s.H * s.W * s.C }

// Image returns the H × W × C bytes of image i. It is part of Pixels, no copy.
func (s *Split) Image(i int) []uint8 { return s.Pixels[i*s.Size() : (i+1)*s.Size()] }

// First returns the split of the first n images, 0 ≤ n ≤ Len. It shares their
// memory.
func (s *Split) First(n int) *Split {
	return &Split{s.H, s.W, s.C, s.Pixels[:n*s.Size()], s.Labels[:n]}
}

// Batch copies the images with the given indices, in that order: their pixels into dst,
// len(indices) × H × W × C (NHWC), 0 to 1, and their labels into labels. They are the same in
// every epoch. It panics if dst or labels has another length or an index is out of range.
func (s *Split) Batch(_ uint64, indices []int, dst []float32, labels []int) {
	size := s.Size()
	if len(dst) != len(indices)*size || len(labels) != len(indices) {
		panic(fmt.Sprintf("data: a batch of %d images has %d pixels and %d labels, not %d and %d",
			len(indices), len(indices)*size, len(indices), len(dst), len(labels)))
	}
	for k, i := range indices {
		out := dst[k*size : (k+1)*size]
		for j, v := range s.Image(i) {
			out[j] = level[v]
		}
		labels[k] = int(s.Labels[i])
	}
}

// level[v] is the brightness v/255, rounded to float32.
var level = func() (t [256]float32) {
	for v := range t {
		t[v] = float32(v) / 255
	}
	return t
}()

// Order returns the indices of all images in the order of an epoch: a shuffle that
// follows from seed and epoch, on every machine. Batches are consecutive pieces of
// it.
func (s *Split) Order(seed, epoch uint64) []int {
	// Written out, since rand.Rand's shuffle may change between versions of Go; the
	// generator itself may not. The bias of the multiplication is below N/2^64.
	pcg := rand.NewPCG(seed, epoch)
	order := make([]int, s.Len())
	for i := range order {
		j, _ := bits.Mul64(pcg.Uint64(), uint64(i+1))
		order[i] = order[j]
		order[j] = i
	}
	return order
}

// check returns an error if the parts of a split, which come from two files, do not fit together.
func (s *Split) check(images, labels string, classes []string) error {
	n := 0
	if size := s.Size(); size > 0 {
		n = len(s.Pixels) / size
	}
	if n != len(s.Labels) {
		return fmt.Errorf("%s holds %s images, %s holds %s labels: they do not belong together; fetch or copy both again",
			images, comma(n), labels, comma(len(s.Labels)))
	}
	for i, l := range s.Labels {
		if int(l) >= len(classes) {
			return fmt.Errorf("%s: the label of image %s is %d, expected 0 to %d; if the set has more classes, name them in %s beside it, one a line",
				labels, comma(i), l, len(classes)-1, classesFile)
		}
	}
	return nil
}
