package gpu

import (
	"fmt"
	"math/bits"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/lowrank"
	"github.com/approxtrain/approxtrain/lut"
)

// rank are the factors of a table of low rank as bytes; see kernels/rank.cuh.
type rank struct {
	layout rankLayout
	bytes  []byte // what factors points to
	pairs  int    // of planes
}

// rankLayout is Rank of kernels/rank.cuh.
type rankLayout struct {
	rows, lanes int32
	planes      int32
	ends        [rankClasses]int32
}

const (
	rankClasses = 3 // RANK_CLASSES of kernels/rank.cuh
	rankChunk   = 1024
	// maxPairs is the greatest number of pairs of planes: as many as a chunk's sum holds in 32 bits, since a product of
	// bytes is at most 2^14.
	maxPairs = (1<<31 - 1) / (rankChunk << 14)
	// worthPairs is the greatest number of pairs that are used unasked. A pair costs two look-ups for each 64 products of
	// a tile of 64 × 64, and a product of tensor cores, where the generic way costs a look-up for each product.
	worthPairs = 16
)

// rankTile is the tile of the kernels of kernels/rank.cuh.
var rankTile = tileSize{"rank", 64, 64, 128}

// factorSide is a side's factors. Its indices are codes modulo their number.
type factorSide struct {
	patterns, indices int // twice as many indices in sign and magnitude
	planes            [][]byte
}

func newFactorSide(form device.CodeForm, patterns int) factorSide {
	if form == device.SignMagnitude {
		return factorSide{patterns: patterns, indices: 2 * patterns}
	}
	return factorSide{patterns: patterns, indices: patterns}
}

// pattern returns the pattern by which the table knows an index, and the sign of its products: 0 for the one index that
// is no code.
func (s *factorSide) pattern(i int) (pattern int, sign int64) {
	switch {
	case i < s.patterns:
		return i, 1
	case i == s.patterns:
		return 0, 0
	}
	return 2*s.patterns - i, -1
}

// newRank returns a table's factors as bytes, or an error that says why there are none.
func newRank(t *lut.Table, magnitude bool) (*rank, error) {
	if t.Format.Part.LSB != 0 {
		return nil, fmt.Errorf("the table has parts of products")
	}
	low, err := lowrank.Load(t, lowrank.Most)
	switch {
	case err != nil:
		return nil, err
	case low.Factors == nil:
		return nil, fmt.Errorf("%v", low)
	}
	formA, formB := device.CodeForms(t.Format, magnitude)
	a, b := newFactorSide(formA, t.Format.Rows()), newFactorSide(formB, t.Format.Cols())
	functionA, functionB := make([]int64, a.indices), make([]int64, b.indices)
	var classes [rankClasses][][2]uint16
	for r := range low.Factors.A {
		valuesA, valuesB := a.values(low.Factors.A[r]), b.values(low.Factors.B[r])
		offsetA, planesA, fits := a.split(valuesA)
		offsetB, planesB, fitsB := b.split(valuesB)
		if !fits || !fitsB {
			return nil, fmt.Errorf("its factors have more than 16 bits")
		}
		// A · B = (A − oA) · (B − oB) + oB · A + oA · (B − oB)
		for i, v := range valuesA {
			functionA[i] += offsetB * v
		}
		for i, v := range valuesB {
			functionB[i] += offsetA * (v - offsetB)
		}
		for i, p := range planesA {
			for j, q := range planesB {
				classes[i+j] = append(classes[i+j], [2]uint16{p, q})
			}
		}
	}
	out := &rank{layout: rankLayout{rows: int32(a.indices), lanes: int32(b.indices), planes: int32(len(a.planes))}}
	var pairs []uint16
	for i, c := range classes {
		for _, p := range c {
			pairs = append(pairs, p[0], p[1])
		}
		out.layout.ends[i] = int32(len(pairs) / 2)
	}
	if out.pairs = len(pairs) / 2; out.pairs > maxPairs {
		return nil, fmt.Errorf("its factors make %d products of bytes, expected at most %d", out.pairs, maxPairs)
	}
	for i := range a.indices {
		for j := range b.indices {
			sum := functionA[i] + functionB[j]
			for power, list := range classes {
				for _, p := range list {
					sum += int64(int8(a.planes[p[0]][i])) * int64(int8(b.planes[p[1]][j])) << (8 * power)
				}
			}
			x, signA := a.pattern(i)
			y, signB := b.pattern(j)
			if want := signA * signB * device.IntegerProductOf(t, uint32(x), uint32(y)); sum != want {
				return nil, fmt.Errorf("its factors give %d for indices %d and %d, expected %d", sum, i, j, want)
			}
		}
	}
	out.bytes = append(append(append(out.bytes, bytesOf(functionA)...), bytesOf(functionB)...), bytesOf(pairs)...)
	for _, p := range append(a.planes, b.planes...) {
		out.bytes = append(out.bytes, p...)
	}
	return out, nil
}

// values returns what a factor is for each index.
func (s *factorSide) values(factor []int32) []int64 {
	out := make([]int64, s.indices)
	for i := range out {
		pattern, sign := s.pattern(i)
		out[i] = sign * int64(factor[pattern])
	}
	return out
}

// split returns values as an offset and planes, which are new ones of the side, by ascending powers of 256. It fails if
// they are more than two.
func (s *factorSide) split(values []int64) (offset int64, planes []uint16, ok bool) {
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	if least < -128 || most > 127 {
		offset = least + (most-least+1)/2 // the rest is from −128 to 127 where it has 8 bits
	}
	wide := bits.Len64(uint64(most-least)) > 8
	low, high := make([]byte, s.indices), make([]byte, s.indices)
	for i, v := range values {
		rest := v - offset
		low[i] = byte(rest)
		next := (rest - int64(int8(low[i]))) >> 8
		if next < -128 || next > 127 || next != 0 && !wide {
			return 0, nil, false
		}
		high[i] = byte(next)
	}
	s.planes = append(s.planes, low)
	planes = append(planes, uint16(len(s.planes)-1))
	if wide {
		s.planes = append(s.planes, high)
		planes = append(planes, uint16(len(s.planes)-1))
	}
	return offset, planes, true
}
