package gpu

import (
	"fmt"
	"math"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// integers are what a device keeps for products of codes.
type integers struct {
	tables map[tableKey]*integerTable
	// bad is where Quantize reports what is no number: the least operation · 2^32 + element. operation counts those
	// since the last Sync.
	bad       driver.Pointer
	operation uint32
}

// allBits is what bad is before anything is found.
const allBits = math.MaxUint64

// noNumbers returns the error of the first number since the last call that Quantize found to be none.
func (d *Device) noNumbers() error {
	s := &d.integers
	if s.operation == 0 {
		return nil
	}
	s.operation = 0
	found := []uint64{allBits}
	if err := d.driver.Download(bytesOf(found), s.bad); err != nil || found[0] == allBits {
		return err
	}
	err := fmt.Errorf("quantize: element %d is no number", uint32(found[0]))
	if failed := d.driver.Upload(s.bad, bytesOf([]uint64{allBits})); failed != nil {
		return failed
	}
	return err
}

// reportBad prepares an operation for what it may find to be no number.
func (o operation) reportBad() (at driver.Pointer, number uint32, err error) {
	s := &o.integers
	if s.bad == 0 {
		at, err := o.memory.alloc(8)
		if err != nil {
			return 0, 0, err
		}
		if err := o.driver.Upload(at, bytesOf([]uint64{allBits})); err != nil {
			return 0, 0, err
		}
		s.bad = at
	}
	s.operation++
	return s.bad, s.operation, nil
}

// parameters are arrays of numbers for a kernel, one after the other in memory that free gives back.
type parameters struct {
	operation
	at    driver.Pointer
	bytes int
}

// upload brings arrays of 32-bit numbers to the device and returns where each begins.
func (o operation) upload(arrays ...[]uint32) (p parameters, at []driver.Pointer) {
	var all []uint32
	for _, a := range arrays {
		all = append(all, a...)
	}
	p = parameters{operation: o, bytes: 4 * len(all)}
	var err error
	if p.at, err = o.memory.alloc(p.bytes); err == nil {
		err = o.driver.Upload(p.at, bytesOf(all))
	}
	if err != nil {
		o.fail(o.what, err)
		return p, make([]driver.Pointer, len(arrays))
	}
	next := p.at
	for _, a := range arrays {
		at = append(at, next)
		next += driver.Pointer(4 * len(a))
	}
	return p, at
}

func (p parameters) free() {
	if p.at != 0 {
		p.memory.free(p.at, p.bytes)
	}
}

// perChannel returns one number for each of n channels, from a slice that has one for each or one for all, or none: 0.
func perChannel[T any](n int, x []T, bits func(T) uint32) []uint32 {
	out := make([]uint32, n)
	if len(x) == 0 {
		return out
	}
	for i := range out {
		out[i] = bits(x[i%len(x)])
	}
	return out
}

func bitsOf[T int | int32](x T) uint32 { return uint32(int32(x)) }

// channelled is an error unless n elements are whole rows of so many channels.
func channelled(n, channels int) error {
	if channels == 0 || n%channels != 0 {
		return fmt.Errorf("%d elements are no whole number of rows of %d channels", n, channels)
	}
	return nil
}

// quantizer is an operation on elements with a quantizer.
type quantizer struct {
	parameters
	channels      divider
	scales, zeros driver.Pointer
}

// beginQuantizer checks a quantizer of n elements and brings it to the device. The caller frees the parameters.
func (d *Device) beginQuantizer(what string, q device.Quantizer, n int, err error, buffers ...device.Buffer) (quantizer, bool) {
	if failed := q.Check(q.Channels()); failed != nil {
		err = failed
	} else if failed := channelled(n, q.Channels()); failed != nil {
		err = failed
	}
	o, ok := d.begin(what, n, err, buffers...)
	if !ok {
		return quantizer{}, false
	}
	c := q.Channels()
	p, at := o.upload(perChannel(c, q.Scale, math.Float32bits), perChannel(c, q.Zero, bitsOf))
	return quantizer{p, newDivider(c), at[0], at[1]}, true
}

// coded is an error unless there are as many codes as numbers.
func coded(c, numbers int) error {
	if c != numbers {
		return fmt.Errorf("%d codes for %d numbers", c, numbers)
	}
	return nil
}

// Quantize implements device.Integers.
func (d *Device) Quantize(q device.Quantizer, x device.Buffer, c device.Codes) {
	own, err := d.codesOn(c)
	if err == nil {
		err = coded(c.Len(), x.Len())
	}
	o, ok := d.beginQuantizer("quantize", q, x.Len(), err, x)
	if !ok {
		return
	}
	defer o.free()
	bad, number, err := o.reportBad()
	if err != nil {
		o.fail(o.what, err)
		return
	}
	o.each("quantize", own.n, o.channels, q.Lo, q.Hi, o.scales, o.zeros, number, bad, x, own.at)
	own.lo, own.hi = min(q.Lo, 0), max(q.Hi, 0) // what is no number has the code 0
}

// Dequantize implements device.Integers.
func (d *Device) Dequantize(q device.Quantizer, c device.Codes, x device.Buffer) {
	own, err := d.codesOn(c)
	if err == nil {
		err = coded(c.Len(), x.Len())
	}
	if o, ok := d.beginQuantizer("dequantize", q, x.Len(), err, x); ok {
		defer o.free()
		o.each("dequantize", own.n, o.channels, o.scales, o.zeros, own.at, x)
	}
}

// QuantizeGrad implements device.Integers.
func (d *Device) QuantizeGrad(q device.Quantizer, x, g, dx device.Buffer) {
	if o, ok := d.beginQuantizer("gradient of quantize", q, x.Len(), device.CheckLen(x.Len(), g, dx), x, g, dx); ok {
		defer o.free()
		o.each("quantize_grad", x.Len(), o.channels, q.Lo, q.Hi, o.scales, o.zeros, x, g, dx)
	}
}

// Rescale implements device.Integers.
func (d *Device) Rescale(scales []float32, bias device.Buffer, s device.Sums, y device.Buffer) {
	channels := len(scales)
	buffers := []device.Buffer{y}
	if bias != nil {
		channels = bias.Len()
		buffers = append(buffers, bias)
	}
	own, err := d.sumsOn(s)
	if err == nil {
		err = device.CheckScales(scales, channels)
	}
	if err == nil {
		err = channelled(y.Len(), channels)
	}
	if err == nil && s.Len() != y.Len() {
		err = fmt.Errorf("%d sums for %d numbers", s.Len(), y.Len())
	}
	o, ok := d.begin("rescale", y.Len(), err, buffers...)
	if !ok {
		return
	}
	p, at := o.upload(perChannel(channels, scales, math.Float32bits))
	defer p.free()
	var where any = driver.Pointer(0)
	if bias != nil {
		where = bias
	}
	o.each("rescale", own.n, newDivider(channels), at[0], where, own.at, y)
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
	from, failed := d.sumsOn(s)
	if err == nil {
		err = failed
	}
	to, failed := d.codesOn(c)
	if err == nil {
		err = failed
	}
	o, ok := d.begin("requantize", c.Len(), err)
	if !ok {
		return
	}
	p, at := o.upload(perChannel(channels, r.Bias, bitsOf), perChannel(channels, r.Scale, math.Float32bits),
		perChannel(channels, r.Multiplier, bitsOf), perChannel(channels, r.Shift, bitsOf))
	defer p.free()
	scales := at[1]
	if len(r.Multiplier) > 0 {
		scales = 0
	}
	o.each("requantize", to.n, newDivider(channels), r.Lo, r.Hi, r.Zero, at[0], scales, at[2], at[3], from.at, to.at)
	to.lo, to.hi = r.Lo, r.Hi
}
