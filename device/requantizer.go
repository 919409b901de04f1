package device

import (
	"fmt"
	"math"
)

// Requantizer turns the sum of a channel into the code that the next layer takes, without a number in between:
//
//	code = clamp(RoundToEven((sum + Bias) · Scale) + Zero, Lo, Hi)
//
// with the sum and the bias added as integers, the result as binary32 and the product rounded once each, as ONNX
// Runtime's QLinearConv does it. Scale is (sa · sw) / sy, each operation in binary32, with the scales of both operands and
// of the result. Or, if there are Multipliers, with integers alone, as gemmlowp and
// TensorFlow Lite do it:
//
//	code = clamp(Fixed(sum + Bias, Multiplier, Shift) + Zero, Lo, Hi)
//
// See Fixed; a sum that 32 bits cannot hold is the nearest one that they can. A channel is the index modulo the number of channels. Each slice has one element, or one a channel.
type Requantizer struct {
	Lo, Hi, Zero int32
	Bias         []int32 // in units of sa · sw; nil for none
	Scale        []float32
	Multiplier   []int32 // 2^30 to 2^31 − 1
	Shift        []int   // −31 … 30: to the left where it is positive
}

// Channels returns the number of channels, 1 for a requantizer of a whole tensor.
func (r Requantizer) Channels() int {
	return max(len(r.Bias), len(r.Scale), len(r.Multiplier), len(r.Shift))
}

// Code returns the code of a sum in a channel.
func (r Requantizer) Code(sum int64, channel int) int32 {
	if len(r.Bias) > 0 {
		sum += int64(r.Bias[channel%len(r.Bias)])
	}
	var v float64
	if len(r.Multiplier) > 0 {
		x := int32(max(math.MinInt32, min(math.MaxInt32, sum)))
		v = float64(Fixed(x, r.Multiplier[channel%len(r.Multiplier)], r.Shift[channel%len(r.Shift)]))
	} else {
		v = math.RoundToEven(float64(float32(sum) * r.Scale[channel%len(r.Scale)]))
	}
	v += float64(r.Zero)
	return int32(max(float64(r.Lo), min(float64(r.Hi), v)))
}

// Check returns an error if the requantizer is none, or not one of so many channels.
func (r Requantizer) Check(channels int) error {
	if err := PerTensor(r.Lo, r.Hi, 1, r.Zero).Check(channels); err != nil {
		return err
	}
	if n := len(r.Bias); n > 1 && n != channels {
		return fmt.Errorf("%d biases for %d channels: expected none, one, or one a channel", n, channels)
	}
	if len(r.Multiplier) == 0 {
		return CheckScales(r.Scale, channels)
	}
	if len(r.Scale) > 0 {
		return fmt.Errorf("a requantizer has scales or multipliers, this one has both")
	}
	for _, n := range []int{len(r.Multiplier), len(r.Shift)} {
		if n != 1 && n != channels {
			return fmt.Errorf("%d multipliers and %d shifts for %d channels: expected one, or one a channel", len(r.Multiplier), len(r.Shift), channels)
		}
	}
	for c, m := range r.Multiplier {
		if m < 1<<30 {
			return fmt.Errorf("the multiplier of channel %d is %d: expected 2^30 to 2^31 − 1", c, m)
		}
	}
	for c, s := range r.Shift {
		if s < -31 || s > 30 {
			return fmt.Errorf("the shift of channel %d is %d: expected −31 to 30", c, s)
		}
	}
	return nil
}

// Fixed returns x · 2^shift · multiplier / 2^31 in 32-bit integers, in the two steps of gemmlowp
// (SaturatingRoundingDoublingHighMul, then RoundingDivideByPOT): x · 2^shift, if shift is positive, keeps to 32 bits; its
// product with multiplier / 2^31 is rounded to the nearest integer, of two equally near ones to the greater; that,
// divided by 2^−shift if shift is negative, is rounded to the nearest integer, of two equally near ones to the one away
// from 0.
//
// See B. Jacob et al., 2018, section 2.2, and https://github.com/google/gemmlowp, fixedpoint.h.
func Fixed(x, multiplier int32, shift int) int32 {
	left := max(math.MinInt32, min(math.MaxInt32, int64(x)<<max(shift, 0)))
	product := left * int64(multiplier)
	high := (product + 1<<30) >> 31
	right := max(-shift, 0)
	if right == 0 {
		return int32(high)
	}
	half := int64(1) << (right - 1)
	if high < 0 {
		return int32(-((-high + half) >> right))
	}
	return int32((high + half) >> right)
}

// FixedPoint returns the multiplier and the shift that are nearest to a positive scale, for Fixed: scale is
// multiplier / 2^31 · 2^shift.
func FixedPoint(scale float64) (multiplier int32, shift int, err error) {
	if !(scale > 0) || math.IsInf(scale, 0) {
		return 0, 0, fmt.Errorf("scale %v: expected a finite number above 0", scale)
	}
	fraction, shift := math.Frexp(scale)
	m := int64(math.Round(fraction * (1 << 31)))
	if m == 1<<31 {
		m, shift = m/2, shift+1
	}
	switch {
	case shift > 30:
		return 0, 0, fmt.Errorf("scale %v: expected less than 2^30", scale)
	case shift < -31:
		return 0, 0, fmt.Errorf("scale %v: expected 2^−32 or more", scale)
	}
	return int32(m), shift, nil
}
