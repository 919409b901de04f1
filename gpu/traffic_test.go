package gpu

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/nn"
)

// traffic is what a driver was asked for that a GPU or the host waits for.
type traffic struct{ allocs, frees, uploads, downloads, syncs, up, down int }

func (t traffic) minus(o traffic) traffic {
	return traffic{t.allocs - o.allocs, t.frees - o.frees, t.uploads - o.uploads, t.downloads - o.downloads, t.syncs - o.syncs, t.up - o.up, t.down - o.down}
}

// counting is a driver that counts.
type counting struct {
	driver.Driver
	traffic
	launches int
}

func (c *counting) Alloc(n int) (driver.Pointer, error) {
	c.allocs++
	return c.Driver.Alloc(n)
}

func (c *counting) Free(p driver.Pointer) error {
	c.frees++
	return c.Driver.Free(p)
}

func (c *counting) Upload(dst driver.Pointer, src []byte) error {
	c.uploads++
	c.up += len(src)
	return c.Driver.Upload(dst, src)
}

func (c *counting) Download(dst []byte, src driver.Pointer) error {
	c.downloads++
	c.down += len(dst)
	return c.Driver.Download(dst, src)
}

func (c *counting) Sync() error {
	c.syncs++
	return c.Driver.Sync()
}

func (c *counting) Launch(kernel string, grid, block driver.Dim, shared int, args ...any) error {
	c.launches++
	return c.Driver.Launch(kernel, grid, block, shared, args...)
}

// noise is a set of random images.
type noise struct {
	shape nn.Shape
	n     int
}

func (s noise) Len() int                       { return s.n }
func (s noise) Shape() (h, w, c int)           { return s.shape.H, s.shape.W, s.shape.C }
func (s noise) Order(seed, epoch uint64) []int { return rand.New(rand.NewPCG(seed, epoch)).Perm(s.n) }

func (s noise) Batch(_ uint64, indices []int, dst []float32, labels []int) {
	for i, index := range indices {
		rng := rand.New(rand.NewPCG(5, uint64(index)))
		for j := range s.shape.Len() {
			dst[i*s.shape.Len()+j] = rng.Float32()
		}
		labels[i] = rng.IntN(10)
	}
}

// A training step brings the batch to the GPU and takes back the loss of each image,
// and the logits, that the accuracy is of; with clipping, the norms too. It asks for no
// memory once there is what two steps need, and waits once, or twice for the norms.
func TestTraffic(t *testing.T) {
	const batch, steps = 8, 5
	for _, c := range []struct {
		model, multiplier, optimizer string
		in                           nn.Shape
		clip                         float64
	}{
		{"lenet-5", "mitchell_e8m7", "adam", nn.Shape{H: 28, W: 28, C: 1}, 0},
		{"lenet-5", "exact_s8", "sgd", nn.Shape{H: 28, W: 28, C: 1}, 1},
		{"resnet-20", "mitchell_e8m7", "sgd", nn.Shape{H: 4, W: 4, C: 3}, 0},
	} {
		e, err := emulation.New(emulation.Options{})
		require.NoError(t, err)
		count := &counting{Driver: e}
		d, err := New(count)
		require.NoError(t, err)
		g, err := golden.Lookup(c.multiplier)
		require.NoError(t, err)
		m, err := d.Multiplier(g.Table())
		require.NoError(t, err)
		specs, err := nn.Model(c.model, c.in, 10)
		require.NoError(t, err)
		n, err := nn.New(d, specs, c.in, batch, nn.Multipliers{Forward: m, Backward: m}, 7)
		require.NoError(t, err)
		o, err := nn.NewOptimizer(c.optimizer, 0, 0)
		require.NoError(t, err)
		want := traffic{uploads: 2, downloads: 2, syncs: 1, up: 4 * batch * (c.in.Len() + 1), down: 4 * batch * (10 + 1)}
		if c.clip > 0 {
			want.downloads, want.syncs, want.down = 3, 2, want.down+4*len(n.Params())
		}
		seen, before, launches := 0, traffic{}, 0
		_, err = nn.Train(t.Context(), n, o, noise{c.in, batch * steps}, noise{c.in, 2 * batch}, nn.Loop{Epochs: 1, Clip: c.clip,
			Schedule: nn.Schedule{Kind: "constant"},
			OnStep: func(s nn.Step) {
				if s.Step > 2 {
					assert.Equal(t, want, count.minus(before), "%s, step %d", c.model, s.Step)
					assert.Greater(t, count.launches-launches, 30)
					seen++
				}
				before, launches = count.traffic, count.launches
			}})
		require.NoError(t, err)
		require.Equal(t, steps-2, seen)
		// The epoch's end waits once, and looks at all weights; then each batch of test images
		// goes there, its logits come back.
		weights := append(n.Params(), n.State()...)
		want = traffic{uploads: 2, downloads: 2 + len(weights), syncs: 3, up: 2 * 4 * batch * c.in.Len(), down: 2 * 4 * batch * 10}
		for _, w := range weights {
			want.down += 4 * w.Value.Len()
		}
		assert.Equal(t, want, count.minus(before), c.model)
		require.NoError(t, e.Close())
	}
}

// Labels that the host did not write just before are looked at, others are not.
func TestLabels(t *testing.T) {
	e, err := emulation.New(emulation.Options{})
	require.NoError(t, err)
	count := &counting{Driver: e}
	d, err := New(count)
	require.NoError(t, err)
	x, labels, loss, dx := d.Alloc(6), d.Alloc(2), d.Alloc(2), d.Alloc(6)
	entropy := func() int {
		before := count.downloads
		d.SoftmaxCrossEntropy(2, 3, 0, x, labels, loss, dx)
		return count.downloads - before
	}
	labels.Write([]float32{2, 0})
	assert.Equal(t, 0, entropy())
	assert.Equal(t, 1, entropy(), "an operation had them since")
	labels.Write([]float32{2, 1})
	d.Add(x, dx)
	assert.Equal(t, 0, entropy())
	require.NoError(t, d.Sync())
	for _, wrong := range []float32{3, -1, 0.5, 1 << 30} {
		labels.Write([]float32{2, wrong})
		entropy()
		require.ErrorContains(t, d.Sync(), "of row 1: expected a class from 0 to 2")
	}
	labels.Write([]float32{2, 1})
	one := d.Alloc(2)
	one.Write([]float32{0, 5})
	d.Add(one, labels)
	entropy()
	require.ErrorContains(t, d.Sync(), "label 6 of row 1: expected a class from 0 to 2")
}
