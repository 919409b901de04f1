package lut

import (
	"math"
	"regexp"
	"strconv"
	"sync"
)

// BuiltinCodings lists the names of built-in codings. Posits of other widths, posit3es0 to posit16es3, are built in
// too.
var BuiltinCodings = []string{"posit8es0", "posit8es1", "posit8es2", "fp8e4m3", "fp8e5m2", "fp8e3m4", "fp6e2m3", "fp6e3m2",
	"fp4e2m1", "lns8", "bf16", "fp16"}

// smallFloats are the built-in floating-point codings.
var smallFloats = map[string]smallFloat{
	"fp8e4m3": {4, 3, oneNaN}, "fp8e5m2": {5, 2, ieee}, "fp8e3m4": {3, 4, ieee},
	"fp6e2m3": {2, 3, numbersOnly}, "fp6e3m2": {3, 2, numbersOnly}, "fp4e2m1": {2, 1, numbersOnly},
	"bf16": {8, 7, ieee}, "fp16": {5, 10, ieee},
}

// smallFloat is a floating-point number of a sign, exponent bits and fraction bits, with subnormal numbers and the bias
// 2^(exponent−1) − 1.
type smallFloat struct {
	exponent, fraction int
	special            special
}

// special says which codes are no finite numbers.
type special uint8

const (
	ieee        special = iota // those whose exponent is all ones: infinities and NaNs
	oneNaN                     // of each sign the code of all ones, a NaN (OCP's OFP8 E4M3)
	numbersOnly                // none (OCP's Microscaling Formats)
)

// values returns the numbers of all codes.
func (f smallFloat) values() []float32 {
	x, m := f.exponent, f.fraction
	bias := 1<<(x-1) - 1
	values := make([]float32, 1<<(1+x+m))
	for code := range values {
		field, frac := code>>m&(1<<x-1), code&(1<<m-1)
		v := math.Ldexp(float64(frac), 1-bias-m)
		if field > 0 {
			v = math.Ldexp(float64(1<<m+frac), field-bias-m)
		}
		if top := field == 1<<x-1; top && f.special == ieee && frac == 0 {
			v = math.Inf(1)
		} else if top && (f.special == ieee || f.special == oneNaN && frac == 1<<m-1) {
			v = math.NaN()
		}
		if code>>(x+m) == 1 {
			v = math.Copysign(v, -1)
		}
		values[code] = float32(v)
	}
	return values
}

var positName = regexp.MustCompile(`^posit([3-9]|1[0-6])es([0-3])$`)

// positValue returns the number of a posit of n bits with es exponent bits, as the Standard for Posit Arithmetic (2022)
// defines it, there with es = 2: after the sign, in two's complement, a run of k equal bits and its end are the
// regime r, −k for zeros and k − 1 for ones; exponent bits follow, e, of which those that are cut off are 0; the
// rest is the fraction f. The number is 2^(r·2^es + e) · 1.f. Code 0 is 0, and a sign alone is no real number
// (NaR).
func positValue(code uint32, n, es int) float64 {
	mask := uint32(1)<<n - 1
	if code &= mask; code == 0 {
		return 0
	} else if code == 1<<(n-1) {
		return math.NaN()
	}
	sign := 1.0
	if code>>(n-1) == 1 {
		sign, code = -1, -code&mask
	}
	bit := func(i int) int { // from the top, behind the sign; 0 beyond the end
		if at := n - 2 - i; at >= 0 {
			return int(code >> at & 1)
		}
		return 0
	}
	k := 1
	for k < n-1 && bit(k) == bit(0) {
		k++
	}
	r := -k
	if bit(0) == 1 {
		r = k - 1
	}
	at := k + 1 // behind the bit that ends the run
	e := 0
	for range es {
		e, at = 2*e+bit(at), at+1
	}
	f, unit := 1.0, 0.5
	for ; at < n-1; at, unit = at+1, unit/2 {
		f += unit * float64(bit(at))
	}
	return sign * math.Ldexp(f, r<<es+e)
}

// parsePosit reads posit8es1.
func parsePosit(name string) (n, es int, ok bool) {
	g := positName.FindStringSubmatch(name)
	if g == nil {
		return 0, 0, false
	}
	n, _ = strconv.Atoi(g[1]) // the pattern admits numbers only
	es, _ = strconv.Atoi(g[2])
	return n, es, true
}

// logFraction is the number of fraction bits of the logarithm of lns8, logRoots are 2^(i/8).
const logFraction = 3

var logRoots = [1 << logFraction]float64{1, 1.0905077326652577, 1.189207115002721, 1.2968395546510096,
	1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424}

// logValues returns the numbers of lns8: a sign and the logarithm to base 2 in two's complement, of 4 whole and 3
// fraction bits. The least logarithm, −8, stands for zero.
func logValues() []float32 {
	values := make([]float32, 256)
	for code := range values {
		l := int(int8(code<<1)) >> 1
		v := math.Ldexp(logRoots[l&(1<<logFraction-1)], l>>logFraction)
		if l == -64 {
			v = 0
		}
		if code>>7 == 1 {
			v = math.Copysign(v, -1)
		}
		values[code] = float32(v)
	}
	return values
}

var builtins sync.Map // Coding by name

// BuiltinCoding returns the built-in coding of a name.
func BuiltinCoding(name string) (Coding, bool) {
	if c, ok := builtins.Load(name); ok {
		return c.(Coding), true
	}
	c := Coding{name: name}
	var values []float32
	if f, ok := smallFloats[name]; ok {
		values = f.values()
	} else if n, es, ok := parsePosit(name); ok {
		c.rule = positRule
		for code := range uint32(1) << n {
			values = append(values, float32(positValue(code, n, es)))
		}
	} else if name == "lns8" {
		c.rule = logRule
		values = logValues()
	} else {
		return Coding{}, false
	}
	c.values = string(packed(values))
	builtins.Store(name, c)
	return c, true
}
