package device

import (
	"fmt"
	"math"
)

// Overflow says what an accumulator does with a sum that it cannot hold.
type Overflow int

const (
	// Wrap keeps the sum modulo 2^Bits, in two's complement.
	Wrap Overflow = iota
	// Saturate keeps the nearest sum that it can hold, after each addition, in the order of k.
	Saturate
	// Refuse makes such a sum an error.
	Refuse
)

// overflows are the names of the rules, in files and on the command line.
var overflows = []string{"wrap", "saturate", "error"}

// String returns wrap, saturate or error.
func (o Overflow) String() string {
	if o < 0 || int(o) >= len(overflows) {
		return fmt.Sprintf("Overflow(%d)", int(o))
	}
	return overflows[o]
}

// ParseOverflow is the reverse of String.
func ParseOverflow(name string) (Overflow, error) {
	for i, n := range overflows {
		if n == name {
			return Overflow(i), nil
		}
	}
	return 0, fmt.Errorf("overflow %q: expected wrap, saturate or error", name)
}

// Accumulator adds up the products of integers: a signed integer of Bits bits that starts at 0. The zero value is one of
// 32 bits that wraps.
type Accumulator struct {
	Bits     int // 16 to 64; 0 means 32
	Overflow Overflow
}

// Width returns the number of bits.
func (a Accumulator) Width() int {
	if a.Bits == 0 {
		return 32
	}
	return a.Bits
}

// String returns "32 bits, wrap".
func (a Accumulator) String() string { return fmt.Sprintf("%d bits, %v", a.Width(), a.Overflow) }

// Range returns the least and the greatest sum that it can hold.
func (a Accumulator) Range() (lo, hi int64) {
	return math.MinInt64 >> (64 - a.Width()), math.MaxInt64 >> (64 - a.Width())
}

// Wrapped returns a sum modulo 2^Bits.
func (a Accumulator) Wrapped(sum int64) int64 {
	unused := 64 - a.Width()
	return sum << unused >> unused
}

// Check returns an error if there is no such accumulator, or if it cannot hold a product of a magnitude up to most.
func (a Accumulator) Check(most int64) error {
	if a.Bits != 0 && (a.Bits < 16 || a.Bits > 64) {
		return fmt.Errorf("an accumulator of %d bits: expected 16 to 64", a.Bits)
	}
	if a.Overflow < 0 || int(a.Overflow) >= len(overflows) {
		return fmt.Errorf("no overflow rule %v: expected wrap, saturate or error", a.Overflow)
	}
	if _, hi := a.Range(); most > hi {
		return fmt.Errorf("an accumulator of %d bits holds sums up to %d, and a single product may have a magnitude of %d", a.Width(), hi, most)
	}
	return nil
}
