package cpu

import (
	"math"

	"approxtrain/device"
	"approxtrain/lut"
)

// A matrix product by panels: operands B are packed, 32 columns and one chunk of
// k at a time, into what the instructions of a level look up by, and so are
// operands A, two rows at a time; a kernel then keeps the sums of 2 × 32 outputs
// in registers. Kernels know neither infinities nor NaNs nor products that leave
// the range of binary32. Bounds on the exponents of both sides, taken while
// packing, say whether a tile can have any; one that can goes through addRow.

// panelMultiplier is a multiplier that has a kernel.
type panelMultiplier interface {
	multiplier
	// packing returns the table that the kernel looks up.
	packing() *table
	// packPairs and packColumns do what those of table do.
	packPairs(x0, x1 []float32, dst []pair) bounds
	packColumns(x []float32, dst []column) bounds
	// addChunk adds to c0[:32] and c1[:32] the sums over one chunk of the products
	// of two rows of operands A, a[2k] and a[2k+1], with a panel b. All of them
	// must fit (bounds.fit).
	addChunk(a []pair, b []column, c0, c1 []float32)
}

// pair is an operand A as a kernel uses it: its power of two with its sign, and
// where the table's row of its fraction lies.
type pair struct {
	scale float32 // 0 for a zero
	row   uint32  // in bytes; a row takes 128
}

const rowBytes = 128

// column is what a panel holds for one k: 32 operands B. Column 8q + d lies at
// index[4d + q] and words[q & 1][2d + q>>1], where a kernel ends up with it.
type column struct {
	index [panelWidth]byte // the fraction, or none for a zero
	words [2][16]uint16    // sign and exponent, 0 for a zero
}

const (
	panelWidth = 32
	none       = 0xff // an index at which every part of the table gives 0
)

// bounds are the least and the greatest exponent of operands other than zeros.
type bounds struct{ least, most uint32 }

func noBounds() bounds { return bounds{least: 255} }

func (b *bounds) add(exponent uint32) {
	b.least, b.most = min(b.least, exponent), max(b.most, exponent)
}

// fit says whether all products are finite and none is too small, whatever the
// fractions: they add 0 or 1 to the exponent. A kernel forms the product of B
// with A's fraction first, so that must not overflow either.
func (b bounds) fit(a bounds) bool {
	return a.most < 255 && b.most < 254 && a.most+b.most+1-127 < 255 && a.least+b.least > 127
}

// product is a matrix product C = A · B whose operands come row by row.
type product struct {
	m, n, k int
	// a writes operands A of row i from k on, b operands B of k from column j on.
	// They may be called from several goroutines.
	a func(i, k int, dst []float32)
	b func(k, j int, dst []float32)
	// absent, if any, says that there is no product of row i at k; a gives +0.
	absent func(i, k int) bool
	c      []float32 // row i of C begins at i·ldc
	ldc    int
	mul    panelMultiplier
	cols   []column // [panel][k in the chunk]
	span   []bounds // of each panel
}

// worthPanels says whether packing pays.
func worthPanels(m, n int) bool { return m >= 4 && n >= 4 }

// rowBlock is how many rows are packed at a time: their operands of a chunk and a
// panel stay in the second-level cache.
const rowBlock = 32

// run computes C.
func (p *product) run(d *Device) {
	for i := range p.m {
		clear(p.c[i*p.ldc:][:p.n])
	}
	panels := (p.n + panelWidth - 1) / panelWidth
	chunk := min(p.k, device.ChunkTerms)
	p.cols, p.span = make([]column, panels*chunk), make([]bounds, panels)
	blocks := make([]block, d.threads)
	for k0 := 0; k0 < p.k; k0 += chunk {
		n := min(chunk, p.k-k0)
		d.split(panels, 1, func(from, to int) {
			for i := from; i < to; i++ {
				p.span[i] = p.packPanel(k0, i*panelWidth, p.cols[i*n:][:n])
			}
		})
		// Pairs of rows, by thread.
		pairs := (p.m + 1) / 2
		d.split(d.threads, 1, func(from, to int) {
			for t := from; t < to; t++ {
				blocks[t].run(p, pairs*t/d.threads*2, min(p.m, pairs*(t+1)/d.threads*2), k0, n)
			}
		})
	}
}

// packPanel packs the columns from j on.
func (p *product) packPanel(k0, j int, dst []column) bounds {
	width := min(panelWidth, p.n-j)
	span := noBounds()
	var rows [16 * panelWidth]float32
	for k := 0; k < len(dst); k += 16 {
		n := min(16, len(dst)-k)
		for i := range n {
			p.b(k0+k+i, j, rows[i*panelWidth:][:width])
		}
		more := p.mul.packColumns(rows[:n*panelWidth], dst[k:k+n])
		span = bounds{min(span.least, more.least), max(span.most, more.most)}
	}
	return span
}

// packColumns packs 32 operands B for each of dst and returns their bounds.
func (t *table) packColumns(x []float32, dst []column) bounds {
	span := noBounds()
	for k := range dst {
		dst[k] = column{}
		c := &dst[k]
		for j, f := range x[k*panelWidth:][:panelWidth] {
			y := lut.RoundOperand(math.Float32bits(f), t.m, t.rounding)
			q, d := j>>3, j&7
			if e := y >> 23 & 0xff; e == 0 {
				c.index[4*d+q] = none
			} else {
				span.add(e)
				c.index[4*d+q] = byte(y << 9 >> 9 >> (23 - t.m))
				c.words[q&1][2*d+q>>1] = uint16(y >> 16 & 0xff80)
			}
		}
	}
	return span
}

// packPairs packs operands A of two rows and returns their bounds.
func (t *table) packPairs(x0, x1 []float32, dst []pair) bounds {
	span := noBounds()
	for r, row := range [][]float32{x0, x1} {
		for k, f := range row {
			x := lut.RoundOperand(math.Float32bits(f), t.m, t.rounding)
			e := x >> 23 & 0xff
			if e == 0 {
				dst[2*k+r] = pair{}
				continue
			}
			span.add(e)
			dst[2*k+r] = pair{math.Float32frombits(x & (signBit | infinity)), x << 9 >> 9 >> (23 - t.m) * rowBytes}
		}
	}
	return span
}

// unpack writes the operands of a panel, rounded.
func (c *column) unpack(m int, dst []float32) {
	for j := range dst[:panelWidth] {
		q, d := j>>3, j&7
		dst[j] = 0
		if i := c.index[4*d+q]; i != none {
			dst[j] = math.Float32frombits(uint32(c.words[q&1][2*d+q>>1])<<16 | uint32(i)<<(23-m))
		}
	}
}

// block is the memory of one thread.
type block struct {
	pairs  []pair // [pair of rows][k in the chunk][2]
	span   [rowBlock / 2]bounds
	rows   [2][]float32
	panel  []float32 // unpacked
	spare  [2][panelWidth]float32
	slow   [panelWidth]float32
	unpack int // the panel that is unpacked, −1 for none
}

// run adds one chunk of n terms to rows of C.
func (b *block) run(p *product, from, to, k0, n int) {
	if from >= to {
		return
	}
	if b.pairs == nil {
		b.rows = [2][]float32{make([]float32, n), make([]float32, n)}
		b.pairs = make([]pair, rowBlock*n)
	}
	x0, x1 := b.rows[0][:n], b.rows[1][:n]
	for i0 := from; i0 < to; i0 += rowBlock {
		rows := min(rowBlock, to-i0)
		for r := 0; r < rows; r += 2 {
			p.a(i0+r, k0, x0)
			clear(x1)
			if r+1 < rows {
				p.a(i0+r+1, k0, x1)
			}
			b.span[r/2] = p.mul.packPairs(x0, x1, b.pairs[r*n:][:2*n])
		}
		b.unpack = -1
		for i, span := range p.span {
			for r := 0; r < rows; r += 2 {
				b.tile(p, i, b.pairs[r*n:][:2*n], p.cols[i*n:][:n], i0+r, k0, r+1 < rows, span.fit(b.span[r/2]))
			}
		}
	}
}

// operand returns the operand that a pair was packed from, rounded.
func (a pair) operand(m int) float32 {
	return math.Float32frombits(math.Float32bits(a.scale) | a.row/rowBytes<<(23-m))
}

// tile adds one chunk to a panel of row i of C and, if both, of the next.
func (b *block) tile(p *product, panel int, a []pair, cols []column, i, k0 int, both, fits bool) {
	j := panel * panelWidth
	width := min(panelWidth, p.n-j)
	c0, c1 := p.c[i*p.ldc+j:][:width], b.spare[1][:]
	if both {
		c1 = p.c[(i+1)*p.ldc+j:][:width]
	}
	switch {
	case !fits:
		if b.unpack != panel {
			b.unpackPanel(p, cols)
			b.unpack = panel
		}
		b.addSlow(p, a, i, k0, c0)
		if both {
			b.addSlow(p, a[1:], i+1, k0, c1)
		}
	case width == panelWidth:
		p.mul.addChunk(a, cols, c0, c1)
	default:
		copy(b.spare[0][:], c0)
		if both {
			copy(b.spare[1][:], c1)
		}
		p.mul.addChunk(a, cols, b.spare[0][:], b.spare[1][:])
		copy(c0, b.spare[0][:])
		if both {
			copy(c1, b.spare[1][:])
		}
	}
}

func (b *block) unpackPanel(p *product, cols []column) {
	if b.panel == nil {
		b.panel = make([]float32, len(cols)*panelWidth)
	}
	for k := range cols {
		cols[k].unpack(p.mul.packing().m, b.panel[k*panelWidth:])
	}
}

// addSlow adds one chunk to row i of C by rows; the operands A are every second
// of a.
func (b *block) addSlow(p *product, a []pair, i, k0 int, c []float32) {
	m := p.mul.packing().m
	sum := b.slow[:len(c)]
	clear(sum)
	for k := 0; 2*k < len(a); k++ {
		if p.absent != nil && p.absent(i, k0+k) {
			continue
		}
		p.mul.addRow(a[2*k].operand(m), b.panel[k*panelWidth:][:len(c)], sum)
	}
	for j, s := range sum {
		c[j] += s
	}
}
