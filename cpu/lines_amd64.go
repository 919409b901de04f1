package cpu

// fastLines says whether there are vector instructions for lines.
var fastLines = len(fastLevels()) > 0

func copyLinesFast(src []float32, lines []int, length int, dst []float32, stride int) {
	copyLinesAVX2(&src[0], &lines[0], len(lines), length, &dst[0], uint64(4*stride), &zeros[0])
}

// transposeLinesFast takes at least eight lines and numbers. The last eight of a
// number that is no multiple of eight overlap those before.
func transposeLinesFast(src []float32, lines []int, length int, dst []float32, stride int) {
	from, whole := &src[0], length&^7
	for r := 0; r < len(lines); r += 8 {
		r = min(r, len(lines)-8)
		transposeLinesAVX2(from, 0, &lines[r], whole, &dst[r], uint64(4*stride), &zeros[0])
		if whole < length {
			transposeLinesAVX2(from, length-8, &lines[r], 8, &dst[(length-8)*stride+r], uint64(4*stride), &zeros[0])
		}
	}
}
