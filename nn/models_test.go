package nn

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
)

// Parameters of the models are the published ones, products those that a
// convolution, a dense layer and attention have by their shapes.
func TestModels(t *testing.T) {
	photo, cifar, digit := Shape{224, 224, 3}, Shape{32, 32, 3}, Shape{28, 28, 1}
	known := map[string]bool{}
	for _, c := range []struct {
		model    string
		in       Shape
		classes  int
		params   int
		products int // of a forward pass
	}{
		{"lenet-300-100", digit, 10, 266_610, 266_200},
		{"lenet-5", digit, 10, 61_706, 416_520},
		{"resnet-18", photo, 1000, 11_689_512, 1_814_073_344},
		{"resnet-34", photo, 1000, 21_797_672, 3_663_761_408},
		{"resnet-50", photo, 1000, 25_557_032, 4_089_184_256},
		{"mobilenet-v2", photo, 1000, 3_504_872, 300_774_272},
		{"vit-tiny", photo, 1000, 5_717_416, 1_253_683_200},
		{"resnet-20", cifar, 10, 272_474, 40_813_184},
		{"resnet-18", cifar, 10, 11_173_962, 555_422_720},
		{"resnet-50", cifar, 10, 23_520_842, 1_297_829_888},
		{"mobilenet-v2", cifar, 10, 2_236_682, 87_976_448},
		{"vit-tiny", cifar, 10, 5_362_762, 365_107_584},
	} {
		specs := must(Model(c.model, c.in, c.classes))
		p, err := NewPlan(specs, c.in, 1)
		require.NoError(t, err)
		assert.Equal(t, c.params, p.Params, "parameters of %s for %v", c.model, c.in)
		assert.Equal(t, c.products, p.Forward, "products of %s for %v", c.model, c.in)
		t.Logf("%-14s %12v: %10d parameters, %11d + %11d products an example", c.model, c.in, p.Params, p.Forward, p.Backward)
		known[c.model] = true
	}
	assert.Len(t, known, len(Models()))
}

// Training adds the products of both gradients, but for the images' own.
func TestPlanBackward(t *testing.T) {
	in := Shape{32, 32, 3}
	for _, batch := range []int{1, 3} {
		p, err := NewPlan(must(Model("resnet-20", in, 10)), in, batch)
		require.NoError(t, err)
		assert.Equal(t, 40_813_184, p.Forward)
		assert.Equal(t, 2*40_813_184-32*32*16*3*3*3, p.Backward)
	}
}

// Every model takes the images of every data set, whatever their size.
func TestModelsTakeAnyImage(t *testing.T) {
	built := 0
	for _, name := range Models() {
		for _, in := range []Shape{{28, 28, 1}, {32, 32, 3}, {64, 64, 3}, {65, 64, 3}, {96, 80, 3}} {
			p, err := NewPlan(must(Model(name, in, 10)), in, 2)
			require.NoError(t, err, "%s for %v", name, in)
			assert.Positive(t, p.Params)
			built++
		}
	}
	assert.Equal(t, 5*8, built)
}

// Names say where in the network a tensor is, and how images begin depends on
// their size.
func TestModelNames(t *testing.T) {
	for in, stem := range map[Shape]int{{32, 32, 3}: 3, {64, 64, 3}: 3, {64, 65, 3}: 7, {65, 64, 3}: 7} {
		n, err := New(&idle{}, must(Model("resnet-50", in, 10)), in, 2, Multipliers{}, 1)
		require.NoError(t, err)
		names := map[string]int{}
		for _, p := range n.Params() {
			names[p.Name] = p.Value.Len()
		}
		assert.Len(t, names, len(n.Params()))
		assert.Equal(t, stem*stem*3*64, names["stem.conv1.weight"], "%v", in)
		assert.Equal(t, 256*512, names["stage2.block1.shortcut.conv1.weight"])
		assert.Equal(t, 512, names["stage4.block3.norm2.scale"])
		assert.Equal(t, 2048*10, names["dense1.weight"])
		assert.Len(t, n.State(), 2*53)
	}
}

// A batch of 128 images of CIFAR fits into an ordinary machine. The plan's bytes
// are those that training allocates on a device.
func TestMemory(t *testing.T) {
	cifar := Shape{32, 32, 3}
	for _, c := range []struct {
		model string
		most  int // MiB
	}{{"resnet-18", 1024}, {"resnet-20", 400}, {"resnet-50", 5000}, {"mobilenet-v2", 3000}, {"vit-tiny", 3500}} {
		p, err := NewPlan(must(Model(c.model, cifar, 10)), cifar, 128)
		require.NoError(t, err)
		t.Logf("%s: %d MiB for 128 images of %v", c.model, p.Bytes>>20, cifar)
		assert.Less(t, p.Bytes>>20, c.most, c.model)
	}
	for name, c := range trials {
		p, err := NewPlan(c.specs, c.in, trialBatch)
		require.NoError(t, err)
		d, err := cpu.New(1)
		require.NoError(t, err)
		native, err := d.Multiplier(nil)
		require.NoError(t, err)
		m := &meter{Device: d}
		n, err := New(m, c.specs, c.in, trialBatch, Multipliers{Forward: native, Backward: native}, 1)
		require.NoError(t, err)
		for step := range 3 {
			_, _, err = n.Gradients(make([]float32, trialBatch*c.in.Len()), make([]float32, trialBatch), step+1)
			require.NoError(t, err)
		}
		assert.Equal(t, m.bytes, p.Bytes, name)
	}
}

// meter is a device that counts what is allocated.
type meter struct {
	device.Device
	bytes int
}

func (m *meter) Alloc(n int) device.Buffer {
	m.bytes += 4 * n
	return m.Device.Alloc(n)
}
