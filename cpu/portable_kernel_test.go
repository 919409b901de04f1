package cpu

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// portableKernel is the AVX-512 kernel of a table in portable Go.
type portableKernel struct{ *table }

func (p portableKernel) flipped() tiled { return portableKernel{p.transpose()} }

func (p portableKernel) kernel() *kernel {
	k := &kernel{width: 64, operand: 8, column: 320, fit: productsFit, table: make([]byte, 128<<p.m)}
	for i, e := range p.entries {
		k.table[i>>p.m*128+i&(1<<p.m-1)] = byte(e >> 16)
	}
	k.packRow = func(x []float32, dst []byte) bounds {
		b := noBounds()
		for _, f := range x {
			if e := lut.RoundOperand(math.Float32bits(f), p.m, p.rounding) >> 23 & 0xff; e > 0 {
				b = b.join(bounds{e, e})
			}
		}
		copy(dst, packRows(p.table, x))
		return b
	}
	k.packPanel = func(x []float32, dst []byte) bounds {
		packed, b := packVBMI(p.table, x)
		copy(dst, packed)
		return b
	}
	for _, rows := range []int{6, 4, 2} {
		k.tiles = append(k.tiles, tile{rows, func(table, a *byte, stride uint64, b *byte, terms int, c *float32, ldc uint64) {
			entries := unsafe.Slice(table, len(k.table))
			panel := unsafe.Slice(b, terms*k.column)
			for r := range rows {
				row := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(a), r*int(stride))), terms*8)
				out := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(c), r*int(ldc))), 64)
				var sums [64]float32
				for t := range terms {
					scale := math.Float32frombits(binary.LittleEndian.Uint32(row[8*t:]))
					at := binary.LittleEndian.Uint32(row[8*t+4:])
					for j := range sums {
						index, word := panel[t*k.column+j], binary.LittleEndian.Uint32(panel[t*k.column+64+4*j:])
						if index>>7 == 1 {
							word += uint32(entries[at+uint32(index&127)]) << 16
						}
						sums[j] += float32(math.Float32frombits(word) * scale) // the first of them is exact
					}
				}
				for j, s := range sums {
					out[j] += s
				}
			}
		}})
	}
	return k
}

// TestPortableKernel cuts products into the tiles of AVX-512 on any machine.
func TestPortableKernel(t *testing.T) {
	compared := 0
	for i, f := range []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(4, 5)} {
		exact := newTable(randomTable(t, f, lut.NearestEven, uint64(i)))
		s := rand.New(rand.NewPCG(uint64(i), 8))
		for _, shape := range []struct{ m, n, k int }{{1, 1, 1}, {6, 64, 9}, {7, 65, 20}, {13, 130, 1030}, {64, 6, 25}, {130, 16, 30}, {50, 3, 4}, {3, 200, 5}} {
			x, y := numbers(s, shape.m*shape.k), numbers(s, shape.k*shape.n)
			want := gemmRows(exact, shape.m, shape.n, shape.k, x, y)
			for _, threads := range []int{1, 2} {
				got := gemmTiles(portableKernel{exact}, shape.m, shape.n, shape.k, threads, x, y)
				if i := differ(want, got); i >= 0 {
					require.Failf(t, "wrong", "%v, %+v: element %d is %v, expected %v", f, shape, i, got[i], want[i])
				}
				compared += len(got)
			}
		}
	}
	require.Greater(t, compared, 10_000)
}

// numbers returns numbers whose products are in range, some of them zeros.
func numbers(s *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		if s.IntN(5) > 0 {
			x[i] = math.Float32frombits(s.Uint32()&0x807fffff | (90+s.Uint32N(70))<<23)
		}
	}
	return x
}

// packRows packs operands A as packRowAVX2 does.
func packRows(t *table, x []float32) (dst []byte) {
	for _, f := range x {
		y := lut.RoundOperand(math.Float32bits(f), t.m, t.rounding)
		scale, row := y&(signBit|infinity), y<<9>>9>>(23-t.m)*128
		if y&infinity == 0 {
			scale, row = 0, 0
		}
		dst = binary.LittleEndian.AppendUint32(dst, scale)
		dst = binary.LittleEndian.AppendUint32(dst, row)
	}
	return dst
}

// packVBMI packs panels as packVBMIAVX512 does, and returns the operands' bounds.
func packVBMI(t *table, x []float32) (dst []byte, b bounds) {
	b = noBounds()
	for ; len(x) > 0; x = x[64:] {
		index, words := make([]byte, 64), make([]byte, 0, 256)
		for j, f := range x[:64] {
			y := lut.RoundOperand(math.Float32bits(f), t.m, t.rounding)
			word := uint32(0)
			if e := y >> 23 & 0xff; e > 0 {
				b = b.join(bounds{e, e})
				index[j] = byte(0x80 | y<<9>>9>>(23-t.m))
				word = y&infinity | math.Float32bits(f)&signBit // a NaN's sign is lost in y
			}
			words = binary.LittleEndian.AppendUint32(words, word)
		}
		dst = append(append(dst, index...), words...)
	}
	return dst, b
}
