package lut

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Part says which bits of an integer product are its P bits at the port. The zero value is the product itself, from
// bit 0: a port that is too narrow holds it as far as it goes, for example up to the largest number.
type Part struct {
	LSB    int  // the lowest bit: an entry stands for entry · 2^LSB
	Modulo bool // the bits above are dropped: the product modulo 2^(P+LSB)
}

// PartOf returns the part that P bits from bit lsb on are of the product of a format. Bits that are missing at the
// top are dropped. One is not, where both operands are signed: it differs from the sign in −2^(A−1) times −2^(B−1)
// alone.
func (f Format) PartOf(lsb int) Part {
	missing := f.A + f.B - f.P - lsb
	return Part{LSB: lsb, Modulo: missing > 1 || missing == 1 && !(f.Kind.SignedA() && f.Kind.SignedB())}
}

// SignedA says whether operand A is in two's complement.
func (k Kind) SignedA() bool { return k == Signed || k == SignedByUnsigned }

// SignedB says whether operand B is in two's complement.
func (k Kind) SignedB() bool { return k == Signed || k == UnsignedBySigned }

// SignedProduct says whether the product is in two's complement: it is if one of the operands is.
func (k Kind) SignedProduct() bool { return k.SignedA() || k.SignedB() }

// Mixed says whether one operand is signed and the other one unsigned.
func (k Kind) Mixed() bool { return k == SignedByUnsigned || k == UnsignedBySigned }

// IntegerKinds lists the kinds of integers.
var IntegerKinds = []Kind{Unsigned, Signed, SignedByUnsigned, UnsignedBySigned}

// Ports returns the ports of integers of a kind.
func (k Kind) Ports() Ports {
	return map[Kind]Ports{Unsigned: UnsignedPorts, Signed: SignedPorts, SignedByUnsigned: SignedByUnsignedPorts,
		UnsignedBySigned: UnsignedBySignedPorts}[k]
}

// Integer returns the kind of the integers at ports; ok is false for other ports.
func (p Ports) Integer() (k Kind, ok bool) {
	for _, k := range IntegerKinds {
		if k.Ports() == p {
			return k, true
		}
	}
	return Mantissa, false
}

// twos returns the number that the low bits of v stand for.
func twos(v uint32, bits int, signed bool) int64 {
	if signed {
		return int64(uint64(v)<<(64-bits)) >> (64 - bits)
	}
	return int64(v)
}

// Number returns the integer that a pattern of 1 to 32 bits stands for, where operands and product are of one kind: in
// two's complement for Signed, as it is for the others. It panics for mixed kinds, whose sides NumberA, NumberB and
// NumberP tell apart.
func (k Kind) Number(v uint32, bits int) int64 {
	if k.Mixed() {
		panic("lut: Number of operands of mixed signs")
	}
	return twos(v, bits, k == Signed)
}

// NumberA returns the integer that a pattern of operand A stands for.
func (f Format) NumberA(v uint32) int64 { return twos(v, f.A, f.Kind.SignedA()) }

// NumberB is NumberA for operand B.
func (f Format) NumberB(v uint32) int64 { return twos(v, f.B, f.Kind.SignedB()) }

// NumberP returns the integer that a product's bits stand for, in units of 2^LSB.
func (f Format) NumberP(v uint32) int64 { return twos(v, f.P, f.Kind.SignedProduct()) }

// Whole returns the format of the whole product of the same operands.
func (f Format) Whole() Format {
	f.Part, f.P = Part{}, f.A+f.B
	return f
}

// Modulus returns the number of bits that a product is taken modulo, 0 if it is not.
func (f Format) Modulus() int {
	if f.Part.Modulo {
		return f.P + f.Part.LSB
	}
	return 0
}

// ExactBits returns the bits that the port has of a whole product: it is cut off below bit LSB, which rounds it down,
// and above.
func (f Format) ExactBits(product int64) uint32 {
	return uint32(uint64(product>>f.Part.LSB) & (1<<f.P - 1))
}

// Error returns how far a product's bits are from an exact product, and the number that they should be: the exact
// product, or as much of it as a product modulo 2^n can be. A distance modulo 2^n is the shorter one of two. Both
// are in units of the whole product's last place.
func (f Format) Error(entry uint32, exact int64) (diff, part int64) {
	n := f.Modulus()
	diff = f.NumberP(entry)<<f.Part.LSB - exact
	if n == 0 {
		return diff, exact
	}
	diff = diff << (64 - n) >> (64 - n)
	if f.Kind.SignedProduct() {
		return diff, exact << (64 - n) >> (64 - n)
	}
	return diff, exact & (1<<n - 1)
}

// Difference is got − want, of two products as bits, in units of the last place. That of products modulo 2^n is the
// shorter one of two.
func (f Format) Difference(got, want uint32) int64 {
	d := f.NumberP(got) - f.NumberP(want)
	if f.Part.Modulo {
		d = d << (64 - f.P) >> (64 - f.P)
	}
	return d
}

// PartText says in words which bits of the product the port has; empty if it has all from bit 0.
func (f Format) PartText() string {
	switch p := f.Part; {
	case p == Part{}:
		return ""
	case p.LSB == 0:
		return fmt.Sprintf("the product modulo 2^%d", f.P)
	case p.Modulo:
		return fmt.Sprintf("bits %d to %d of the product", f.P+p.LSB-1, p.LSB)
	}
	return fmt.Sprintf("the product / 2^%d", f.Part.LSB)
}

// validatePart says whether the part is one of an integer product.
func (f Format) validatePart() error {
	switch p := f.Part; {
	case p.LSB < 0 || p.LSB >= f.A+f.B:
		return fmt.Errorf("format %v: the exact product has bits 0 to %d, not %d", f, f.A+f.B-1, p.LSB)
	case p.Modulo && f.P+p.LSB >= f.A+f.B:
		return fmt.Errorf("format %v: the product has all bits up to the last one, it is not one modulo 2^%d", f, f.P+p.LSB)
	}
	return nil
}

// ValidPart says whether a port of P bits can have the part of the product, in formats that no table holds too.
func (f Format) ValidPart() bool { return f.validatePart() == nil }

// largest returns the largest magnitude of an exact product of integers, or of its part, in units of 2^LSB.
func (f Format) largest() float64 {
	side := func(bits int, signed bool) float64 {
		if signed {
			return math.Ldexp(1, bits-1)
		}
		return math.Ldexp(1, bits) - 1
	}
	most := side(f.A, f.Kind.SignedA()) * side(f.B, f.Kind.SignedB())
	if n := f.Modulus(); n > 0 {
		most = min(most, side(n, f.Kind.SignedProduct()))
	}
	return math.Ldexp(most, -f.Part.LSB)
}

// span returns the number of values in the range of the product, in units of 2^LSB.
func (f Format) span() float64 {
	if f.Part.Modulo {
		return math.Ldexp(1, f.P)
	}
	return math.Ldexp(1, f.A+f.B-f.Part.LSB)
}

// integerString returns the name of an integer format.
func (f Format) integerString() string {
	sign := map[bool]string{false: "u", true: "s"}
	s := sign[f.Kind.SignedA()] + strconv.Itoa(f.A)
	switch {
	case f.Kind.Mixed():
		s += "x" + sign[f.Kind.SignedB()] + strconv.Itoa(f.B)
	case f.B != f.A:
		s += "x" + strconv.Itoa(f.B)
	}
	if f.P != f.A+f.B {
		s += fmt.Sprintf("p%d", f.P)
	}
	if f.Part.LSB != 0 {
		s += fmt.Sprintf("lsb%d", f.Part.LSB)
	}
	if f.Part.Modulo {
		s += "mod"
	}
	return s
}

var intName = regexp.MustCompile(`^([us])(\d{1,2})(?:x([us]?)(\d{1,2}))?(?:p(\d{1,2}))?(?:lsb(\d{1,2}))?(mod)?$`)

// parseInteger reads the groups of intName.
func parseInteger(g []string) (f Format) {
	b := g[1]
	if g[3] != "" {
		b = g[3]
	}
	f.Kind = map[string]Kind{"uu": Unsigned, "ss": Signed, "su": SignedByUnsigned, "us": UnsignedBySigned}[g[1]+b]
	f.A, _ = strconv.Atoi(g[2])
	f.B = f.A
	if g[4] != "" {
		f.B, _ = strconv.Atoi(g[4])
	}
	f.P = f.A + f.B
	if g[5] != "" {
		f.P, _ = strconv.Atoi(g[5])
	}
	f.Part.LSB, _ = strconv.Atoi(g[6])
	f.Part.Modulo = g[7] != ""
	return f
}
