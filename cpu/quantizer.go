package cpu

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

var _ device.IntegerDevice = (*Device)(nil)

// codes implements device.Codes.
type codes []int16

// AllocCodes implements device.Integers.
func (d *Device) AllocCodes(n int) device.Codes { return make(codes, n) }

func (c codes) Len() int { return len(c) }

func (c codes) Write(src []int16) {
	if len(src) != len(c) {
		panic(fmt.Sprintf("cpu: %d codes for a buffer of %d", len(src), len(c)))
	}
	copy(c, src)
}

func (c codes) Read(dst []int16) error {
	if len(dst) != len(c) {
		return fmt.Errorf("reading %d codes into %d", len(c), len(dst))
	}
	copy(dst, c)
	return nil
}

func (c codes) Free() {}

// codesOf returns the memory of codes; those of another device are an error of the caller.
func codesOf(c device.Codes) []int16 {
	own, ok := c.(codes)
	if !ok {
		panic(fmt.Sprintf("cpu: codes of another device (%T)", c))
	}
	return own
}

// channelled is an error unless n elements are whole rows of so many channels.
func channelled(n, channels int) error {
	if channels == 0 || n%channels != 0 {
		return fmt.Errorf("%d elements are no whole number of rows of %d channels", n, channels)
	}
	return nil
}

// checkCodes is an error unless there is a code for each number, and whole rows of the channels of a quantizer.
func checkCodes(q device.Quantizer, c device.Codes, x device.Buffer) error {
	if err := q.Check(q.Channels()); err != nil {
		return err
	}
	if err := channelled(x.Len(), q.Channels()); err != nil {
		return err
	}
	if x.Len() != c.Len() {
		return fmt.Errorf("%d codes for %d numbers", c.Len(), x.Len())
	}
	return nil
}

// rowsOf runs do for whole rows of channels in [0, n), in several threads.
func (d *Device) rowsOf(n, channels int, do func(from, to int)) {
	d.split(n/channels, max(1, grain/channels), func(from, to int) { do(from*channels, to*channels) })
}

// Quantize implements device.Integers.
func (d *Device) Quantize(q device.Quantizer, x device.Buffer, c device.Codes) {
	if !d.ready("quantize", checkCodes(q, c, x)) {
		return
	}
	X, C := floatsOf(x)[0], codesOf(c)
	ranges := d.ranges(q, len(X))
	d.rowsOf(len(X), q.Channels(), func(from, to int) {
		if nan := ranges.quantize(X[from:to], C[from:to]); nan >= 0 {
			d.fail(&device.NaNError{Index: from + nan})
		}
	})
}

// fail keeps the first error of the threads of an operation for Sync.
func (d *Device) fail(err error) { d.late.CompareAndSwap(nil, &err) }

// Dequantize implements device.Integers.
func (d *Device) Dequantize(q device.Quantizer, c device.Codes, x device.Buffer) {
	if !d.ready("dequantize", checkCodes(q, c, x)) {
		return
	}
	X, C := floatsOf(x)[0], codesOf(c)
	ranges := d.ranges(q, len(X))
	d.rowsOf(len(X), q.Channels(), func(from, to int) { ranges.dequantize(C[from:to], X[from:to]) })
}

// QuantizeGrad implements device.Integers.
func (d *Device) QuantizeGrad(q device.Quantizer, x, g, dx device.Buffer) {
	err := q.Check(q.Channels())
	if err == nil {
		err = channelled(x.Len(), q.Channels())
	}
	if err == nil {
		err = device.CheckLen(x.Len(), g, dx)
	}
	if !d.ready("gradient of quantize", err) {
		return
	}
	s, ranges := floatsOf(x, g, dx), d.ranges(q, x.Len())
	d.rowsOf(x.Len(), q.Channels(), func(from, to int) { ranges.quantizeGrad(s[0][from:to], s[1][from:to], s[2][from:to]) })
}

// Rescale implements device.Integers.
func (d *Device) Rescale(scales []float32, bias device.Buffer, s device.Sums, y device.Buffer) {
	channels := len(scales)
	if bias != nil {
		channels = bias.Len()
	}
	err := device.CheckScales(scales, channels)
	if err == nil {
		err = channelled(y.Len(), channels)
	}
	if err == nil && s.Len() != y.Len() {
		err = fmt.Errorf("%d sums for %d numbers", s.Len(), y.Len())
	}
	if !d.ready("rescale", err) {
		return
	}
	S, Y := sumsOf(s).values, floatsOf(y)[0]
	var B []float32
	if bias != nil {
		B = floatsOf(bias)[0]
	}
	for len(scales) < channels {
		scales = append(scales[:len(scales):len(scales)], scales[0])
	}
	r := &rescaling{scales, B, d.pattern(channels, len(Y), 2, rescalingOf(scales, B))}
	d.rowsOf(len(Y), channels, func(from, to int) { r.rescale(S[from:to], Y[from:to]) })
}

// Requantize implements device.Integers.
func (d *Device) Requantize(r device.Requantizer, s device.Sums, c device.Codes) {
	channels := r.Channels()
	err := r.Check(channels)
	if err == nil {
		err = channelled(c.Len(), channels)
	}
	if err == nil && s.Len() != c.Len() {
		err = fmt.Errorf("%d codes for %d sums", c.Len(), s.Len())
	}
	if !d.ready("requantize", err) {
		return
	}
	S, C := sumsOf(s).values, codesOf(c)
	d.rowsOf(len(C), channels, func(from, to int) {
		for i := from; i < to; i++ {
			C[i] = int16(r.Code(S[i], (i-from)%channels))
		}
	})
}
