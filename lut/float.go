package lut

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Float says how the numbers of a Mantissa format are coded, their fractions aside. The zero value
// has 8 exponent bits and the rules of AMSim; see Table.MulBits. docs/formats.md defines the rest.
type Float struct {
	Exponent   int        // exponent bits X, 2 to 7; 0 stands for 8
	Bias       int        // of the exponent; 0 stands for 2^(X−1) − 1
	Finite     bool       // no infinities: the pattern of all ones is the only NaN of its sign (OCP's E4M3)
	Saturate   bool       // a finite number out of range becomes the largest one instead of an infinity or NaN
	Subnormals Subnormals // what is made of numbers below the normal ones
}

// Subnormals says what is made of numbers below the normal ones.
type Subnormals uint8

const (
	// Flush takes subnormal operands for zeros, and makes results below the normal numbers zeros.
	Flush Subnormals = iota
	// Gradual has subnormal operands and results; bits that a subnormal result cannot hold are dropped.
	Gradual
	// GradualNearest rounds subnormal results to the nearest, ties to even.
	GradualNearest
)

var subnormalNames = [...]string{"", "-ieee", "-ieee-rne"}

// bits returns the number of exponent bits.
func (f Float) bits() int {
	if f.Exponent == 0 {
		return 8
	}
	return f.Exponent
}

// usualBias returns 2^(X−1) − 1.
func (f Float) usualBias() int { return 1<<(f.bits()-1) - 1 }

// bias returns the bias of the exponent.
func (f Float) bias() int {
	if f.Bias == 0 {
		return f.usualBias()
	}
	return f.Bias
}

// ExponentBits returns the number of exponent bits of a Mantissa format.
func (f Format) ExponentBits() int { return f.Float.bits() }

// One returns the exponent field of 1.0 of a Mantissa format, which is the bias.
func (f Format) One() uint32 { return uint32(f.Float.bias()) }

// FloatExtra returns the number of sign and exponent bits of a Mantissa format's numbers: an operand
// has FloatExtra + A bits at a port, a product FloatExtra + P.
func (f Format) FloatExtra() int { return 1 + f.Float.bits() }

// AMSim reports whether the format is Mantissa and follows the rules of AMSim alone: e8mY.
func (f Format) AMSim() bool { return f.Kind == Mantissa && f.Float == Float{} && f.A > 0 && f.P > 0 }

// SameNumbers reports whether two formats code numbers alike: they may differ in the width of the
// product, and in how a subnormal result is rounded. Codings may differ in their names.
func (f Format) SameNumbers(g Format) bool {
	if f.Kind == Coded && g.Kind == Coded {
		return f.Codes.A.same(g.Codes.A) && f.Codes.B.same(g.Codes.B) && f.Codes.P.same(g.Codes.P)
	}
	x, y := f.Float, g.Float
	if x.Subnormals == GradualNearest {
		x.Subnormals = Gradual
	}
	if y.Subnormals == GradualNearest {
		y.Subnormals = Gradual
	}
	return f.Kind == g.Kind && f.A == g.A && f.B == g.B && f.Part == g.Part && x == y
}

// floatString returns the name of a Mantissa format.
func (f Format) floatString() string {
	s := fmt.Sprintf("e%dm%d", f.Float.bits(), f.A)
	if f.P != f.A {
		s += fmt.Sprintf("p%d", f.P)
	}
	if f.Float.Bias != 0 {
		s += fmt.Sprintf("b%d", f.Float.Bias)
	}
	if f.Float.Finite {
		s += "fn"
	}
	if i := int(f.Float.Subnormals); i < len(subnormalNames) {
		s += subnormalNames[i]
	}
	if f.Float.Saturate {
		s += "-saturate"
	}
	return s
}

var floatName = regexp.MustCompile(`^e([2-8])m(\d{1,2})(?:p(\d{1,2}))?(?:b([1-9]\d{0,2}))?(fn)?(-ieee|-ieee-rne)?(-saturate)?$`)

// parseFloat reads the groups of floatName.
func parseFloat(g []string) Format {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n } // the pattern admits numbers only
	m := number(g[2])
	f := FloatFormat(m, m)
	if g[3] != "" {
		f.P = number(g[3])
	}
	if x := number(g[1]); x != 8 {
		f.Float.Exponent = x
	}
	f.Float.Finite, f.Float.Saturate = g[5] != "", g[7] != ""
	for i, name := range subnormalNames {
		if g[6] == name {
			f.Float.Subnormals = Subnormals(i)
		}
	}
	if g[4] != "" {
		f = f.WithBias(number(g[4]))
	}
	return f
}

// WithBias returns the format with another bias of the exponent. Validate says whether it is possible.
func (f Format) WithBias(bias int) Format {
	switch {
	case bias == f.Float.usualBias():
		bias = 0
	case bias == 0:
		bias = -1 // 0 stands for the usual one, and no format has this one
	}
	f.Float.Bias = bias
	return f
}

// validateFloat is Validate for a Mantissa format.
func (f Format) validateFloat() error {
	x, bias := f.Float.bits(), f.Float.bias()
	largest := 1<<x - 2 - bias // exponent of the largest finite number
	if f.Float.Finite {
		largest++
	}
	switch {
	case f.A != f.B:
		return fmt.Errorf("format %v: mantissa operands have %d and %d bits, expected equal widths", f, f.A, f.B)
	case f.A < 0 || f.A > MaxMantissa:
		return fmt.Errorf("format %v: a table holds 0 to %d mantissa bits", f, MaxMantissa)
	case f.P < min(1, f.A) || f.P > MaxFraction:
		return fmt.Errorf("format %v: a product has %d to %d fraction bits", f, min(1, f.A), MaxFraction)
	case f.Float.Exponent == 8 || f.Float.Bias != 0 && f.Float.Bias == f.Float.usualBias():
		return fmt.Errorf("format %v: 8 exponent bits and the usual bias are written as 0", f)
	case x < 2 || x > 8:
		return fmt.Errorf("format %v: a number has 2 to 8 exponent bits", f)
	case f.Float.Subnormals > GradualNearest:
		return fmt.Errorf("format %v: subnormals %d are unknown", f, f.Float.Subnormals)
	case bias < 1 || bias > 1<<x-3:
		return fmt.Errorf("format %v: the bias is %d, expected 1 to %d: 1.0 and 2.0 must be normal numbers", f, bias, 1<<x-3)
	case largest > 127 || 1-bias < -126:
		return fmt.Errorf("format %v: its normal numbers reach from 2^%d to beyond 2^%d, "+
			"expected numbers that binary32 has, 2^-126 to 2^127", f, 1-bias, largest)
	case f.Float.Finite && (f.A == 0 || f.P == 0):
		return fmt.Errorf("format %v: without fraction bits the largest exponent is NaN anyway; expected a name without fn", f)
	}
	return nil
}

// notAFormat is the error for a name that is none of a format.
func notAFormat(s string) error {
	return fmt.Errorf("%s is no number format: expected eXmY, uN, sN or a coding, such as e8m7, e5m10, e4m3fn, u8, s8, u8x6, posit8es1", limits.Quote(s))
}
