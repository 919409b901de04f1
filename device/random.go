package device

// Keep says whether dropout keeps element i: a hash of seed and index, so that
// a mask needs no memory and no order. 0 ≤ rate < 1.
func Keep(seed uint64, i int, rate float32) bool {
	// SplitMix64's output function (Steele, Lea and Flood, 2014).
	x := seed + (uint64(i)+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float32(x>>40)*0x1p-24 >= rate
}
