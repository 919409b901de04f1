package netlist

import (
	"math/bits"

	"approxtrain/cosim"
)

// A plane is one bit of an operand or product for every pair of a block: pair
// 64·k + i is bit i of word k.

// countPatterns are the planes of the low six bits of a counter, within a word.
var countPatterns = [6]uint64{0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000}

// countPlane writes bit k of the numbers first … first + blockPairs − 1; first is
// a multiple of blockPairs.
func countPlane(to []uint64, first uint64, k int) {
	switch {
	case k < 6:
		for i := range to {
			to[i] = countPatterns[k]
		}
	case k < 12:
		for i := range to {
			to[i] = -(uint64(i) >> (k - 6) & 1)
		}
	default:
		fillPlane(to, -(first >> k & 1))
	}
}

func fillPlane(to []uint64, v uint64) {
	for i := range to {
		to[i] = v
	}
}

// operandPlanes writes the planes of both operands for the pairs number first …
// first + blockPairs − 1 of a rectangle, row-major. Slots of planes that are not
// needed are negative.
func operandPlanes(mem []uint64, slotsA, slotsB []int, r cosim.Rect, first uint64) {
	nb := uint64(r.NB)
	if nb&(nb-1) == 0 && uint64(r.B0)&(nb-1) == 0 && uint64(r.A0)&(max(1, blockPairs/nb)-1) == 0 {
		shift := bits.TrailingZeros64(nb)
		for k, s := range slotsB {
			if s < 0 {
				continue
			}
			if k < shift {
				countPlane(slotOf(mem, s), first, k)
			} else {
				fillPlane(slotOf(mem, s), -(uint64(r.B0) >> k & 1))
			}
		}
		a := uint64(r.A0) + first>>shift // of the block's first pair
		for k, s := range slotsA {
			if s < 0 {
				continue
			}
			if k+shift < 12 {
				countPlane(slotOf(mem, s), first, k+shift)
			} else {
				fillPlane(slotOf(mem, s), -(a >> k & 1))
			}
		}
		return
	}
	var a, b [64]uint32
	for w := range blockWords {
		for i := range a {
			at := first + uint64(64*w+i)
			a[i], b[i] = r.A0+uint32(at/nb), r.B0+uint32(at%nb)
		}
		valuePlanes(mem, slotsA, w, &a)
		valuePlanes(mem, slotsB, w, &b)
	}
}

// valuePlanes writes word w of the planes of 64 values.
func valuePlanes(mem []uint64, slots []int, w int, values *[64]uint32) {
	var m [64]uint64
	for i, v := range values {
		m[i] = uint64(v)
	}
	transpose(&m)
	for k, s := range slots {
		if s >= 0 {
			mem[s*blockWords+w] = m[k]
		}
	}
}

func slotOf(mem []uint64, s int) []uint64 { return mem[s*blockWords:][:blockWords:blockWords] }

// transpose exchanges rows and columns of a matrix of 64 × 64 bits: bit j of
// word i becomes bit i of word j.
func transpose(m *[64]uint64) {
	mask := uint64(0x00000000ffffffff)
	for j := 32; j > 0; j >>= 1 {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (m[k]>>j ^ m[k+j]) & mask
			m[k] ^= t << j
			m[k+j] ^= t
		}
		mask ^= mask << (j >> 1)
	}
}

// transpose8 exchanges rows and columns of a matrix of 8 × 8 bits, a byte a row.
func transpose8(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00aa00aa00aa00aa
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000cccc0000cccc
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000f0f0f0f0
	return x ^ t ^ t<<28
}

// bytesOf writes byte number j of 64 products, whose planes are in slots, to
// every stride-th byte of out.
func bytesOf(mem []uint64, slots []int, w int, out []byte, stride int) {
	var planes [8]uint64
	for k, s := range slots {
		planes[k] = mem[s*blockWords+w]
	}
	for g := range 8 {
		var x uint64
		for k := range planes {
			x |= planes[k] >> (8 * g) & 0xff << (8 * k)
		}
		x = transpose8(x)
		for i := range 8 {
			out[(8*g+i)*stride] = byte(x >> (8 * i))
		}
	}
}

// products writes up to blockPairs products, of bytes each, from their planes.
func productsGo(mem []uint64, slots []int, out []byte, bytes int) {
	pairs := len(out) / bytes
	var last [512]byte
	for w := 0; 64*w < pairs; w++ {
		to := out[64*w*bytes:]
		if len(to) < 64*bytes {
			to = last[:64*bytes]
		}
		for j := range bytes {
			if lo := 8 * j; lo < len(slots) {
				bytesOf(mem, slots[lo:min(lo+8, len(slots))], w, to[j:], bytes)
			} else {
				for i := range 64 {
					to[i*bytes+j] = 0
				}
			}
		}
		if len(out[64*w*bytes:]) < 64*bytes {
			copy(out[64*w*bytes:], to)
		}
	}
}

// products is productsGo, or what is as exact and faster on this processor.
var products = productsGo
