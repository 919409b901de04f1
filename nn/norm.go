package nn

import "github.com/approxtrain/approxtrain/device"

// batchNorm normalizes each channel, while training by the moments of the batch,
// else by their moving averages: S. Ioffe and C. Szegedy, "Batch normalization",
// 2015.
type batchNorm struct {
	base
	norm           device.Norm
	scale, shift   *Param
	mean, variance *Param // moving averages; the variance's is unbiased
	batchMean      device.Buffer
	batchVariance  device.Buffer
	x, y           device.Buffer
}

// movingRate is the share of the last batch in a moving average.
const movingRate = 0.1

func newBatchNorm(b base) *batchNorm {
	c := b.in.C
	l := &batchNorm{base: b, norm: device.Norm{Rows: b.rows(), Cols: c, Epsilon: epsilon}, y: b.output(),
		scale: newConstant(b.Device, b.name+".scale", c, 1), shift: newConstant(b.Device, b.name+".shift", c, 0),
		mean: newState(b.Device, b.name+".mean", c, 0), variance: newState(b.Device, b.name+".variance", c, 1),
		batchMean: b.Alloc(c), batchVariance: b.Alloc(c)}
	l.scale.of, l.shift.of = batchNorms, batchNorms
	return l
}

func (l *batchNorm) Forward(x device.Buffer, step int) device.Buffer {
	l.x = x
	mean, variance := l.mean.Value, l.variance.Value
	if step > 0 {
		n := l.norm.Rows
		l.Moments(l.norm, x, l.batchMean, l.batchVariance)
		l.Average(device.Moving{Rate: movingRate, Scale: 1}, l.batchMean, mean)
		l.Average(device.Moving{Rate: movingRate, Scale: float32(n) / float32(max(n-1, 1))}, l.batchVariance, variance)
		mean, variance = l.batchMean, l.batchVariance
	}
	l.BatchNorm(l.norm, x, mean, variance, l.scale.Value, l.shift.Value, l.y)
	return l.y
}

func (l *batchNorm) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.BatchNormGrad(l.norm, l.x, l.batchMean, l.batchVariance, l.scale.Value, g, g, l.scale.Grad, l.shift.Grad)
	if !wantInput {
		return l.give(g)
	}
	return g
}

func (l *batchNorm) Params() []*Param { return []*Param{l.scale, l.shift} }
func (l *batchNorm) State() []*Param  { return []*Param{l.mean, l.variance} }

// layerNorm normalizes each position over its channels: J. Ba et al., "Layer
// normalization", 2016.
type layerNorm struct {
	base
	norm           device.Norm
	scale, shift   *Param
	mean, variance device.Buffer // of each position
	x, y           device.Buffer
}

func newLayerNorm(b base) *layerNorm {
	c := b.in.C
	return &layerNorm{base: b, norm: device.Norm{Rows: b.rows(), Cols: c, Epsilon: 1e-6}, y: b.output(),
		scale: newConstant(b.Device, b.name+".scale", c, 1), shift: newConstant(b.Device, b.name+".shift", c, 0),
		mean: b.Alloc(b.rows()), variance: b.Alloc(b.rows())}
}

func (l *layerNorm) Forward(x device.Buffer, _ int) device.Buffer {
	l.x = x
	l.LayerNorm(l.norm, x, l.scale.Value, l.shift.Value, l.mean, l.variance, l.y)
	return l.y
}

func (l *layerNorm) Backward(g device.Buffer, wantInput bool) device.Buffer {
	l.LayerNormGrad(l.norm, l.x, l.mean, l.variance, l.scale.Value, g, g, l.scale.Grad, l.shift.Grad)
	if !wantInput {
		return l.give(g)
	}
	return g
}

func (l *layerNorm) Params() []*Param { return []*Param{l.scale, l.shift} }
