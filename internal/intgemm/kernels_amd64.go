package intgemm

//go:generate go run -C _asm . -out ../zkernels_amd64.s -stubs ../zkernels_amd64.go -pkg intgemm

import (
	"golang.org/x/sys/cpu"

	"github.com/approxtrain/approxtrain/internal/simd"
)

func fastLevels() []simd.Level {
	var have []simd.Level
	x := &cpu.X86
	if x.HasAVX2 {
		have = []simd.Level{simd.AVX2}
		if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512VBMI && x.HasAVX512VNNI {
			have = []simd.Level{simd.AVX512, simd.AVX2}
		}
	}
	return have
}

// dotBytes, dotWords and dotWordsNarrow are tiles of native products; see dot.go.
func dotBytes(a []uint8, stride int, b []uint8, groups int, out []int32, ldo int, row, col []int32) {
	dotBytesAVX512(&a[0], uint64(stride), &b[0], groups, &out[0], uint64(4*ldo), &row[0], &col[0])
}

func dotWords(a []int16, stride int, b []uint32, groups int, out []int32, ldo int, row, col []int32) {
	dotWordsAVX512(&a[0], uint64(2*stride), &b[0], groups, &out[0], uint64(4*ldo), &row[0], &col[0])
}

func dotWordsNarrow(a []int16, stride int, b []uint32, groups int, out []int32, ldo int, row, col []int32) {
	dotWordsAVX2(&a[0], uint64(2*stride), &b[0], groups, &out[0], uint64(4*ldo), &row[0], &col[0])
}

// lookBytes looks up as many bytes as it does well, from the first on, and returns their number and their sum.
func lookBytes(t *[256]uint8, src, dst []uint8) (done int, sum uint64) {
	if done = len(src) &^ 63; done > 0 {
		sum = lookAVX512(&t[0], &src[0], &dst[0], done)
	}
	return done, sum
}

// packQuads packs groups of 4 rows of 64 columns, and writes 64 sums of what it packed.
func packQuads(t *[256]uint8, src []uint8, stride int, dst []uint8, groups int, sums []int32) {
	_ = src[(4*groups-1)*stride+63]
	packQuadsAVX512(&t[0], &src[0], uint64(stride), &dst[0], groups, &sums[0])
}

var planeKernels = [2][3]func(tables *byte, list *uint64, n int, b, masks *byte, out *int32, sign, add int32){
	{plane1x1AVX512, plane1x2AVX512, plane1x4AVX512},
	{plane2x1AVX512, plane2x2AVX512, plane2x4AVX512},
}

var signedPlaneKernels = [2][3]func(tables *byte, list *uint64, n int, b, masks, signs *byte, out *int32,
	sign, add int32){
	{signedPlane1x1AVX512, signedPlane1x2AVX512, signedPlane1x4AVX512},
	{signedPlane2x1AVX512, signedPlane2x2AVX512, signedPlane2x4AVX512},
}

// packPlane packs 64 columns of so many rows, which lie stride bytes apart; see planeGroup. The next row goes to step
// places of 64 indices and 16 bytes of masks further.
func packPlane(src []uint8, stride, rows int, index, masks []uint8, step int) {
	_, _ = src[(rows-1)*stride+63], index[(rows-1)*step*64+63]
	packPlaneAVX512(&src[0], uint64(stride), rows, &index[0], uint64(64*step), &masks[0], uint64(16*step))
}

// lookPlanes adds up the products of a list of entries and 64 · 2^size columns; see planeGroup.
func lookPlanes(tables []uint8, planes int, list []uint64, g *planeGroup, out []int32, sign, add int32) {
	if g.signs != nil {
		signedPlaneKernels[planes-1][g.size](&tables[0], &list[0], len(list), &g.index[0], &g.masks[0], &g.signs[0], &out[0],
			sign, add)
		return
	}
	planeKernels[planes-1][g.size](&tables[0], &list[0], len(list), &g.index[0], &g.masks[0], &out[0], sign, add)
}

// expandWords writes columns of 16 rows of words; see expandPart.
func expandWords(table []int16, rows *[16]uint32, dst []int16, columns int) {
	expandAVX2(&table[0], rows, &dst[0], columns)
}

// addWords adds the words of two tables to sums; signs may be nil.
func addWords(first, second []int16, codes []uint16, signs []int16, rows int, sums []int32) {
	if signs != nil {
		signedWordsAVX2(&first[0], &second[0], &codes[0], &signs[0], rows, &sums[0])
		return
	}
	wordsAVX2(&first[0], &second[0], &codes[0], rows, &sums[0])
}
