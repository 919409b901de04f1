package lut

import "fmt"

// Kind is the interpretation of an operand's bits.
type Kind uint8

const (
	// Mantissa operands are the m-bit fractions x, y of 1.x and 1.y; an entry
	// is carry<<P | frac, the significand product normalized to [1, 2).
	Mantissa Kind = iota
	// Unsigned operands and product are unsigned integers.
	Unsigned
	// Signed operands and product are two's complement integers; tables are
	// indexed by the operands' bit patterns.
	Signed
	// SignedByUnsigned operands are a two's complement integer A and an unsigned one B. The product is in two's
	// complement.
	SignedByUnsigned
	// UnsignedBySigned is SignedByUnsigned with the operands' kinds exchanged.
	UnsignedBySigned
	// Coded operands and product are codes, which stand for numbers as Format.Codes says.
	Coded
)

// Ports says how the ports of a multiplier hold its operands and its product. Its values are
// those of --kind, and of the harness.
type Ports string

const (
	// FloatPorts have 1 sign, X exponent (8 unless a format says otherwise) and m mantissa bits each.
	FloatPorts Ports = "fp"
	// MantissaPorts are m-bit fractions in, carry and p-bit fraction out.
	MantissaPorts Ports = "mant"
	// UnsignedPorts are unsigned integers.
	UnsignedPorts Ports = "uint"
	// SignedPorts are integers in two's complement.
	SignedPorts Ports = "sint"
	// SignedByUnsignedPorts are an operand A and a product in two's complement, and an unsigned operand B.
	SignedByUnsignedPorts Ports = "sxu"
	// UnsignedBySignedPorts are an unsigned operand A, and an operand B and a product in two's complement.
	UnsignedBySignedPorts Ports = "uxs"
)

// FloatExtra is the number of sign and exponent bits of a number of format e8mY.
const FloatExtra = 9

// Limits of the formats a table can hold.
const (
	MaxMantissa = 11 // operand mantissa bits of a table
	MaxFraction = 23 // product fraction bits of a mantissa table
	MaxInteger  = 12 // bits of an integer operand
	MaxProduct  = 24 // bits of an integer product
)

// Format is the number format of a multiplier: what its operands are and how
// wide its product is. It is comparable.
type Format struct {
	Kind Kind
	A, B int // operand bits; equal for Mantissa
	P    int // Mantissa: product fraction bits (an entry has P+1); else product bits

	Float Float   // of Mantissa: the range of exponents, and special values
	Codes Codings // of Coded: what codes stand for
	Part  Part    // of integers: which bits of the product the port has
}

// FloatFormat returns the format e8mM, or e8mMpP where the product keeps p ≠ m
// fraction bits.
func FloatFormat(m, p int) Format { return Format{Kind: Mantissa, A: m, B: m, P: p} }

// UintFormat returns the format of an unsigned a-bit × b-bit multiplier with
// the full a+b-bit product.
func UintFormat(a, b int) Format { return Format{Kind: Unsigned, A: a, B: b, P: a + b} }

// SintFormat returns the format of a signed a-bit × b-bit multiplier with the
// full a+b-bit product.
func SintFormat(a, b int) Format { return Format{Kind: Signed, A: a, B: b, P: a + b} }

// String returns the fixed name: e8m7, e5m10, u8, s8; with unequal operands u8x6; with a signed
// and an unsigned one s8xu8; with a product of unusual width e8m7p15, u8p12; of which bit 8 is the
// lowest one u8p8lsb8; that is modulo 2^8 u8p8mod; with another bias e4m3b11; without infinities
// e4m3fn; with subnormals e5m10-ieee, which are rounded to nearest e5m10-ieee-rne; without
// overflow e4m3fn-saturate. That of codes is Codings.String.
func (f Format) String() string {
	if f.Kind == Mantissa {
		return f.floatString()
	}
	if f.Kind == Coded {
		return f.Codes.String()
	}
	return f.integerString()
}

// ParseFormat reads a name as Format.String prints it. Of codings it knows those that are built in.
func ParseFormat(s string) (Format, error) {
	var f Format
	if g := floatName.FindStringSubmatch(s); g != nil {
		f = parseFloat(g)
	} else if g := intName.FindStringSubmatch(s); g != nil {
		f = parseInteger(g)
	} else if c, ok := parseCodings(s); ok {
		f = CodedFormat(c)
	} else {
		return f, notAFormat(s)
	}
	return f, f.Validate()
}

// Validate says whether a table can hold the format.
func (f Format) Validate() error {
	switch {
	case f.Kind > Coded:
		return fmt.Errorf("format kind %d is unknown", f.Kind)
	case f.Kind == Coded:
		return f.validateCodes()
	case f.Codes != Codings{}:
		return fmt.Errorf("format %v has codings, expected none", f)
	case f.Kind == Mantissa && f.Part != Part{}:
		return fmt.Errorf("format %v: floats have no part of an integer product", f)
	case f.Kind == Mantissa:
		return f.validateFloat()
	case f.Float != Float{}:
		return fmt.Errorf("format %v: integers have no exponent", f)
	case f.A < 1 || f.A > MaxInteger || f.B < 1 || f.B > MaxInteger:
		return fmt.Errorf("format %v: a table holds integer operands of 1 to %d bits", f, MaxInteger)
	case f.P < 1 || f.P+f.Part.LSB > MaxProduct:
		return fmt.Errorf("format %v: an integer product has 1 to %d bits", f, MaxProduct)
	}
	return f.validatePart()
}

// ValueBits returns the number of meaningful bits of an entry.
func (f Format) ValueBits() int {
	if f.Kind == Mantissa {
		return f.P + 1
	}
	return f.P
}

// EntryBits returns the storage width of an entry: the smallest of 8, 16 and 32
// that holds ValueBits.
func (f Format) EntryBits() int {
	switch v := f.ValueBits(); {
	case v <= 8:
		return 8
	case v <= 16:
		return 16
	default:
		return 32
	}
}

// Rows returns the number of values of operand A, each a row of the table.
func (f Format) Rows() int { return 1 << f.A }

// Cols returns the number of values of operand B, the entries of a row.
func (f Format) Cols() int { return 1 << f.B }

// Pairs returns the number of operand pairs, the entries of a table.
func (f Format) Pairs() int { return 1 << (f.A + f.B) }
