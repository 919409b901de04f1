package nn

import (
	"approxtrain/device"
	"approxtrain/lut"
)

// Plan says what a network takes, before anything is computed.
type Plan struct {
	Params int // numbers that are trained
	// Forward and Backward are the products that go through the multiplier, for one
	// example: those of an evaluation, and those that training adds. Products with
	// padding count.
	Forward, Backward int
	// Bytes are those of all buffers while a batch is trained on, without what the
	// optimizer keeps.
	Bytes int
}

// NewPlan returns the plan of a network for a batch size. It fails where New
// would.
func NewPlan(specs []Spec, in Shape, batch int) (Plan, error) {
	d := &idle{}
	n, err := New(d, specs, in, batch, Multipliers{d, d}, 0)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, t := range n.Params() {
		p.Params += t.Value.Len()
	}
	x := make([]float32, batch*in.Len())
	if _, err := n.Logits(x); err != nil {
		return Plan{}, err
	}
	p.Forward = d.products / batch
	if _, _, err := n.Gradients(x, x[:batch], 1); err != nil {
		return Plan{}, err
	}
	p.Backward = d.products/batch - 2*p.Forward
	p.Bytes = 4 * d.numbers
	return p, nil
}

// idle is a device that computes nothing and counts.
type idle struct {
	numbers  int // in buffers
	products int
}

var _ device.Device = (*idle)(nil)

// length is a buffer that holds nothing but its length.
type length int

func (n length) Len() int               { return int(n) }
func (length) Write([]float32)          {}
func (length) Read(dst []float32) error { clear(dst); return nil }
func (length) Free()                    {}

func (d *idle) Alloc(n int) device.Buffer {
	d.numbers += n
	return length(n)
}

func (*idle) Name() string                                         { return "nothing" }
func (*idle) Sync() error                                          { return nil }
func (*idle) Table() *lut.Table                                    { return nil }
func (d *idle) Multiplier(*lut.Table) (device.Multiplier, error)   { return d, nil }
func (d *idle) Functional(device.Model) (device.Multiplier, error) { return d, nil }

type (
	buf = device.Buffer
	mul = device.Multiplier
)

func (d *idle) Gemm(_ mul, g device.Gemm, _, _, _ buf) { d.products += g.M * g.N * g.K }
func (d *idle) BatchGemm(_ mul, g device.BatchGemm, _, _, _ buf) {
	d.products += g.Outer * g.Inner * g.M * g.N * g.K
}
func (d *idle) ConvForward(_ mul, c device.Conv, _, _, _ buf)    { d.products += c.MACs() }
func (d *idle) ConvInputGrad(_ mul, c device.Conv, _, _, _ buf)  { d.products += c.MACs() }
func (d *idle) ConvWeightGrad(_ mul, c device.Conv, _, _, _ buf) { d.products += c.MACs() }

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
