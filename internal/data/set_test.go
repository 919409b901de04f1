package data

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// small has three images of 2 × 1 × 2.
func small() *Split {
	return &Split{H: 2, W: 1, C: 2, Pixels: []uint8{0, 1, 2, 3, 51, 102, 153, 255, 8, 9, 10, 11}, Labels: []uint8{7, 1, 9}}
}

func TestBatch(t *testing.T) {
	s := small()
	assert.Equal(t, []int{3, 4}, []int{s.Len(), s.Size()})
	assert.Equal(t, []uint8{51, 102, 153, 255}, s.Image(1))
	dst, labels := make([]float32, 12), make([]int, 3)
	s.Batch(0, []int{1, 0, 1}, dst, labels)
	assert.Equal(t, []float32{.2, .4, .6, 1, 0, 1. / 255, 2. / 255, 3. / 255, .2, .4, .6, 1}, dst)
	assert.Equal(t, []int{1, 7, 1}, labels)
}

func TestBatchOfWrongSizePanics(t *testing.T) {
	s := small()
	assert.PanicsWithValue(t, "data: a batch of 2 images has 8 pixels and 2 labels, not 9 and 2", func() {
		s.Batch(0, []int{0, 1}, make([]float32, 9), make([]int, 2))
	})
	assert.Panics(t, func() { s.Batch(0, []int{0, 1}, make([]float32, 8), make([]int, 3)) })
	assert.Panics(t, func() { s.Batch(0, []int{3}, make([]float32, 4), make([]int, 1)) })
}

// TestOrder pins an order: a run that is repeated on another machine or with
// another version of Go must see the same batches.
func TestOrder(t *testing.T) {
	s := &Split{Labels: make([]uint8, 10)}
	assert.Equal(t, []int{3, 9, 8, 5, 7, 6, 4, 1, 2, 0}, s.Order(1, 0))

	s = &Split{Labels: make([]uint8, 1000)}
	seen := map[int]int{}
	orders := [][]int{s.Order(1, 0), s.Order(1, 1), s.Order(2, 0), s.Order(2, 1)}
	for i, o := range orders {
		for j := range i {
			same := 0
			for k := range o {
				if o[k] == orders[j][k] {
					same++
				}
			}
			assert.Less(t, same, 10, "orders %d and %d agree at %d of 1000 places, expected about one", i, j, same)
		}
		seen[o[0]]++
		sorted := slices.Clone(o)
		slices.Sort(sorted)
		for k, v := range sorted {
			require.Equal(t, k, v, "an index is missing or comes twice")
		}
		assert.Equal(t, o, s.Order([]uint64{1, 1, 2, 2}[i], []uint64{0, 1, 0, 1}[i]), "it does not repeat")
	}
	assert.Len(t, seen, 4, "different epochs begin with the same image")
}

// TestOrderIsUniform counts where image 0 of 8 lands over many epochs.
func TestOrderIsUniform(t *testing.T) {
	s := &Split{Labels: make([]uint8, 8)}
	var at [8]int
	const epochs = 16000
	for e := range uint64(epochs) {
		at[slices.Index(s.Order(5, e), 0)]++
	}
	for i, n := range at {
		assert.InDelta(t, epochs/8, n, 250, "place %d", i) // six standard deviations
	}
}

func TestSplit(t *testing.T) {
	s := &Set{Train: small(), Test: &Split{}}
	assert.Same(t, s.Train, s.Split("train"))
	assert.Same(t, s.Test, s.Split("test"))
	assert.Nil(t, s.Split("valid"))
}
