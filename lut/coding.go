package lut

import (
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Limits of codings.
const (
	MaxCode        = 8  // bits of an operand's code
	MaxProductCode = 16 // bits of a product's code
)

// Coding is a decode table: it says which number each code of so many bits stands for, and which code stands for any
// other number. It is comparable; the zero value is no coding. docs/codes.md defines every rule.
type Coding struct {
	name   string
	values string // binary32, little endian, of codes 0, 1, 2, …
	rule   rule
}

// rule says where the number lies at which rounding changes from one number of a coding to the next.
type rule uint8

const (
	// halfway is the mean of the two numbers.
	halfway rule = iota
	// positRule is the number of the posit of one bit more that lies between the two. No number but 0 becomes 0.
	positRule
	// logRule is the geometric mean of the two numbers. No number but 0 becomes 0.
	logRule
)

// goodCoding matches names of codings. A minus separates those of a format.
var goodCoding = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// NewCoding returns the coding in which code i stands for values[i], a NaN for what is no number. It rounds to the
// nearest number. There are 2^n values, 1 ≤ n ≤ MaxProductCode, with two different finite ones at least. The name
// has up to 32 letters, digits and _, is that of no number format, and that of a built-in coding only if its values
// are the same; then its rules are too.
func NewCoding(name string, values []float32) (Coding, error) {
	if !goodCoding.MatchString(name) {
		return Coding{}, fmt.Errorf("coding %s: expected a name of 1 to 32 letters, digits and _, a letter first", limits.Quote(name))
	}
	c := Coding{name: name, values: string(packed(values))}
	if n := len(values); n < 2 || n > 1<<MaxProductCode || n&(n-1) != 0 {
		return Coding{}, fmt.Errorf("coding %s has %d codes, expected a power of two from 2 to %d", name, n, 1<<MaxProductCode)
	}
	if floatName.MatchString(name) || intName.MatchString(name) {
		return Coding{}, fmt.Errorf("coding %s has the name of a number format: give it another one", name)
	}
	if b, ok := BuiltinCoding(name); ok {
		if b.values != c.values {
			return Coding{}, fmt.Errorf("coding %s has other values than the built-in one of this name: give it another name", name)
		}
		return b, nil
	}
	finite, other := false, false
	var first float32
	for _, v := range values {
		switch {
		case !isFinite(v):
		case !finite:
			first, finite = v, true
		case v != first:
			other = true
		}
	}
	if !other {
		return Coding{}, fmt.Errorf("coding %s: expected two different finite numbers at least", name)
	}
	return c, nil
}

// packed returns the bytes of values. All NaNs are the same.
func packed(values []float32) []byte {
	var p []byte
	for _, v := range values {
		bits := math.Float32bits(v)
		if v != v {
			bits = quietNaN
		}
		p = binary.LittleEndian.AppendUint32(p, bits)
	}
	return p
}

// isFinite says whether a value is neither a NaN nor infinite.
func isFinite(v float32) bool { return math.Float32bits(v)&infinity != infinity }

// Name returns the coding's name: that of a built-in one, or what NewCoding was given.
func (c Coding) Name() string { return c.name }

// Bits returns the bits of a code, 0 of the zero value.
func (c Coding) Bits() int {
	n := 0
	for codes := len(c.values) / 4; codes > 1; codes /= 2 {
		n++
	}
	return n
}

// Value returns the number that a code stands for: NaN if it is none. It panics if the code has too many bits.
func (c Coding) Value(code uint32) float32 {
	at := 4 * int(code)
	return math.Float32frombits(binary.LittleEndian.Uint32([]byte(c.values[at : at+4])))
}

// Values returns the numbers of all codes.
func (c Coding) Values() []float32 {
	v := make([]float32, len(c.values)/4)
	for i := range v {
		v[i] = c.Value(uint32(i))
	}
	return v
}

// HasNaN reports whether a code stands for no number, such as a posit's NaR.
func (c Coding) HasNaN() bool {
	for _, v := range c.Values() {
		if v != v {
			return true
		}
	}
	return false
}

// same reports whether two codings have the same numbers.
func (c Coding) same(o Coding) bool { return c.values == o.values }

// Codings are the codings of both operands and of the product. The zero value has none.
type Codings struct{ A, B, P Coding }

// CodedFormat returns the format of a multiplier whose operands and product are codes.
func CodedFormat(c Codings) Format {
	return Format{Kind: Coded, A: c.A.Bits(), B: c.B.Bits(), P: c.P.Bits(), Codes: c}
}

// String returns the name of a coded format: posit8es1 if all codings are that, fp4e2m1-fp4e2m1-bf16 if they differ.
func (c Codings) String() string {
	if c.A == c.B && c.A == c.P {
		return c.A.name
	}
	return c.A.name + "-" + c.B.name + "-" + c.P.name
}

// parseCodings reads the names of built-in codings, as String prints them.
func parseCodings(s string) (c Codings, ok bool) {
	names := strings.Split(s, "-")
	if len(names) == 1 {
		names = []string{s, s, s}
	}
	if len(names) != 3 {
		return c, false
	}
	for i, at := range []*Coding{&c.A, &c.B, &c.P} {
		if *at, ok = BuiltinCoding(names[i]); !ok {
			return Codings{}, false
		}
	}
	return c, true
}

// validateCodes is Validate for a coded format.
func (f Format) validateCodes() error {
	c := f.Codes
	switch {
	case c.A.name == "" || c.B.name == "" || c.P.name == "":
		return fmt.Errorf("a format of codes needs the codings of both operands and of the product")
	case f.A != c.A.Bits() || f.B != c.B.Bits() || f.P != c.P.Bits() || f.Float != Float{}:
		return fmt.Errorf("format %v: its codes have %d, %d and %d bits, not %d, %d and %d", f, c.A.Bits(), c.B.Bits(), c.P.Bits(), f.A, f.B, f.P)
	case f.A > MaxCode || f.B > MaxCode:
		return fmt.Errorf("format %v: an operand's code has at most %d bits", f, MaxCode)
	}
	for _, x := range []Coding{c.A, c.B, c.P} { // one name for one coding, or a file could not tell them apart
		for _, y := range []Coding{c.A, c.B, c.P} {
			if x.name == y.name && x != y {
				return fmt.Errorf("format %v: two codings have the name %s", f, x.name)
			}
		}
	}
	return nil
}
