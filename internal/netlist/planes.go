package netlist

import (
	"encoding/binary"
	"math/bits"

	"github.com/approxtrain/approxtrain/cosim"
)

// A plane is one bit of an operand or product for every pair of a block. Pairs are
// in an order in which vectors of products lie as they are stored: eight pairs that
// follow each other are a bit apart in eight bytes, since transposing matrices of
// 8 × 8 bits puts these side by side, and the next ones are two words on, since
// products of two bytes are interleaved within 16 bytes.

// places has for each bit of a pair's number its bit in the place within a plane,
// which is 64 times the word, and the bit in the word.
var places = [12]int{3, 4, 5, 7, 8, 6, 0, 1, 2, 9, 10, 11}

// pairAt returns the number in its block of the pair in bit i of word w.
func pairAt(w, i int) int {
	return w>>3<<9 | i&7<<6 | w&1<<5 | w>>1&3<<3 | i>>3
}

// patterns are the planes of the low six bits of a place, within a word.
var patterns = [6]uint64{0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0, 0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000}

// held keeps what planes hold, by slot, so that those that stay are not written in
// every block: a bit of the pairs' numbers, or a constant.
type held []content

type content uint8

const (
	unknown content = 0
	counted content = 1   // + the bit of the number
	zeros   content = 100 // + 1 for ones
)

// count lets a plane be bit k of the numbers of pairs from first on, a multiple of
// blockPairs.
func (h held) count(mem []uint64, slot int, first uint64, k int) {
	if k >= len(places) {
		h.fill(mem, slot, first>>k&1)
		return
	}
	c := counted + content(k)
	if h[slot] == c {
		return
	}
	h[slot] = c
	to, bit := slotOf(mem, slot), places[k]
	for w := range to {
		if bit < 6 {
			to[w] = patterns[bit]
		} else {
			to[w] = -(uint64(w) >> (bit - 6) & 1)
		}
	}
}

// fill lets a plane be zeros or ones.
func (h held) fill(mem []uint64, slot int, bit uint64) {
	if c := zeros + content(bit); h[slot] != c {
		h[slot] = c
		fillPlane(slotOf(mem, slot), -bit)
	}
}

func fillPlane(to []uint64, v uint64) {
	for i := range to {
		to[i] = v
	}
}

// operandPlanes writes the planes of both operands for the pairs number first …
// first + blockPairs − 1 of a rectangle, row-major.
func operandPlanes(mem []uint64, h held, slotsA, slotsB []int, r cosim.Rect, first uint64) {
	nb := uint64(r.NB)
	if nb&(nb-1) == 0 && uint64(r.B0)&(nb-1) == 0 && uint64(r.A0)&(max(1, blockPairs/nb)-1) == 0 {
		shift := bits.TrailingZeros64(nb)
		for k, s := range slotsB {
			if k < shift {
				h.count(mem, s, first, k)
			} else {
				h.fill(mem, s, uint64(r.B0)>>k&1)
			}
		}
		a := uint64(r.A0) + first>>shift // of the block's first pair
		for k, s := range slotsA {
			if k+shift < len(places) {
				h.count(mem, s, first, k+shift)
			} else {
				h.fill(mem, s, a>>k&1)
			}
		}
		return
	}
	clear(h)
	var a, b [64]uint64
	for w := range blockWords {
		for i := range a {
			at := first + uint64(pairAt(w, i))
			a[i], b[i] = uint64(r.A0)+at/nb, uint64(r.B0)+at%nb
		}
		valuePlanes(mem, slotsA, w, &a)
		valuePlanes(mem, slotsB, w, &b)
	}
}

// valuePlanes writes word w of the planes of 64 values.
func valuePlanes(mem []uint64, slots []int, w int, values *[64]uint64) {
	m := *values
	transpose(&m)
	for k, s := range slots {
		mem[s*blockWords+w] = m[k]
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

// transpose8 exchanges rows and columns of eight matrices of 8 × 8 bits: bit j of
// byte b in word i becomes bit i of byte b in word j.
func transpose8(m *[8]uint64) {
	mask := uint64(0x0f0f0f0f0f0f0f0f)
	for j := 4; j > 0; j >>= 1 {
		for k := 0; k < 8; k = (k + j + 1) &^ j {
			t := (m[k]>>j ^ m[k+j]) & mask
			m[k] ^= t << j
			m[k+j] ^= t
		}
		mask ^= mask << (j >> 1)
	}
}

// groupPairs is the number of pairs after which their order repeats.
const groupPairs = 512

// productsGo is the specification of products.
func productsGo(mem []uint64, slots []int, out []byte, bytes int) {
	var last [4 * groupPairs]byte
	for w := 0; len(out) > 0; w += groupPairs / 64 {
		size := groupPairs * bytes
		if len(out) < size {
			groupGo(mem, slots, w, last[:size], bytes)
			copy(out, last[:])
			return
		}
		groupGo(mem, slots, w, out[:size], bytes)
		out = out[size:]
	}
}

// groupGo writes the products of a group, which begins at word w of the planes.
func groupGo(mem []uint64, slots []int, w int, out []byte, bytes int) {
	for i := range groupPairs / 64 {
		var m [4][8]uint64 // bytes of products
		for k, s := range slots {
			m[k/8][k%8] = mem[s*blockWords+w+i]
		}
		for j := range bytes {
			transpose8(&m[j])
		}
		for j := range 8 { // eight pairs
			to := out[pairAt(i, j)*bytes:][:8*bytes]
			switch bytes {
			case 1:
				binary.LittleEndian.PutUint64(to, m[0][j])
			case 2:
				for b := range 8 {
					v := m[0][j]>>(8*b)&0xff | m[1][j]>>(8*b)&0xff<<8
					binary.LittleEndian.PutUint16(to[2*b:], uint16(v))
				}
			default:
				for b := range 8 {
					v := m[0][j]>>(8*b)&0xff | m[1][j]>>(8*b)&0xff<<8 | m[2][j]>>(8*b)&0xff<<16 | m[3][j]>>(8*b)&0xff<<24
					binary.LittleEndian.PutUint32(to[4*b:], uint32(v))
				}
			}
		}
	}
}
