package device

import (
	"fmt"

	"github.com/approxtrain/approxtrain/lut"
)

// IntegerVariable is the environment variable that forces how products of codes are computed: rank, byte, planes or
// generic, of which a device may have some. All give the same bits.
const IntegerVariable = "APPROXTRAIN_INTEGER"

// Integers are the operations of networks of integers, as an accelerator computes them: codes in, products from a table
// of integers, sums in an integer accumulator, one rescaling out. Nothing in between is binary32. A device that has them
// is an IntegerDevice.
//
// The operations follow the rules of Device for errors and order.
type Integers interface {
	// PrepareIntegers prepares the products of a table of integers for codes, and says in a few words how the device
	// computes them. The first product does so otherwise.
	PrepareIntegers(t *lut.Table, magnitude bool) (about string, err error)

	// AllocCodes returns n codes, all 0.
	AllocCodes(n int) Codes
	// AllocSums returns n sums, all 0.
	AllocSums(n int) Sums

	// Quantize computes the codes of x. The channel of an element is its index modulo the channels of q. A NaN has no
	// code: it is an error.
	Quantize(q Quantizer, x Buffer, codes Codes)
	// Dequantize computes the numbers that codes stand for; channels as in Quantize.
	Dequantize(q Quantizer, codes Codes, x Buffer)
	// QuantizeGrad computes the gradient of Dequantize after Quantize, by the straight-through estimator: dx = g
	// where x / Scale lies between the least and the greatest code less the zero point, both included, else +0; dx
	// may be g. See Y. Bengio et al., "Estimating or propagating gradients through stochastic neurons", 2013.
	QuantizeGrad(q Quantizer, x, g, dx Buffer)

	// IntegerGemm, IntegerBatchGemm and IntegerConv compute the sums of Gemm, BatchGemm and Conv's forward pass:
	//
	//	sum = Acc(T[a][b] over all k) − Zb·Σ a − Za·Σ b + K·Za·Zb
	//
	// with a and b codes, T[a][b] the table's product as a number, Acc the accumulator of p, and Za and Zb the zero
	// points. Acc adds in ascending order of k, without chunks. The rest is exact arithmetic beside the multiplier. The
	// channel of an operand B is its column, for Conv the output channel. A position in the padding of a convolution
	// has the code of 0, Za, and goes through the table as any other. Operand A has no channels.
	IntegerGemm(p IntegerProduct, g Gemm, a, b Codes, sums Sums)
	IntegerBatchGemm(p IntegerProduct, g BatchGemm, a, b Codes, sums Sums)
	IntegerConv(p IntegerProduct, s Conv, x, w Codes, sums Sums)

	// Rescale computes y = sum · scale + bias, each operation, and the sum as binary32, rounded once. scales and bias
	// have an element for each channel, as in Quantize, or scales has one for all; bias may be nil.
	Rescale(scales []float32, bias Buffer, sums Sums, y Buffer)
	// Requantize computes codes from sums; see Requantizer.
	Requantize(r Requantizer, sums Sums, codes Codes)
}

// IntegerDevice is a Device with the operations of networks of integers.
type IntegerDevice interface {
	Device
	Integers
}

// Codes are codes on a device, of 16 bits each.
type Codes interface {
	Len() int
	// Write and Read are those of Buffer.
	Write(src []int16)
	Read(dst []int16) error
	Free()
}

// Sums are sums of products on a device.
type Sums interface {
	Len() int
	// Read is that of Buffer.
	Read(dst []int64) error
	// Overflows waits for the operations before, and returns of how many sums of the last product the accumulator had
	// not enough bits, and the index of the first of them, -1 if there is none.
	//
	// An accumulator that refuses such sums has made the product an *OverflowError of the device's next Sync besides.
	//
	// With Wrap and Refuse these are the sums whose exact value does not fit; a wrapping accumulator is right at the end
	// if that fits, whatever it was on the way. With Saturate these are the sums in which an addition saturated.
	Overflows() (count, first int, err error)
	Free()
}

// IntegerProduct is what a product of codes has besides its shape. The scales of the quantizers do not matter to it.
type IntegerProduct struct {
	Multiplier  Multiplier // of a table of integers
	A, B        Quantizer
	Accumulator Accumulator
	// Magnitude means that the unsigned operands of the table are in sign and magnitude; see CodeForm.
	Magnitude bool
}

// Check returns an error if the product cannot be computed, for a B of so many channels: the table is none of whole products
// of integers, a quantizer's codes are not the table's, or the accumulator cannot hold one product. terms is the number
// of products in a sum, largest the LargestProduct of the table.
func (p IntegerProduct) Check(channels, terms int, largest int64) error {
	t := p.Multiplier.Table()
	if t == nil {
		return fmt.Errorf("products of codes need a table of integers")
	}
	if err := CheckIntegerTable(t); err != nil {
		return err
	}
	formA, formB := CodeForms(t.Format, p.Magnitude)
	for _, o := range []struct {
		name     string
		q        Quantizer
		form     CodeForm
		bits     int
		channels int
	}{{"A", p.A, formA, t.Format.A, 1}, {"B", p.B, formB, t.Format.B, channels}} {
		if err := o.q.Check(o.channels); err != nil {
			return fmt.Errorf("quantizer of operand %s: %w", o.name, err)
		}
		lo, hi := o.form.Range(o.bits)
		if o.q.Lo < lo || o.q.Hi > hi {
			return fmt.Errorf("quantizer of operand %s: codes from %d to %d, and table %s of format %v takes codes from %d to %d",
				o.name, o.q.Lo, o.q.Hi, t.Name, t.Format, lo, hi)
		}
		if o.form == SignMagnitude {
			for _, z := range o.q.Zero {
				if z != 0 {
					return fmt.Errorf("quantizer of operand %s: a zero point of %d in sign and magnitude, expected 0", o.name, z)
				}
			}
		}
	}
	if terms > 1<<30 || largest > 1<<31-1 {
		return fmt.Errorf("sums of %d products up to %d: expected at most 2^30 of less than 2^31", terms, largest)
	}
	if err := p.Accumulator.Check(largest); err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	return nil
}

// CheckIntegerTable returns an error unless a table has whole products of integers, or their high parts.
func CheckIntegerTable(t *lut.Table) error {
	switch f := t.Format; {
	case f.Kind == lut.Mantissa || f.Kind == lut.Coded:
		return fmt.Errorf("table %s has format %v, expected one of integers", t.Name, f)
	case f.Modulus() > 0:
		return fmt.Errorf("table %s of format %v has products modulo 2^%d: a sum of remainders is no sum of products; make the "+
			"table of a design with the whole product, or with its high part", t.Name, f, f.Modulus())
	}
	return nil
}

// IntegerProductOf returns the product of a table of integers for two operand patterns: its entry as a number, · 2^LSB.
func IntegerProductOf(t *lut.Table, a, b uint32) int64 { return t.Int(a, b) << t.Format.Part.LSB }

// LargestProduct returns the largest magnitude of the products of a table of integers.
func LargestProduct(t *lut.Table) int64 {
	var most int64
	for a := range uint32(t.Format.Rows()) {
		for b := range uint32(t.Format.Cols()) {
			p := IntegerProductOf(t, a, b)
			most = max(most, p, -p)
		}
	}
	return most
}

// OverflowError is the error of a product whose accumulator refuses sums that it cannot hold.
type OverflowError struct {
	Accumulator Accumulator
	Index       int   // of the first such sum
	Sum         int64 // its exact value
	Count       int   // of such sums
}

func (e *OverflowError) Error() string {
	return fmt.Sprintf("sum %d is %d, which an accumulator of %d bits cannot hold (%d such sums)", e.Index, e.Sum, e.Accumulator.Width(), e.Count)
}

// CheckScales returns an error unless there is one scale, or one for each of so many channels, all positive and finite.
func CheckScales(scales []float32, channels int) error {
	if len(scales) != 1 && len(scales) != channels {
		return fmt.Errorf("%d scales for %d channels: expected one, or one a channel", len(scales), channels)
	}
	for c, s := range scales {
		if !(s > 0 && s-s == 0) {
			return fmt.Errorf("the scale of channel %d is %v: expected a finite number above 0", c, s)
		}
	}
	return nil
}
