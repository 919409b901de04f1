package cpu

import (
	"unsafe"

	"github.com/approxtrain/approxtrain/device"
)

// Gradients by lines: a weight's code is fixed while those of many activations meet it. So for 4 input channels of a tap
// and 16 output channels, the factors of all activation codes are laid out once, a line of 16 for each code and channel.
// Then 16 terms take one line: no look-up is left but that of the line. Sums have the order of package device still; see the
// kernels for how.

// lineKernel has the inner loops of gradients. The assembly says what they compute.
type lineKernel struct {
	expand  func(table *float32, rows *uint32, scale, zero, dst *float32, count int)
	input   func(table *float32, codes *uint16, dy *float32, list *[2]uint32, n int, sums *float32)
	weights func(table *float32, codes *uint16, dy *float32, list *uint32, n int, sums *float32)
}

const (
	lineWidth   = 16            // output channels of a line
	lineGroup   = 4             // input channels whose lines stand together
	lineFactors = 4 * lineWidth // of a code
	lineCodes   = 1<<16/32 - 1  // that a kernel can tell apart
	linePixels  = 4096          // so many lines of dY, and their pixels' codes, stay in the second-level cache
	lineInputs  = 2             // blocks of input channels that use them in turn
)

// lineSums are gradients in progress.
type lineSums struct {
	*gradientSums
	scratch       *lineScratch
	kernel        *lineKernel
	oh, ow        int
	gi, per       int       // channels of a group
	inputs, lines int       // blocks of lineGroup and lineWidth channels of a group
	rows          int       // codes of A, and what makes them a multiple of 16
	derivatives   []float32 // ∂T/∂a: that of the codes a and b at (b − loB) · rows + a − loA
	factors       []float32 // gradientSums.b, likewise
	images        int       // of a block
	in, out       int       // pixels of a block

	first, count int           // images of this block
	spans        [][2]int      // of each such block, the codes in use, in whole sixteens
	dyLines      []float32     // of each group and block of channels: a line for each pixel
	inputLists   [][][2]uint32 // of each tap
	weightLists  [][]uint32
	tables       [][]float32 // of each thread
	chunk, total []float32   // of dW: 4 lines for each tap, group, and blocks of channels
}

// fits says whether gradients may be computed by lines. All numbers have to be finite: then what is computed beyond the
// terms, of channels or padding that are not there, is ±0 and adds nothing.
func (s *gradientSums) fits(codes int) bool {
	gi, per := s.C/s.Groups, s.OutC/s.Groups
	const least = 16 // one lane of so many must be in use
	if codes > lineCodes || gi*per*least < roundUp(gi, lineGroup)*roundUp(per, lineWidth) {
		return false
	}
	return largestBits(s.dy) < infinity && largestBits(s.b) < infinity && largestBits(s.a) < infinity
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// lineScratch is the memory of gradients by lines, kept by a device: new memory is slow to begin with.
type lineScratch struct {
	codes   []uint16 // of each group and block of channels: 4 for each pixel, and one of padding
	lines   []byte
	threads []lineThread
	weights [2][]byte
}

// lineThread is the memory of a thread.
type lineThread struct {
	table []byte
	sums  [2][]byte // of chunks, and of all of them
}

// clearFloats returns n zeros that begin a cache line, from memory that is kept.
func clearFloats(kept *[]byte, n int) []float32 {
	*kept = memory(*kept, 4*n)
	x := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(*kept))), n)
	clear(x)
	return x
}

// byLines computes the gradients, for an operand A of so many codes.
func (s *gradientSums) byLines(d *Device, kernel *lineKernel, codes int) {
	l := &lineSums{gradientSums: s, kernel: kernel, oh: s.OutH(), ow: s.OutW(), gi: s.C / s.Groups, per: s.OutC / s.Groups, rows: roundUp(codes, 16)}
	l.inputs, l.lines = roundUp(l.gi, lineGroup)/lineGroup, roundUp(l.per, lineWidth)/lineWidth
	l.images = min(s.N, max(1, linePixels/max(s.H*s.W, l.oh*l.ow)))
	l.in, l.out = l.images*s.H*s.W, l.images*l.oh*l.ow
	turned := func(x []float32) []float32 {
		out := make([]float32, s.width*l.rows)
		for i, v := range x {
			out[i%s.width*l.rows+i/s.width] = v
		}
		return out
	}
	taps := s.KH * s.KW
	l.scratch = &d.lines
	if n := s.Groups * l.inputs * (l.in + 1) * lineGroup; cap(l.scratch.codes) < n {
		l.scratch.codes = make([]uint16, n)
	} else {
		l.scratch.codes = l.scratch.codes[:n]
		clear(l.scratch.codes)
	}
	for i := range s.Groups * l.inputs {
		padding := l.codesOf(i)[l.in*lineGroup:][:lineGroup]
		for c := range padding {
			padding[c] = uint16(s.zeroA * 32)
		}
	}
	l.spans = make([][2]int, s.Groups*l.inputs)
	l.dyLines = clearFloats(&l.scratch.lines, s.Groups*l.lines*l.out*lineWidth)
	if len(l.scratch.threads) != d.threads {
		l.scratch.threads = make([]lineThread, d.threads)
	}
	for i := range l.scratch.threads {
		l.tables = append(l.tables, clearFloats(&l.scratch.threads[i].table, l.rows*lineFactors))
	}
	if s.dx != nil {
		l.derivatives = turned(s.a)
		l.inputLists = make([][][2]uint32, taps)
	}
	if s.dw != nil {
		l.factors = turned(s.b)
		l.weightLists = make([][]uint32, taps)
		n := taps * s.Groups * l.inputs * l.lines * lineFactors
		l.chunk, l.total = clearFloats(&l.scratch.weights[0], n), clearFloats(&l.scratch.weights[1], n)
	}
	for l.first = 0; l.first < s.N; l.first += l.images {
		l.load(d, min(l.images, s.N-l.first))
		if s.dx != nil {
			some := min(lineInputs, (s.Groups*l.inputs+d.threads-1)/d.threads, l.inputs)
			parts := (l.inputs + some - 1) / some
			d.each(s.Groups*parts, func(t, i int) {
				from := i % parts * some
				l.inputGradient(t, i/parts, from, min(some, l.inputs-from))
			})
		}
		if s.dw != nil {
			d.each(s.Groups*l.lines*taps*l.inputs, func(t, i int) {
				l.weightGradient(t, i/(taps*l.inputs*l.lines), i/(taps*l.inputs)%l.lines, i/l.inputs%taps, i%l.inputs)
			})
		}
	}
	if s.dw != nil {
		l.storeWeights()
	}
}

// codesOf returns the codes of a block of channels; blocks count through all groups.
func (l *lineSums) codesOf(block int) []uint16 {
	n := (l.in + 1) * lineGroup
	return l.scratch.codes[block*n:][:n]
}

// dyOf returns the lines of a block of output channels.
func (l *lineSums) dyOf(block int) []float32 {
	n := l.out * lineWidth
	return l.dyLines[block*n:][:n]
}

// load prepares codes, lines of dY and lists for a block of images.
func (l *lineSums) load(d *Device, images int) {
	if images != l.count {
		l.count = images
		d.each(l.KH*l.KW, func(_, tap int) { l.list(tap) })
	}
	d.split(l.count*l.H*l.W, 64, func(from, to int) {
		for p := from; p < to; p++ {
			x := l.x[(l.first*l.H*l.W+p)*l.C:][:l.C]
			for block := range l.Groups * l.inputs {
				codes := l.codesOf(block)[p*lineGroup:][:lineGroup]
				first := block % l.inputs * lineGroup
				for c, v := range x[block/l.inputs*l.gi+first:][:min(lineGroup, l.gi-first)] {
					codes[c] = uint16((int(v) - l.loA) * 32)
				}
			}
		}
	})
	d.each(l.Groups*l.inputs, func(_, block int) {
		codes := l.codesOf(block)
		least, most := codes[l.in*lineGroup], codes[l.in*lineGroup]
		for _, v := range codes[:l.count*l.H*l.W*lineGroup] {
			least, most = min(least, v), max(most, v)
		}
		l.spans[block] = [2]int{int(least/32) &^ 15, int(most/32) | 15}
	})
	d.split(l.count*l.oh*l.ow, 64, func(from, to int) {
		for p := from; p < to; p++ {
			dy := l.dy[(l.first*l.oh*l.ow+p)*l.OutC:][:l.OutC]
			for block := range l.Groups * l.lines {
				line := (*[lineWidth]float32)(l.dyOf(block)[p*lineWidth:])
				first := block % l.lines * lineWidth
				part := dy[block/l.lines*l.per+first:][:min(lineWidth, l.per-first)]
				if len(part) == lineWidth {
					*line = *(*[lineWidth]float32)(part)
				} else {
					copy(line[:], part)
				}
			}
		}
	})
}

// list lists the pixels that meet through a tap, of as many images as count says.
func (l *lineSums) list(tap int) {
	ky, kx := tap/l.KW, tap%l.KW
	if l.dx != nil {
		list := l.inputLists[tap][:0]
		for row := range l.count * l.H {
			oy, hit := reached(row%l.H, l.PadH, ky*l.DilationH, l.StrideH, l.oh)
			if !hit {
				continue
			}
			line := (row/l.H*l.oh + oy) * l.ow
			for x := range l.W {
				if ox, hit := reached(x, l.PadW, kx*l.DilationW, l.StrideW, l.ow); hit {
					list = append(list, [2]uint32{uint32(2 * (row*l.W + x)), uint32(8 * (line + ox))})
				}
			}
		}
		for len(list)%4 != 0 {
			list = append(list, [2]uint32{uint32(2 * l.in), 0}) // any term, to sums of nobody
		}
		l.inputLists[tap] = list
	}
	if l.dw != nil {
		list := l.weightLists[tap][:0]
		for row := range l.count * l.oh {
			y := row%l.oh*l.StrideH - l.PadH + ky*l.DilationH
			for ox := range l.ow {
				x := ox*l.StrideW - l.PadW + kx*l.DilationW
				pixel := (row/l.oh*l.H+y)*l.W + x
				if uint(y) >= uint(l.H) || uint(x) >= uint(l.W) {
					pixel = l.in
				}
				list = append(list, uint32(pixel))
			}
		}
		l.weightLists[tap] = list
	}
}

// expand lays out factors of the codes in use of a tap: of a block of input channels, and of the output channels from from
// to to of a block of theirs, all within a group. The factors of other channels are 0.
func (l *lineSums) expand(dst, derivatives []float32, tap, group, input, line, from, to int, scale, zero []float32) {
	var scales, zeros [lineWidth]float32
	for co := from; co < to; co++ {
		channel := group*l.per + co
		scales[co-line*lineWidth], zeros[co-line*lineWidth] = scale[channel%len(scale)], zero[channel%len(zero)]
	}
	span := l.spans[group*l.inputs+input]
	for c := range lineGroup {
		var rows [lineWidth]uint32
		if ci := input*lineGroup + c; ci < l.gi {
			weights := l.w[(tap*l.gi+ci)*l.OutC+group*l.per:]
			for co := from; co < to; co++ {
				rows[co-line*lineWidth] = uint32(4 * l.rows * (int(weights[co]) - l.loB))
			}
		} // else of no channel: any factors do, since nobody reads the sums
		l.kernel.expand(&derivatives[span[0]], &rows[0], &scales[0], &zeros[0], &dst[span[0]*lineFactors+c*lineWidth], span[1]-span[0]+1)
	}
}

// inputGradient computes dX of n blocks of input channels of a group, for the images at hand.
func (l *lineSums) inputGradient(thread, group, first, n int) {
	table := l.tables[thread]
	size := (l.in + 1) * lineGroup // sums of a block
	own := &l.scratch.threads[thread]
	chunk := clearFloats(&own.sums[0], n*size)
	var total []float32
	last := 0
	flush := func() {
		if total == nil {
			total = clearFloats(&own.sums[1], len(chunk))
		}
		for i, v := range chunk {
			total[i] += v
		}
		clear(chunk)
	}
	for tap, list := range l.inputLists {
		if len(list) == 0 {
			continue
		}
		for line := range l.lines {
			dy := l.dyOf(group*l.lines + line)
			end := min(l.per, (line+1)*lineWidth)
			for from := line * lineWidth; from < end; {
				now := (tap*l.per + from) / device.ChunkTerms
				if now != last {
					flush()
					last = now
				}
				to := min(end, (now+1)*device.ChunkTerms-tap*l.per)
				for b := range n {
					l.expand(table, l.derivatives, tap, group, first+b, line, from, to, l.scaleB, l.zeroB)
					l.kernel.input(&table[0], &l.codesOf(group*l.inputs + first + b)[0], &dy[0], &list[0], len(list), &chunk[b*size])
				}
				from = to
			}
		}
	}
	sums := chunk
	if total != nil {
		flush()
		sums = total
	}
	channel := first * lineGroup
	dx := l.dx[l.first*l.H*l.W*l.C+group*l.gi+channel:]
	for p := range l.count * l.H * l.W {
		pixel := dx[p*l.C:][:min(n*lineGroup, l.gi-channel)]
		for b := 0; len(pixel) > 0; b++ {
			four := (*[lineGroup]float32)(sums[b*size+p*lineGroup:])
			if len(pixel) >= lineGroup {
				*(*[lineGroup]float32)(pixel) = *four
				pixel = pixel[lineGroup:]
			} else {
				pixel = pixel[copy(pixel, four[:]):]
			}
		}
	}
}

// weightGradient adds the terms of the images at hand to dW of a tap and a block of channels of both sides.
func (l *lineSums) weightGradient(thread, group, line, tap, input int) {
	table, list := l.tables[thread], l.weightLists[tap]
	l.expand(table, l.factors, tap, group, input, line, line*lineWidth, min(l.per, (line+1)*lineWidth), []float32{1}, []float32{0})
	codes, dy := l.codesOf(group*l.inputs+input), l.dyOf(group*l.lines+line)
	at := l.place(tap, group, input, line)
	chunk, total := l.chunk[at:][:lineFactors], l.total[at:][:lineFactors]
	k := l.first * l.oh * l.ow // of the first pixel
	for from := 0; from < len(list); {
		if (k+from)%device.ChunkTerms == 0 {
			for j, v := range chunk {
				total[j] += v
			}
			clear(chunk)
		}
		n := min(len(list)-from, device.ChunkTerms-(k+from)%device.ChunkTerms)
		l.kernel.weights(&table[0], &codes[0], &dy[from*lineWidth], &list[from], n, &chunk[0])
		from += n
	}
}

// place returns where the sums of a tap and a block of channels of both sides begin.
func (l *lineSums) place(tap, group, input, line int) int {
	return (((tap*l.Groups+group)*l.inputs+input)*l.lines + line) * lineFactors
}

// storeWeights writes dW.
func (l *lineSums) storeWeights() {
	for row := range l.KH * l.KW * l.gi {
		tap, ci := row/l.gi, row%l.gi
		for co := range l.OutC {
			at := l.place(tap, co/l.per, ci/lineGroup, co%l.per/lineWidth) + ci%lineGroup*lineWidth + co%l.per%lineWidth
			l.dw[row*l.OutC+co] = l.total[at] + l.chunk[at]
		}
	}
}
