package cpu

import "github.com/approxtrain/approxtrain/device"

// Sides are loaded line by line: a line is numbers that lie side by side in memory,
// and lines are given by where they begin in src. A negative number stands for a
// line of zeros.

// zeros is a line of absent operands.
var zeros [device.ChunkTerms]float32

// lineBlock is how many lines are loaded at a time.
const lineBlock = 64

// copyLines copies numbers of lines: dst[r·stride + j] = src[lines[r] + j], j <
// length.
func copyLines(src []float32, lines []int, length int, dst []float32, stride int) {
	if !checkLines(src, lines, length, (len(lines)-1)*stride+length, dst) {
		return
	}
	if fastLines {
		copyLinesFast(src, lines, length, dst, stride)
	} else {
		copyLinesPortable(src, lines, length, dst, stride)
	}
}

func copyLinesPortable(src []float32, lines []int, length int, dst []float32, stride int) {
	for r, at := range lines {
		copy(dst[r*stride:], line(src, at, length))
	}
}

// transposeLines makes lines columns: dst[j·stride + r] = src[lines[r] + j], j <
// length.
func transposeLines(src []float32, lines []int, length int, dst []float32, stride int) {
	if !checkLines(src, lines, length, (length-1)*stride+len(lines), dst) {
		return
	}
	if fastLines && len(lines) >= 8 && length >= 8 {
		transposeLinesFast(src, lines, length, dst, stride)
	} else {
		transposeLinesPortable(src, lines, length, dst, stride)
	}
}

func transposeLinesPortable(src []float32, lines []int, length int, dst []float32, stride int) {
	for r, at := range lines {
		for j, v := range line(src, at, length) {
			dst[j*stride+r] = v
		}
	}
}

func line(src []float32, at, length int) []float32 {
	if at < 0 {
		return zeros[:length]
	}
	return src[at:][:length]
}

// checkLines panics if lines go beyond src or dst, as loops in Go would, and says
// whether there is anything to do.
func checkLines(src []float32, lines []int, length, end int, dst []float32) bool {
	if len(lines) == 0 || length == 0 {
		return false
	}
	last := -1
	for _, at := range lines {
		last = max(last, at)
	}
	if last >= 0 {
		_ = src[last+length-1]
	}
	_, _ = dst[end-1], zeros[length-1]
	return true
}
