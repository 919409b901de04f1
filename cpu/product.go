package cpu

import (
	"sync"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/device"
)

// product is a matrix product C = A · B by tiles.
type product struct {
	mul  tiled
	m, n int
	cuts []int // the k at which chunks begin, and their end
	a, b side
	c    []float32
	row  func(i int) int // where row i of C begins
	ldc  int             // the rows' distance, 0 if they are irregular
	// exchange asks for the roles of the sides to be exchanged unless that costs more.
	exchange bool
}

// chunks returns cuts of k terms.
func chunks(k int) []int {
	cuts := []int{0}
	for k0 := 0; k0 < k; k0 += device.ChunkTerms {
		cuts = append(cuts, min(k, k0+device.ChunkTerms))
	}
	return cuts
}

// evenRows makes the rows of C follow each other.
func (p *product) evenRows(ldc int) {
	p.ldc, p.row = ldc, func(i int) int { return i * ldc }
}

// cost is the number of products that tiles of rows and panels take.
func cost(k *kernel, rows, columns int) int {
	return (rows + 1) / 2 * 2 * ((columns + k.width - 1) / k.width * k.width)
}

// worthTiles says whether tiles are not too empty.
func worthTiles(t tiled, m, n int) bool {
	k := t.kernel()
	return k.always || min(cost(k, m, n), cost(k, n, m)) <= 6*m*n
}

// rowBlock is how many rows are packed at a time: with a panel, a chunk of them
// stays in the second-level cache.
const rowBlock = 48

// loadRows and loadTerms are how many rows, and terms of a panel, are loaded
// before they are packed.
const loadRows, loadTerms = 16, 32

// run computes C.
//
// The side with fewer rows or columns is packed whole, a chunk at a time; the
// other in pieces, each by the thread that multiplies it. Where the columns of B
// would leave panels empty, C's transpose is computed, by the table's transpose.
func (p *product) run(d *Device) {
	for i := range p.m {
		clear(p.c[p.row(i):][:p.n])
	}
	w := &work{product: p, by: p.mul, rows: p.a, cols: p.b, nr: p.m, nc: p.n, scratch: d.scratch()}
	normal, other := cost(p.mul.kernel(), p.m, p.n), cost(p.mul.kernel(), p.n, p.m)
	if w.flipped = other < normal || other == normal && p.exchange; w.flipped {
		w.by, w.rows, w.cols, w.nr, w.nc = p.mul.flipped(), p.b, p.a, p.n, p.m
	}
	w.kernel = w.by.kernel()
	for i := range len(p.cuts) - 1 {
		w.chunk(d, p.cuts[i], p.cuts[i+1]-p.cuts[i])
	}
}

// work is a product in progress.
type work struct {
	*product
	*scratch
	kernel     *kernel
	by         tiled // product.mul, flipped or not
	rows, cols side
	nr, nc     int // rows and columns
	flipped    bool
	k0, terms  int // the chunk
	stride     int // bytes of a packed row
	panel      int // bytes of a packed panel
}

// packed are the packed rows or panels of a chunk.
type packed struct {
	data []byte
	span []bounds
}

// fits makes room for n rows or panels.
func (p *packed) fits(n, bytes int) {
	p.data = memory(p.data, n*bytes)
	if cap(p.span) < n {
		p.span = make([]bounds, n)
	}
	p.span = p.span[:n]
}

// chunk adds the terms from k0 on to C.
func (w *work) chunk(d *Device, k0, terms int) {
	w.k0, w.terms = k0, terms
	w.stride = (terms + packGrain - 1) / packGrain * packGrain * w.kernel.operand
	w.panel = terms * w.kernel.column
	panels := (w.nc + w.kernel.width - 1) / w.kernel.width
	for t := range w.threads {
		w.threads[t].unpacked = -1
	}
	if w.nr >= w.nc {
		w.whole.fits(panels, w.panel)
		d.each(panels, func(t, i int) { w.packPanel(&w.threads[t], &w.whole, i, i) })
		block := min(rowBlock, ((w.nr+d.threads-1)/d.threads+maxRows-1)/maxRows*maxRows)
		d.each((w.nr+block-1)/block, func(t, i int) {
			own := &w.threads[t]
			from := i * block
			n := min(block, w.nr-from)
			own.piece.fits(n+n%2, w.stride)
			w.packRows(own, &own.piece, from, n, 0)
			for j := range panels {
				w.multiply(own, &own.piece, from, n, w.whole.data[j*w.panel:], w.whole.span[j], j)
			}
		})
		return
	}
	w.whole.fits(w.nr+w.nr%2, w.stride)
	d.each((w.nr+loadRows-1)/loadRows, func(t, i int) {
		w.packRows(&w.threads[t], &w.whole, i*loadRows, min(loadRows, w.nr-i*loadRows), i*loadRows)
	})
	d.each(panels, func(t, j int) {
		own := &w.threads[t]
		own.piece.fits(1, w.panel)
		w.packPanel(own, &own.piece, j, 0)
		w.multiply(own, &w.whole, 0, w.nr, own.piece.data, own.piece.span[0], j)
	})
}

// packRows packs n rows from i on as those from number at of dst on, and an empty
// one behind an odd number.
func (w *work) packRows(own *thread, dst *packed, i, n, at int) {
	width := w.stride / w.kernel.operand
	for r := 0; r < n; r += loadRows {
		count := min(loadRows, n-r)
		raw := own.floats(count * width)
		if width > w.terms {
			clear(raw)
		}
		w.rows.load(i+r, count, w.k0, w.terms, raw, width, 1)
		for q := range count {
			to := at + r + q
			values, row := raw[q*width:][:width], dst.data[to*w.stride:][:w.stride]
			dst.span[to] = w.kernel.packRow(values, row)
			if w.kernel.omitRow == nil || !w.rows.sparse() {
				continue
			}
			for t, v := range values[:w.terms] {
				if v == 0 && w.rows.absent(i+r+q, w.k0+t) { // what is absent was loaded as a zero
					w.kernel.omitRow(row, t)
				}
			}
		}
	}
	if n%2 == 1 {
		clear(dst.data[(at+n)*w.stride:][:w.stride])
		dst.span[at+n] = noBounds()
	}
}

// packPanel packs panel j as number at of dst.
func (w *work) packPanel(own *thread, dst *packed, j, at int) {
	width := w.kernel.width
	columns := min(width, w.nc-j*width)
	span := noBounds()
	for k := 0; k < w.terms; k += loadTerms {
		n := min(loadTerms, w.terms-k)
		raw := own.floats(n * width)
		if columns < width {
			clear(raw)
		}
		w.cols.load(j*width, columns, w.k0+k, n, raw, 1, width)
		to := dst.data[at*w.panel+k*w.kernel.column:][:n*w.kernel.column]
		span = span.join(w.kernel.packPanel(raw, to))
		if w.kernel.omitPanel == nil || !w.cols.sparse() {
			continue
		}
		for i, v := range raw {
			if col := i % width; v == 0 && col < columns && w.cols.absent(j*width+col, w.k0+k+i/width) {
				w.kernel.omitPanel(to, i)
			}
		}
	}
	dst.span[at] = span
}

// multiply adds the products of n packed rows, the first of them row i, with panel
// j to C.
func (w *work) multiply(own *thread, rows *packed, i, n int, panel []byte, span bounds, j int) {
	first := j * w.kernel.width
	columns := min(w.kernel.width, w.nc-first)
	for r := 0; r < n; {
		t := w.kernel.pick(n - r)
		count := min(t.rows, n-r)
		all := noBounds()
		for _, b := range rows.span[r : r+count] {
			all = all.join(b)
		}
		a := &rows.data[r*w.stride]
		table := &w.kernel.table[0]
		switch {
		case !w.kernel.fit(all, span):
			sums := own.slow(w, i+r, count, j, columns)
			w.store(sums, i+r, count, first, columns)
		case !w.flipped && w.ldc > 0 && count == t.rows && columns == w.kernel.width:
			c := w.c[w.row(i+r)+first:][:(count-1)*w.ldc+columns]
			t.add(table, a, uint64(w.stride), &panel[0], w.terms, &c[0], uint64(4*w.ldc))
		default:
			sums := own.sums[:t.rows*w.kernel.width]
			clear(sums)
			t.add(table, a, uint64(w.stride), &panel[0], w.terms, &sums[0], uint64(4*w.kernel.width))
			w.store(sums, i+r, count, first, columns)
		}
		r += count
	}
}

// store adds the sums of a tile to C.
func (w *work) store(sums []float32, i, rows, j, columns int) {
	width := w.kernel.width
	if w.flipped {
		for col := range columns {
			at := (j + col) * w.ldc
			if w.ldc == 0 {
				at = w.row(j + col)
			}
			c := w.c[at+i:][:rows]
			for r := range c {
				c[r] += sums[r*width+col]
			}
		}
		return
	}
	for r := range rows {
		c := w.c[w.row(i+r)+j:][:columns]
		for col, s := range sums[r*width:][:columns] {
			c[col] += s
		}
	}
}

// scratch is the memory of the products of a device.
type scratch struct {
	whole   packed
	threads []thread
	planes  []float32 // of a side
}

// thread is the memory of one thread.
type thread struct {
	piece    packed
	raw      []float32
	sums     [maxRows * maxWidth]float32
	row      []float32 // of operands A, for slow
	columns  []float32 // of operands B
	unpacked int       // the panel in columns, −1 for none
}

func (t *thread) floats(n int) []float32 {
	if cap(t.raw) < n {
		t.raw = make([]float32, n)
	}
	return t.raw[:n]
}

// slow returns the sums of a tile, formed row by row.
func (t *thread) slow(w *work, i, rows, j, columns int) []float32 {
	width := w.kernel.width
	if len(t.row) < w.terms {
		t.row = make([]float32, device.ChunkTerms)
		t.columns = make([]float32, device.ChunkTerms*maxWidth)
	}
	if t.unpacked != j {
		t.unpacked = j
		w.cols.load(j*width, columns, w.k0, w.terms, t.columns, 1, width)
	}
	sums := t.sums[:rows*width]
	clear(sums)
	for r := range rows {
		w.rows.load(i+r, 1, w.k0, w.terms, t.row, w.terms, 1)
		sum := sums[r*width:][:columns]
		for k, a := range t.row[:w.terms] {
			if w.rows.sparse() && w.rows.absent(i+r, w.k0+k) {
				continue
			}
			b := t.columns[k*width:][:columns]
			if !w.cols.sparse() {
				w.by.addRow(a, b, sum)
				continue
			}
			for from := 0; from < columns; { // runs of those present
				end := from
				for end < columns && !w.cols.absent(j*width+end, w.k0+k) {
					end++
				}
				w.by.addRow(a, b[from:end], sum[from:end])
				from = end + 1
			}
		}
	}
	return sums
}

// scratch returns the device's memory for products.
func (d *Device) scratch() *scratch {
	if len(d.tiles.threads) != d.threads {
		d.tiles.threads = make([]thread, d.threads)
	}
	return &d.tiles
}

// each runs do for every piece i < n, side by side; t is the thread, from 0.
func (d *Device) each(n int, do func(t, i int)) {
	threads := min(d.threads, n)
	if threads <= 1 {
		for i := range n {
			do(0, i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for t := range threads {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(t, i)
			}
		})
	}
	wait.Wait()
}
