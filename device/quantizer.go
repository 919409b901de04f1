package device

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/lut"
)

// Quantizer gives numbers codes, which are whole numbers, and codes back the numbers that they stand for:
//
//	code(x)   = clamp(RoundToEven(x / Scale) + Zero, Lo, Hi)
//	number(q) = Scale · (q − Zero)
//
// The division is one binary32 division, the product one binary32 multiplication. An infinite x has the code Lo or Hi,
// a NaN has none: to quantize it is an error of the operation.
//
// A Quantizer of channels has one scale, and one zero point, for each element of the last dimension. Scales are fixed
// beforehand, so that the code of a number does not depend on the numbers beside it.
//
// See B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
// 2018; R. Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference", 2018, for channels.
type Quantizer struct {
	Lo, Hi int32     // least and greatest code
	Scale  []float32 // one, or one a channel; positive, finite
	Zero   []int32   // the code of 0: one, or one a channel; from Lo to Hi
}

// PerTensor returns a quantizer of one scale and one zero point.
func PerTensor(lo, hi int32, scale float32, zero int32) Quantizer {
	return Quantizer{Lo: lo, Hi: hi, Scale: []float32{scale}, Zero: []int32{zero}}
}

// Channels returns the number of channels, 1 for a quantizer of a whole tensor.
func (q Quantizer) Channels() int { return max(len(q.Scale), len(q.Zero)) }

// ScaleOf returns the scale of a channel.
func (q Quantizer) ScaleOf(channel int) float32 { return q.Scale[channel%len(q.Scale)] }

// ZeroOf returns the zero point of a channel.
func (q Quantizer) ZeroOf(channel int) int32 { return q.Zero[channel%len(q.Zero)] }

// Code returns the code of a number that is no NaN, in a channel.
func (q Quantizer) Code(x float32, channel int) int32 {
	zero := q.ZeroOf(channel)
	r := math.RoundToEven(float64(x / q.ScaleOf(channel)))
	return int32(max(float64(q.Lo-zero), min(float64(q.Hi-zero), r))) + zero
}

// Number returns the number that a code stands for, in a channel.
func (q Quantizer) Number(code int32, channel int) float32 {
	return q.ScaleOf(channel) * float32(code-q.ZeroOf(channel))
}

// Check returns an error if the quantizer is none, or has as many channels as a tensor of so many has not.
func (q Quantizer) Check(channels int) error {
	if q.Lo > q.Hi || q.Lo < math.MinInt16 || q.Hi > math.MaxInt16 {
		return fmt.Errorf("codes from %d to %d: expected a range within %d … %d", q.Lo, q.Hi, math.MinInt16, math.MaxInt16)
	}
	for _, n := range []int{len(q.Scale), len(q.Zero)} {
		if n != 1 && n != channels {
			return fmt.Errorf("%d scales and %d zero points for %d channels: expected one, or one a channel", len(q.Scale), len(q.Zero), channels)
		}
	}
	for c, s := range q.Scale {
		if !(s > 0 && s <= math.MaxFloat32) {
			return fmt.Errorf("the scale of channel %d is %v: expected a finite number above 0", c, s)
		}
	}
	for c, z := range q.Zero {
		if z < q.Lo || z > q.Hi {
			return fmt.Errorf("the zero point of channel %d is %d: expected a code from %d to %d", c, z, q.Lo, q.Hi)
		}
	}
	return nil
}

// CodeForm says how the operand of a table of integers sees a code.
type CodeForm int

const (
	// TwosComplement is for the signed operand of a table: the table sees the code, from −2^(bits−1) to 2^(bits−1) − 1.
	TwosComplement CodeForm = iota
	// Affine is for an unsigned operand: the table sees the code, from 0 to 2^bits − 1.
	Affine
	// SignMagnitude is for an unsigned operand too: the table sees the code's magnitude, up to 2^bits − 1, and the
	// product changes its sign if the code is negative. Its zero point is 0.
	SignMagnitude
)

// codeForms are the names of the forms in files.
var codeForms = []string{"two's-complement", "affine", "sign-magnitude"}

// String returns two's-complement, affine or sign-magnitude.
func (c CodeForm) String() string {
	if c < 0 || int(c) >= len(codeForms) {
		return fmt.Sprintf("CodeForm(%d)", int(c))
	}
	return codeForms[c]
}

// ParseCodeForm is the reverse of String.
func ParseCodeForm(name string) (CodeForm, error) {
	if i := slices.Index(codeForms, name); i >= 0 {
		return CodeForm(i), nil
	}
	return 0, fmt.Errorf("form of codes %q: expected one of %s", name, strings.Join(codeForms, ", "))
}

// Range returns the least and the greatest code of an operand of so many bits.
func (c CodeForm) Range(bits int) (lo, hi int32) {
	switch c {
	case TwosComplement:
		return -1 << (bits - 1), 1<<(bits-1) - 1
	case SignMagnitude:
		return -(1<<bits - 1), 1<<bits - 1
	}
	return 0, 1<<bits - 1
}

// CodeForms returns the forms of the operands of a table of integers: TwosComplement where an operand is signed, else
// Affine, or SignMagnitude if magnitude is true.
func CodeForms(f lut.Format, magnitude bool) (a, b CodeForm) {
	of := func(signed bool) CodeForm {
		switch {
		case signed:
			return TwosComplement
		case magnitude:
			return SignMagnitude
		}
		return Affine
	}
	return of(f.Kind.SignedA()), of(f.Kind.SignedB())
}

// NaNError is the error of Quantize about a number that has no code.
type NaNError struct{ Index int }

func (e *NaNError) Error() string { return fmt.Sprintf("quantize: element %d is no number", e.Index) }
