package nn

import (
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// Plan is the size of a network, known before anything is computed.
type Plan struct {
	Params int // numbers that are trained
	// Forward and Backward are the products that go through the multiplier, for one
	// example: those of an evaluation, and those that training adds. Products with
	// padding count.
	Forward, Backward int
	// Bytes is the size of all buffers of a training step, without the optimizer's.
	Bytes int
	// Layers are those that compute, not the blocks that hold them, in the order in
	// which they are built.
	Layers []LayerPlan
}

// LayerPlan is the size of one layer; see Plan.
type LayerPlan struct {
	Name, Kind        string
	In, Out           Shape
	Params            int
	Forward, Backward int
	// Bytes is the size of the layer's own buffers: parameters, their gradients, its output.
	// Gradients that go from layer to layer are the network's.
	Bytes int
	// Multiplies says whether it has multipliers.
	Multiplies bool
}

// MostBytes is the most that the buffers of a network may take: more than any machine that
// this program is for has.
const MostBytes = 1 << 40

// tooLarge is the panic value of a counting device whose buffers exceed MostBytes.
type tooLarge struct{ bytes int }

// refuseTooLarge makes an error of that panic; it is to be deferred.
func refuseTooLarge(batch int, err *error) {
	switch r := recover().(type) {
	case nil:
	case tooLarge:
		*err = fault.Usagef("the network takes %d GiB of memory or more for a batch of %d, expected at most %d GiB", r.bytes>>30, batch, MostBytes>>30)
	default:
		panic(r)
	}
}

// NewPlan returns the plan of a network for a batch size. It fails where New
// would, and for networks of more than MostBytes, before anything is allocated.
func NewPlan(specs []Spec, in Shape, batch int) (p Plan, err error) {
	defer refuseTooLarge(batch, &err)
	d, meters := &idle{}, map[string]Multipliers{}
	n, err := New(d, specs, in, batch, AssignFunc(func(layer string) Multipliers {
		meters[layer] = Multipliers{Forward: new(tally), Backward: new(tally)}
		return meters[layer]
	}), 0)
	if err != nil {
		return Plan{}, err
	}
	n.begin(nil, nil, 1) // the device looks at no numbers
	n.layers.Backward(n.upstream, false)
	p = Plan{Params: count(n.Params()), Bytes: 4 * d.numbers, Layers: d.layers}
	for i := range p.Layers {
		l := &p.Layers[i]
		var m Multipliers
		if m, l.Multiplies = meters[l.Name]; l.Multiplies {
			l.Forward, l.Backward = m.Forward.(*tally).products/batch, m.Backward.(*tally).products/batch
		}
		p.Forward, p.Backward = p.Forward+l.Forward, p.Backward+l.Backward
	}
	return p, nil
}

// count returns how many numbers tensors hold.
func count(params []*Param) int {
	n := 0
	for _, p := range params {
		n += p.Value.Len()
	}
	return n
}

// built reports the layer to a device that plans, after its buffers.
func (c *common) built(l Layer, in Shape, kind string) {
	if d, ok := c.Device.(planner); ok {
		d.plan(LayerPlan{Name: l.Name(), Kind: kind, In: in, Out: l.Out(), Params: count(l.Params())})
	}
}

// planner is a device that plans: it hears about each layer when it is built.
type planner interface{ plan(p LayerPlan) }

// plan implements planner: it adds the bytes that the layer has allocated. Of a block it keeps nothing, and of a
// layer with others in it no parameters of these.
func (d *idle) plan(p LayerPlan) {
	p.Bytes = 4 * (d.numbers - d.told)
	d.told = d.numbers
	if p.Kind == "block" {
		return
	}
	for _, inner := range d.layers {
		if strings.HasPrefix(inner.Name, p.Name+".") {
			p.Params -= inner.Params
		}
	}
	d.layers = append(d.layers, p)
}

// tally is a multiplier that counts its products.
type tally struct{ products int }

func (*tally) Table() *lut.Table { return nil }

// idle is a device that computes nothing and counts.
type idle struct {
	numbers int // in buffers
	told    int // of them, those of the layers that were told of
	layers  []LayerPlan
}

var _ device.Device = (*idle)(nil)

// length is a buffer that holds nothing but its length.
type length int

func (n length) Len() int               { return int(n) }
func (length) Write([]float32)          {}
func (length) Read(dst []float32) error { clear(dst); return nil }
func (length) Free()                    {}

func (d *idle) Alloc(n int) device.Buffer {
	// Sizes are bounded where they are read, so that a product of two is no overflow.
	if n < 0 || n > MostBytes/4-d.numbers {
		panic(tooLarge{4 * (d.numbers + min(max(n, 0), MostBytes))})
	}
	d.numbers += n
	return length(n)
}

func (*idle) Name() string                                         { return "nothing" }
func (*idle) Properties() device.Properties                        { return device.Properties{Discards: true} }
func (*idle) Sync() error                                          { return nil }
func (d *idle) Multiplier(*lut.Table) (device.Multiplier, error)   { return new(tally), nil }
func (d *idle) Functional(device.Model) (device.Multiplier, error) { return new(tally), nil }

type (
	buf = device.Buffer
	mul = device.Multiplier
)

func (*idle) Gemm(m mul, g device.Gemm, _, _, _ buf) { m.(*tally).products += g.M * g.N * g.K }
func (*idle) BatchGemm(m mul, g device.BatchGemm, _, _, _ buf) {
	m.(*tally).products += g.Outer * g.Inner * g.M * g.N * g.K
}
func (*idle) ConvForward(m mul, c device.Conv, _, _, _ buf)    { m.(*tally).products += c.MACs() }
func (*idle) ConvInputGrad(m mul, c device.Conv, _, _, _ buf)  { m.(*tally).products += c.MACs() }
func (*idle) ConvWeightGrad(m mul, c device.Conv, _, _, _ buf) { m.(*tally).products += c.MACs() }

func (*idle) AddBias(_, _ int, _, _ buf)                              {}
func (*idle) SumRows(_, _ int, _, _ buf)                              {}
func (*idle) Add(_, _ buf)                                            {}
func (*idle) Copy(device.Copy, buf, buf)                              {}
func (*idle) Zero(buf)                                                {}
func (*idle) ReLU(_, _ buf)                                           {}
func (*idle) ReLUGrad(_, _, _ buf)                                    {}
func (*idle) ReLU6(_, _ buf)                                          {}
func (*idle) ReLU6Grad(_, _, _ buf)                                   {}
func (*idle) GELU(_, _ buf)                                           {}
func (*idle) GELUGrad(_, _, _ buf)                                    {}
func (*idle) Softmax(_, _ int, _ float32, _, _ buf)                   {}
func (*idle) SoftmaxGrad(_, _ int, _ float32, _, _, _ buf)            {}
func (*idle) MaxPool(device.Pool, buf, buf, buf)                      {}
func (*idle) MaxPoolGrad(device.Pool, buf, buf, buf)                  {}
func (*idle) AvgPool(device.Pool, buf, buf)                           {}
func (*idle) AvgPoolGrad(device.Pool, buf, buf)                       {}
func (*idle) Dropout(uint64, float32, buf, buf)                       {}
func (*idle) SoftmaxCrossEntropy(_, _ int, _ float32, _, _, _, _ buf) {}
func (*idle) Moments(device.Norm, buf, buf, buf)                      {}
func (*idle) BatchNorm(_ device.Norm, _, _, _, _, _, _ buf)           {}
func (*idle) BatchNormGrad(_ device.Norm, _, _, _, _, _, _, _, _ buf) {}
func (*idle) LayerNorm(_ device.Norm, _, _, _, _, _, _ buf)           {}
func (*idle) LayerNormGrad(_ device.Norm, _, _, _, _, _, _, _, _ buf) {}
func (*idle) Average(device.Moving, buf, buf)                         {}
func (*idle) SumSquares(buf, buf)                                     {}
func (*idle) SGD(device.SGD, buf, buf, buf)                           {}
func (*idle) Adam(device.Adam, buf, buf, buf, buf)                    {}
