package lut

import "fmt"

// Rounding says how a binary32 operand becomes one of m mantissa bits.
type Rounding uint8

const (
	// Truncate drops the low 23 − m bits.
	Truncate Rounding = iota
	// NearestEven rounds to the nearest, ties to even.
	NearestEven
)

var roundingNames = [...]string{"truncate", "nearest-even"}

// String returns "truncate" or "nearest-even".
func (r Rounding) String() string {
	if int(r) < len(roundingNames) {
		return roundingNames[r]
	}
	return fmt.Sprintf("rounding %d", uint8(r))
}

// ParseRounding reads a name as Rounding.String prints it.
func ParseRounding(s string) (Rounding, error) {
	for i, name := range roundingNames {
		if s == name {
			return Rounding(i), nil
		}
	}
	return 0, fmt.Errorf("%q is no rounding: expected %s or %s", s, Truncate, NearestEven)
}

// RoundOperand rounds the bits of a binary32 operand to m mantissa bits,
// 1 ≤ m ≤ 23. The low 23 − m bits of the result are zero. Rounding up may carry
// into the exponent, from the largest subnormal to the smallest normal number
// and from the largest finite number to infinity. A NaN becomes 0x7fc00000,
// never an infinity.
func RoundOperand(bits uint32, m int, r Rounding) uint32 {
	if bits&^signBit > infinity {
		return quietNaN
	}
	drop := 23 - m
	if r == NearestEven && drop > 0 {
		bits += 1<<(drop-1) - 1 + bits>>drop&1
	}
	return bits >> drop << drop
}
