package quantization

import (
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/calibrate"
	"github.com/approxtrain/approxtrain/lut"
)

// Codes says which codes the operands of a layer have, whatever their scales.
type Codes struct {
	// Symmetric gives activations of an unsigned operand a zero point in the middle. Without it, their range is that of
	// the numbers seen: an affine code. Activations of a signed operand, and weights, are symmetric.
	Symmetric bool
	// Restricted leaves out the least code of symmetric ranges: −127 … 127.
	Restricted bool
	// PerTensor gives the weights of a layer one scale, instead of one for each output channel.
	PerTensor bool
	// Magnitude gives unsigned operands codes in sign and magnitude; see device.CodeForm.
	Magnitude bool
}

// Activation returns the codes of an operand that depends on the image, A or B, of a table of a format. The observer is the
// caller's choice.
func (c Codes) Activation(f lut.Format, b bool) calibrate.Options {
	formA, formB := device.CodeForms(f, c.Magnitude)
	o := calibrate.Options{Observer: calibrate.MinMax, Restricted: c.Restricted, Form: formA, Bits: f.A}
	if b {
		o.Form, o.Bits = formB, f.B
	}
	o.Symmetric = c.Symmetric || o.Form != device.Affine
	return o
}

// Weight returns the codes of weights, operand B: symmetric, from the largest magnitude.
func (c Codes) Weight(f lut.Format) calibrate.Options {
	_, form := device.CodeForms(f, c.Magnitude)
	return calibrate.Options{Observer: calibrate.MinMax, Symmetric: true, Restricted: c.Restricted, Form: form, Bits: f.B}
}

// Scales returns how many scales the weights of a layer with so many output channels have.
func (c Codes) Scales(channels int) int {
	if c.PerTensor {
		return 1
	}
	return channels
}
