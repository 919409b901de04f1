package gpu

import (
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// product is a matrix product as the kernels see every product; see
// kernels/operands.cuh.
type product struct {
	kernel   string // what the operands are: the first part of the kernels' names
	operands any    // their structure
	items    int    // of a batch, or the groups of a convolution
	m, n, k  int    // of each item
	// Neighbours in the memory of A, of B, are neighbours in k.
	aAlong, bAlong bool
	// Quantization: the matrices of A and B, each with a scale of its own.
	scales           int
	matrixA, matrixB matrices
}

// tiling is Tiling of kernels/gemm.cuh.
type tiling struct {
	rows, lanes, terms         int32
	rowTiles, laneTiles, parts divider
	exchanged                  uint32
	rowAlong, laneAlong        uint32
	scaleStep                  uint32
	partSize                   int32
}

// tileSize is a Tile of kernels/gemm.cuh.
type tileSize struct {
	name                 string
	rows, lanes, threads int
}

var (
	large = tileSize{"large", 64, 128, 256}
	small = tileSize{"small", 16, 32, 128}
)

// count returns how many tiles a matrix takes.
func (t tileSize) count(rows, lanes int) (rowTiles, laneTiles int) {
	return (rows + t.rows - 1) / t.rows, (lanes + t.lanes - 1) / t.lanes
}

// work returns the sums of all tiles, those outside the matrix too.
func (t tileSize) work(rows, lanes int) int {
	r, l := t.count(rows, lanes)
	return r * l * t.rows * t.lanes
}

// chooseTile returns the tiles of a product: the way round that leaves fewer of their
// sums unused, and large ones where they leave few unused and are many.
func (d *Device) chooseTile(mul *multiplier, p product) (t tileSize, exchanged bool) {
	best := func(t tileSize) (int, bool) {
		plain, other := t.work(p.m, p.n), t.work(p.n, p.m)
		return min(plain, other), other < plain
	}
	work, exchanged := best(small)
	if !mul.large || d.tile == small.name {
		return small, exchanged
	}
	largeWork, largeExchanged := best(large)
	many := largeWork/(large.rows*large.lanes)*p.items*max(1, chunks(p.k)) >= d.blocks/2
	if d.tile == large.name || many && 4*largeWork <= 5*work {
		return large, largeExchanged
	}
	return small, exchanged
}

// chunks returns the number of chunks in a sum of k terms.
func chunks(k int) int { return (k + device.ChunkTerms - 1) / device.ChunkTerms }

// maxParts is the most elements that the parts of a product may take.
const maxParts = 1 << 26

// multiply computes a product.
func (o operation) multiply(m device.Multiplier, p product, a, b, c device.Buffer) {
	if p.m == 0 || p.n == 0 || p.items == 0 {
		return
	}
	mul, err := o.own(m)
	if err != nil {
		o.fail(o.what, err)
		return
	}
	tile, exchanged := o.chooseTile(mul, p)
	table, err := mul.side(exchanged)
	if err != nil {
		o.fail(o.what, err)
		return
	}
	var largestA, largestB driver.Pointer
	if mul.quantizes() {
		largest := o.uninitialized(2 * p.scales)
		defer largest.Free()
		o.each("zero", largest.n, largest)
		largestA, largestB = largest.at, largest.at+driver.Pointer(4*p.scales)
		o.largest(p.matrixA, a, largestA)
		o.largest(p.matrixB, b, largestB)
	}

	t := tiling{rows: int32(p.m), lanes: int32(p.n), terms: int32(p.k), rowAlong: flag(p.aAlong), laneAlong: flag(p.bAlong),
		scaleStep: flag(p.scales > 1)}
	if exchanged {
		t.rows, t.lanes, t.rowAlong, t.laneAlong, t.exchanged = t.lanes, t.rows, t.laneAlong, t.rowAlong, 1
		a, b, largestA, largestB = b, a, largestB, largestA
	}
	rowTiles, laneTiles := tile.count(int(t.rows), int(t.lanes))
	blocks, parts, out := rowTiles*laneTiles*p.items, 1, c
	whole := p.m*p.n*p.items == c.Len() // parts are added element by element of C
	if n := chunks(p.k); n > 1 && whole && blocks < o.blocks && n*c.Len() <= maxParts && (p.scales == 1 || !mul.quantizes()) {
		parts = n
		workspace := o.uninitialized(parts * c.Len())
		defer workspace.Free()
		out = workspace
	}
	t.rowTiles, t.laneTiles, t.parts, t.partSize = newDivider(rowTiles), newDivider(laneTiles), newDivider(parts), int32(c.Len())
	o.launch(p.kernel+"_"+mul.kernel+"_"+tile.name, blocks*parts, tile.threads, p.operands, t, table.layout, table.entries, largestA, largestB, a, b, out)
	if parts > 1 {
		o.each("total_parts", c.Len(), int32(parts), float32(1), out, c)
		switch {
		case mul.kernel == "codes":
			o.each("scale_codes", c.Len(), table.layout.rowExponent, table.layout.laneExponent, largestA, largestB, c)
		case mul.quantizes():
			o.each("scale_quantized", c.Len(), table.layout.rowLevels, table.layout.laneLevels, largestA, largestB, c)
		}
	}
}

// matrices is Matrices of kernels/quantize.cu.
type matrices struct {
	cols, inner divider
	view        view
	size        divider
	count       int32 // not the kernel's: elements of all
}

// allOf are the elements of a buffer as one matrix.
func allOf(b device.Buffer) matrices {
	n := b.Len()
	return matrices{newDivider(n), newDivider(1), view{col: 1}, newDivider(n), int32(n)}
}

// largest finds the largest magnitude in each matrix.
func (o operation) largest(m matrices, x device.Buffer, at driver.Pointer) {
	o.each("largest_magnitude", int(m.count), struct {
		cols, inner divider
		view        view
		size        divider
	}{m.cols, m.inner, m.view, m.size}, x, at)
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
