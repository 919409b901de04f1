package data

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ramps has n images of 6 × 5 × 3 whose bytes go up by 7.
func ramps(n int) *Split {
	s := &Split{H: 6, W: 5, C: 3, Pixels: make([]uint8, 90*n), Labels: make([]uint8, n)}
	for i := range s.Pixels {
		s.Pixels[i] = uint8(7*i + 1)
	}
	for i := range s.Labels {
		s.Labels[i] = uint8(i % 10)
	}
	return s
}

// batch returns a batch of examples.
func batch(e Examples, epoch uint64, indices ...int) (pixels []float32, labels []int) {
	h, w, c := e.Shape()
	pixels, labels = make([]float32, len(indices)*h*w*c), make([]int, len(indices))
	e.Batch(epoch, indices, pixels, labels)
	return pixels, labels
}

// floatDigest is the SHA-256 of the values' bits, little endian.
func floatDigest(values []float32) string {
	var out []byte
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return digest(out)
}

// TestAugmentPinned: the same examples on every machine and in every version. The
// digests were computed by a program of its own, in Python, from what the comments
// of Augment say, the hash and its use.
func TestAugmentPinned(t *testing.T) {
	a := Augment{ramps(10), 1, 2, true}
	for epoch, want := range []string{
		"960c5f0e529149513792b5435685a19924ee2c4f6cf60d6c8930a796c6964293",
		"7a7d67b0d4a0056ea1afff6f310c1cd6d8c46b4aec44e92b52f10389dabdabd1",
		"66bc9e0f6e4053edf56fa5e6651a7d7219a2918102806e92fb06882edd608b93",
	} {
		pixels, labels := batch(a, uint64(epoch), 3, 0, 9, 4)
		assert.Equal(t, want, floatDigest(pixels), "epoch %d", epoch)
		assert.Equal(t, []int{3, 0, 9, 4}, labels)
	}
}

// TestAugmentOrder: an example is the same in whatever batch, next to whatever
// others, on however many threads; and another one with another seed or epoch.
func TestAugmentOrder(t *testing.T) {
	const n, epoch = 200, 5
	a := Augment{ramps(n), 9, 4, true}
	order := a.Order(1, 2)
	all, _ := batch(a, epoch, order...)
	const size = 90
	var wg sync.WaitGroup
	compared := make([]int, 8)
	for g := range compared {
		wg.Go(func() {
			for k := g; k < n; k += len(compared) {
				one, _ := batch(a, epoch, order[k])
				pair, _ := batch(a, epoch, 0, order[k])
				if slices.Equal(one, all[k*size:(k+1)*size]) && slices.Equal(one, pair[size:]) {
					compared[g]++
				}
			}
		})
	}
	wg.Wait()
	for g, c := range compared {
		assert.Equal(t, n/len(compared), c, "goroutine %d: so many examples are the same in other batches", g)
	}
	for name, other := range map[string]Augment{"seed": {a.Examples, 10, 4, true}, "crop": {a.Examples, 9, 3, true}, "flip": {a.Examples, 9, 4, false}} {
		pixels, _ := batch(other, epoch, order...)
		assert.NotEqual(t, all, pixels, name)
	}
	pixels, _ := batch(a, epoch+1, order...)
	assert.NotEqual(t, all, pixels, "epoch")
	plain, _ := batch(a.Examples, epoch, order...)
	nothing, _ := batch(Augment{a.Examples, 9, 0, false}, epoch, order...)
	assert.Equal(t, plain, nothing)
}

// TestViewApply compares every place and both directions with the definition: a
// margin of zeros, a piece cut out, its columns turned round.
func TestViewApply(t *testing.T) {
	const h, w, c, margin = 6, 5, 3, 4
	src := make([]float32, h*w*c)
	for i := range src {
		src[i] = float32(i + 1)
	}
	const wide = w + 2*margin
	padded := make([]float32, (h+2*margin)*wide*c)
	for y := range h {
		copy(padded[((y+margin)*wide+margin)*c:][:w*c], src[y*w*c:])
	}
	compared := 0
	for top := range 2*margin + 1 {
		for left := range 2*margin + 1 {
			for _, flip := range []bool{false, true} {
				var want []float32
				for y := range h {
					for x := range w {
						if flip {
							x = w - 1 - x
						}
						want = append(want, padded[((y+top)*wide+x+left)*c:][:c]...)
					}
				}
				got := slices.Repeat([]float32{-1}, len(src))
				view{top - margin, left - margin, flip}.apply(got, src, h, w, c)
				require.Equal(t, want, got, "top %d, left %d, flip %v", top, left, flip)
				compared++
			}
		}
	}
	assert.Equal(t, 162, compared)
}

// TestViewFrequencies counts views over epochs and over images: each of the 81
// places comes with either direction, as often as the others.
func TestViewFrequencies(t *testing.T) {
	const each = 1000
	for name, at := range map[string]func(k int) (seed, epoch uint64, i int){
		"epochs": func(k int) (uint64, uint64, int) { return 1, uint64(k), 17 },
		"images": func(k int) (uint64, uint64, int) { return 1, 3, k },
		"seeds":  func(k int) (uint64, uint64, int) { return uint64(k), 3, 17 },
	} {
		seen := map[view]int{}
		for k := range 162 * each {
			seed, epoch, i := at(k)
			seen[Augment{Seed: seed, Crop: 4, Flip: true}.view(epoch, i)]++
		}
		assert.Len(t, seen, 162, name)
		chi2 := 0.0
		for v, n := range seen {
			assert.LessOrEqual(t, max(v.down, -v.down, v.right, -v.right), 4)
			assert.InDelta(t, each, n, 6*math.Sqrt(each), "%s: %+v", name, v)
			chi2 += float64((n-each)*(n-each)) / each
		}
		// χ² with 161 degrees of freedom: 161 ± 18, here six deviations.
		assert.InDelta(t, 161, chi2, 6*18, name)
	}
	for k := range 1000 {
		assert.False(t, Augment{Seed: 1, Crop: 4}.view(0, k).flip)
		v := Augment{Seed: 1, Flip: true}.view(0, k)
		assert.Equal(t, view{flip: v.flip}, v)
	}
}
