package meter_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/device/meter"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/nn"
)

func newDevice(t *testing.T) *meter.Device {
	d, err := cpu.New(1)
	require.NoError(t, err)
	return meter.New(d)
}

// A device that is timed gives the bits that it gives otherwise, and every operation
// is kept by its name.
func TestBattery(t *testing.T) {
	d := newDevice(t)
	devicetest.Run(t, d)
	var names []string
	for _, group := range []reflect.Type{reflect.TypeFor[device.Activations](), reflect.TypeFor[device.Norms](), reflect.TypeFor[device.Optimizers]()} {
		for i := range group.NumMethod() {
			names = append(names, group.Method(i).Name)
		}
	}
	m := d.Take()
	assert.ElementsMatch(t, names, slices.Collect(maps.Keys(m.Others)))
	assert.Len(t, names, 28)
	for name, w := range m.Others {
		assert.Positive(t, w.Calls, name)
		assert.Positive(t, w.Time, name)
		assert.Zero(t, w.Products, name)
	}
	assert.Equal(t, []string{""}, slices.Collect(maps.Keys(m.Kernels)))
	assert.Positive(t, m.Kernels[""][meter.Forward].Products)
	assert.Empty(t, d.Take().Others, "taken twice")
}

// So does a device that trains networks of integers. Each of their operations that is no product is kept by its name.
func TestIntegers(t *testing.T) {
	d := newDevice(t)
	whole, ok := d.Whole().(device.GradientDevice)
	require.True(t, ok)
	devicetest.RunIntegers(t, whole)
	devicetest.RunGradients(t, whole)
	m := d.Take()
	for _, name := range []string{"Quantize", "Dequantize", "QuantizeGrad", "Rescale", "Requantize", "Slopes", "Extremes", "ScaleGrad"} {
		assert.Positive(t, m.Others[name].Calls, name)
		assert.Zero(t, m.Others[name].Products, name)
	}
	assert.Positive(t, m.Kernels[""][meter.Forward].Products)

	table, err := golden.CommittedTable("exact_s8")
	require.NoError(t, err)
	mul, err := whole.Multiplier(table)
	require.NoError(t, err)
	q := device.Quantizer{Lo: -2, Hi: 1, Scale: []float32{1}, Zero: []int32{0}}
	p := device.IntegerProduct{Multiplier: meter.Label(mul, "layer", false), A: q, B: q, Accumulator: device.Accumulator{Bits: 32}}
	g := device.Gemm{M: 2, N: 3, K: 4}
	a, b, dy := whole.AllocCodes(8), whole.AllocCodes(12), whole.Alloc(6)
	of, da, db := device.Derivatives{A: make([]float32, 16), B: make([]float32, 16)}, whole.Alloc(8), whole.Alloc(12)
	whole.GradientGemm(p, of, g, a, b, dy, da, nil)
	whole.GradientGemm(p, of, g, a, b, dy, nil, db)
	whole.GradientGemm(p, of, g, a, b, dy, da, db)
	require.NoError(t, whole.Sync())
	kernels := d.Take().Kernels
	assert.Equal(t, []string{"layer"}, slices.Collect(maps.Keys(kernels)))
	assert.Zero(t, kernels["layer"][meter.Forward].Products)
	assert.Equal(t, 24, kernels["layer"][meter.InputGrad].Products)
	assert.Equal(t, 3*24, kernels["layer"][meter.WeightGrad].Products, "both gradients at once count there")
	assert.Equal(t, device.Device(meter.New(d)), meter.New(d).Whole(), "what computes in no integers stays what it is")
}

// The products of each layer are those of the network's plan, which counts them by
// itself, in the passes that they belong to; times add up to no more than all took.
func TestProducts(t *testing.T) {
	const batch = 2
	compared := 0
	for _, c := range []struct {
		model string
		in    nn.Shape
	}{{"lenet-300-100", nn.Shape{H: 28, W: 28, C: 1}}, {"lenet-5", nn.Shape{H: 28, W: 28, C: 1}}, {"resnet-20", nn.Shape{H: 16, W: 16, C: 3}},
		{"mobilenet-v2", nn.Shape{H: 8, W: 8, C: 3}}, {"vit-tiny", nn.Shape{H: 8, W: 8, C: 3}}} {
		specs, err := nn.Model(c.model, c.in, 10)
		require.NoError(t, err)
		plan, err := nn.NewPlan(specs, c.in, batch)
		require.NoError(t, err)
		d := newDevice(t)
		native, err := d.Multiplier(nil)
		require.NoError(t, err)
		n, err := nn.New(d, specs, c.in, batch, nn.AssignFunc(func(layer string) nn.Multipliers {
			return nn.Multipliers{Forward: meter.Label(native, layer, false), Backward: meter.Label(native, layer, true)}
		}), 1)
		require.NoError(t, err)
		o, err := nn.NewOptimizer("sgd", 0, 0)
		require.NoError(t, err)
		x := make([]float32, batch*c.in.Len())
		d.Take()
		start := time.Now()
		_, _, err = n.Gradients(x, make([]float32, batch), 1)
		require.NoError(t, err)
		o.Update(d, n.Params(), 1, 1, 1)
		require.NoError(t, d.Sync())
		took := time.Since(start)

		m, sum, first := d.Take(), time.Duration(0), true
		for _, l := range plan.Layers {
			w := m.Kernels[l.Name]
			if !l.Multiplies {
				assert.Nil(t, w, l.Name)
				continue
			}
			require.NotNil(t, w, l.Name)
			forward, input, weight := w[meter.Forward], w[meter.InputGrad], w[meter.WeightGrad]
			assert.Equal(t, batch*l.Forward, forward.Products, "%s %s", c.model, l.Name)
			assert.Equal(t, batch*l.Backward, input.Products+weight.Products, "%s %s", c.model, l.Name)
			switch {
			case l.Kind == "attention": // its own products, without those of its dense layers
				assert.Zero(t, weight.Calls, l.Name)
			case first: // nobody asks for the gradient of the images
				assert.Zero(t, input.Calls, l.Name)
				fallthrough
			default:
				assert.Equal(t, forward.Products, weight.Products, l.Name)
				assert.Equal(t, forward.Terms, weight.Terms, l.Name)
				assert.LessOrEqual(t, forward.Terms, forward.Products, l.Name)
			}
			first = false
			compared++
			for _, p := range w {
				sum += p.Time
			}
		}
		assert.Equal(t, batch, m.Kernels[plan.Layers[len(plan.Layers)-1].Name][meter.Forward].Calls*batch)
		assert.Equal(t, len(n.Params()), m.Others["SGD"].Calls)
		for _, w := range m.Others {
			sum += w.Time
		}
		assert.LessOrEqual(t, sum, took)
		assert.Positive(t, sum)
	}
	assert.Equal(t, 3+5+22+53+62, compared)
}

// After an error, operations do nothing and are not counted until Sync has returned
// it.
func TestErrors(t *testing.T) {
	d := newDevice(t)
	m, err := d.Multiplier(nil)
	require.NoError(t, err)
	x := d.Alloc(4)
	d.ConvForward(m, device.Conv{}, x, x, x) // sizes of 0, strides that must not divide
	d.ReLU(x, x)
	require.ErrorContains(t, d.Sync(), "sizes must be 1 or more")
	require.NoError(t, d.Sync())
	taken := d.Take()
	assert.Zero(t, taken.Kernels[""][meter.Forward].Products)
	assert.Zero(t, taken.Others["ReLU"].Calls)
	d.ReLU(x, x)
	require.NoError(t, d.Sync())
	assert.Equal(t, 1, d.Take().Others["ReLU"].Calls)
}
