package cpu

import (
	"encoding/binary"
	"math"
)

// The kernels that the assembly has; see there for how they pack operands.

// nativeKernel returns the kernel of the native multiplier.
func nativeKernel(l level) *kernel {
	k := &kernel{operand: 4, fit: finite, packRow: packNative, packPanel: packNative, table: make([]byte, 1)}
	if l == avx512 {
		k.width, k.tiles = 64, []tile{{6, native6AVX512}, {4, native4AVX512}, {2, native2AVX512}}
	} else {
		k.width, k.tiles = 16, []tile{{6, native6AVX2}, {4, native4AVX2}, {2, native2AVX2}}
	}
	k.column = 4 * k.width
	return k
}

// lines returns the inner loops of gradients, nil for those of portable Go.
func lines(l level) *lineKernel {
	switch l {
	case avx512:
		return &lineKernel{expandFactorsAVX512, addInputTermsAVX512, addWeightTermsAVX512}
	case avx2:
		return &lineKernel{expandFactorsAVX2, addInputTermsAVX2, addWeightTermsAVX2}
	}
	return nil
}

// packNative packs operands as they are; of their bounds it gives the greatest.
func packNative(x []float32, dst []byte) bounds {
	copy(dst, bytesOf(x))
	var span [8]uint32
	largestAVX2(&x[0], len(x), &span[0])
	b := bounds{}
	for _, s := range span {
		b.most = max(b.most, s>>23)
	}
	return b
}

// tableKernel returns the kernel of a table: a row of at most 128 entries of a
// byte is looked up by shuffles, others by gathers.
func tableKernel(l level, t *table) *kernel {
	switch {
	case t.m > 7 || t.lut.Format.P > 7:
		k := t.kernel(t.m+2, packGatherAVX2)
		k.width, k.column, k.tiles = 16, 128, []tile{{4, gather4AVX2}, {2, gather2AVX2}}
		k.table = bytesOf(t.entries)
		return k
	case l == avx512:
		k := t.kernel(7, packVBMIAVX512)
		k.width, k.column = 64, 320
		k.tiles = []tile{{6, vbmi6AVX512}, {4, vbmi4AVX512}, {2, vbmi2AVX512}}
		k.table = t.rows(func(_, _ int) uint32 { return 0 })
		return k
	}
	k := t.kernel(7, packShuffleAVX2)
	k.width, k.column = 32, 96
	k.table = t.rows(func(i, b int) uint32 {
		if b < 16 {
			return 0
		}
		return t.entries[i-16]
	})
	shuffle := shuffle8AVX2
	switch {
	case t.m <= 4:
		shuffle = shuffle1AVX2
	case t.m == 5:
		shuffle = shuffle2AVX2
	case t.m == 6:
		shuffle = shuffle4AVX2
	}
	k.tiles = []tile{{2, shuffle}}
	return k
}

// integerKernel returns the kernel of a table of integers. It gathers products, as
// binary32 numbers; signs come in as the operands' scales do elsewhere.
func integerKernel(m *integers) *kernel {
	k := &kernel{width: 16, operand: 8, column: 128, fit: finite, table: bytesOf(m.products),
		tiles: []tile{{4, gather4AVX2}, {2, gather2AVX2}}}
	rows := len(m.products) / m.cols
	k.packRow = func(x []float32, dst []byte) bounds {
		span := noBounds()
		for _, v := range x {
			at, sign := m.pattern(v, rows)
			span = span.join(m.bounds(at))
			binary.LittleEndian.PutUint32(dst, math.Float32bits(1)|sign)
			binary.LittleEndian.PutUint32(dst[4:], uint32(4*at*m.cols))
			dst = dst[8:]
		}
		return span
	}
	k.packPanel = func(x []float32, dst []byte) bounds {
		span := noBounds()
		for ; len(x) > 0; x, dst = x[k.width:], dst[k.column:] {
			for j, v := range x[:k.width] {
				at, sign := m.pattern(v, m.cols)
				span = span.join(m.bounds(at))
				binary.LittleEndian.PutUint32(dst[4*j:], uint32(at)|signBit)
				binary.LittleEndian.PutUint32(dst[64+4*j:], sign)
			}
		}
		return span
	}
	return k
}

// bounds are those of a pattern, as far as finite looks at them.
func (m *integers) bounds(pattern int) bounds {
	if m.special != nil && m.special[pattern] {
		return bounds{255, 255}
	}
	return noBounds()
}

// rows returns the table as rows of 128 bytes, each entry less what with gives for
// its index and operand B.
func (t *table) rows(with func(i, b int) uint32) []byte {
	out := memory(nil, 128<<t.m)
	for i, e := range t.entries {
		a, b := i>>t.m, i&(1<<t.m-1)
		out[a*128+b] = byte((e ^ with(i, b)) >> 16)
	}
	return out
}

// kernel returns the part of a kernel that packs operands; a row of the table
// takes 1<<row bytes.
func (t *table) kernel(row int, panel func(x *float32, dst *byte, n int, span *uint32, half, odd uint32, shift uint64)) *kernel {
	half, odd := t.rounder()
	shift, left := uint64(23-t.m), uint64(row)
	k := &kernel{operand: 8, fit: productsFit}
	k.packRow = func(x []float32, dst []byte) bounds {
		span := newSpans()
		_ = dst[len(x)*8-1]
		packRowAVX2(&x[0], &dst[0], len(x), &span[0], half, odd, shift, left)
		return span.bounds()
	}
	k.packPanel = func(x []float32, dst []byte) bounds {
		span := newSpans()
		n := len(x) / k.width
		_ = dst[n*k.column-1]
		panel(&x[0], &dst[0], n, &span[0], half, odd, shift)
		return span.bounds()
	}
	return k
}

// spans are bounds of eight lanes as the assembly has them: eight least
// exponents, then eight greatest, in place.
type spans [16]uint32

func newSpans() *spans {
	s := &spans{}
	for i := range s[:8] {
		s[i] = infinity
	}
	return s
}

func (s *spans) bounds() bounds {
	b := noBounds()
	for i := range 8 {
		b.least, b.most = min(b.least, s[i]>>23&0xff), max(b.most, s[8+i]>>23&0xff)
	}
	return b
}

// codeLoops returns the loops of quantizers, nil: there are none.
func codeLoops(l level) *codeKernel {
	if l == generic {
		return nil
	}
	return &codeKernel{quantizeAVX2, dequantizeAVX2, quantizeGradAVX2, rescaleAVX2, extremesAVX2}
}
