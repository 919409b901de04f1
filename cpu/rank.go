package cpu

import "math"

// Activations are as good as random, so that a branch on a comparison of theirs
// would be mispredicted half the time. What follows compares integers, which Go
// compiles to conditional moves.

// rank orders binary32 numbers as > does; zeros are equal, and so are NaNs, above
// all others.
func rank(bits uint32) int32 {
	magnitude, sign := int32(bits&^signBit), int32(bits)>>31
	if magnitude > infinity { // hardly ever
		return math.MaxInt32
	}
	return (magnitude ^ sign) - sign
}

// raise replaces the elements of largest that are smaller than those of x, together with their
// taps. It compares ranks: the outcome is nearly random, and a branch on it would be mispredicted
// half the time.
func raise(largest, at, x []float32, tap float32) {
	largest, at = largest[:len(x)], at[:len(x)]
	for c, v := range x {
		old, value, place := math.Float32bits(largest[c]), math.Float32bits(v), math.Float32bits(at[c])
		r, q, t := rank(value), rank(old), math.Float32bits(tap)
		if r > q {
			old = value
		}
		if r > q {
			place = t
		}
		largest[c], at[c] = math.Float32frombits(old), math.Float32frombits(place)
	}
}
