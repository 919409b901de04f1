package intgemm

import (
	"encoding/binary"
	"fmt"
)

// line is a line of codes as indices. One of its slices is nil.
type line struct {
	bytes []uint8
	words []uint16
}

func (l line) slice(from, to int) line {
	if l.bytes != nil {
		return line{bytes: l.bytes[from:to]}
	}
	return line{words: l.words[from:to]}
}

func (l line) at(i int) int {
	if l.bytes != nil {
		return int(l.bytes[i])
	}
	return int(l.words[i])
}

// isBytes says whether codes are bytes, which lines have as they are.
func isBytes[C Code]() bool {
	var c C
	_, ok := any(c).(uint8)
	return ok
}

// toLine makes a line of codes. Words are written to room, which has the same length. A code that is none of the side's
// panics.
func toLine[C Code](codes []C, s side, operand string, room []uint16) line {
	switch codes := any(codes).(type) {
	case []uint8:
		checkBytes(codes, s, operand)
		return line{bytes: codes[:len(codes):len(codes)]}
	case []uint16:
		for i, c := range codes {
			if int(c) >= s.patterns {
				wrongCode(int(c), s, operand)
			}
			room[i] = c
		}
	case []int16:
		least := 0
		if s.sign {
			least = 1 - s.patterns
		}
		mask := uint16(s.numbers() - 1)
		for i, c := range codes {
			if int(c) < least || int(c) >= s.patterns {
				wrongCode(int(c), s, operand)
			}
			room[i] = uint16(c) & mask
		}
	}
	return line{words: room[:len(codes)]}
}

// checkBytes looks at eight bytes at once: the number of patterns is a power of two.
func checkBytes(codes []uint8, s side, operand string) {
	if s.patterns >= 256 {
		return
	}
	var all uint64
	rest := codes
	for ; len(rest) >= 8; rest = rest[8:] {
		all |= binary.LittleEndian.Uint64(rest)
	}
	for _, c := range rest {
		all |= uint64(c)
	}
	if all&(0x0101010101010101*uint64(256-s.patterns)) == 0 { // the bits that no pattern has
		return
	}
	for _, c := range codes {
		if int(c) >= s.patterns {
			wrongCode(int(c), s, operand)
		}
	}
}

func wrongCode(c int, s side, operand string) {
	least := 0
	if s.sign {
		least = 1 - s.patterns
	}
	panic(fmt.Sprintf("intgemm: code %d of operand %s: expected %d to %d", c, operand, least, s.patterns-1))
}

// Rows gives the rows of A. It returns the codes of row i: a slice of memory that holds them, or room, which has the
// length of a row, after filling it. Several goroutines may call it at once.
type Rows[C Code] func(i int, room []C) []C

// Matrix returns the rows of a matrix whose rows have k codes and lie one after the other.
func Matrix[C Code](a []C, k int) Rows[C] {
	return func(i int, _ []C) []C { return a[i*k:][:k] }
}

// Slices returns rows that are given one by one.
func Slices[C Code](rows [][]C) Rows[C] {
	return func(i int, _ []C) []C { return rows[i] }
}

// transpose writes the transposed matrix of rows × cols codes to dst, in blocks that stay in the first-level cache.
func transpose[C any](src, dst []C, rows, cols int) {
	const block = 32
	for i := 0; i < rows; i += block {
		for j := 0; j < cols; j += block {
			for y := j; y < min(j+block, cols); y++ {
				to := dst[y*rows:][:rows]
				for x := i; x < min(i+block, rows); x++ {
					to[x] = src[x*cols+y]
				}
			}
		}
	}
}
