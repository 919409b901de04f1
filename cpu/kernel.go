package cpu

import "unsafe"

// A kernel multiplies tiles of a product: some rows of operands A by a panel of
// operands B, a fixed number of columns, over one chunk of k, with the sums in
// registers. Both sides are packed into what its instructions work on.
//
// A kernel knows neither infinities nor NaNs, a table's kernel not even products
// that leave the range of binary32. Bounds on the exponents of both sides, taken
// while packing, say whether a tile can have any; one that can goes through
// multiplier.addRow instead. Both give the same bits wherever both apply.
type kernel struct {
	width   int // columns of a panel
	operand int // bytes of an operand A
	column  int // bytes of a panel for one k
	// packRow packs operands A, packPanel operands B, width for each k. The number
	// of operands is a multiple of packGrain.
	packRow, packPanel func(x []float32, dst []byte) bounds
	// fit says whether operands within bounds are for the kernel.
	fit func(a, b bounds) bool
	// omitRow and omitPanel mark operand i of a packed row or panel as absent. Without them, an
	// absent operand is packed as a zero, whose products must be zeros.
	omitRow, omitPanel func(dst []byte, i int)
	always             bool // rows are never faster than tiles
	// tiles are the numbers of rows that there are functions for, greatest first,
	// down to 2.
	tiles []tile
	table []byte
}

// tile adds a chunk of terms to rows of c, which lie ldc bytes apart; rows of a
// lie stride bytes apart.
type tile struct {
	rows int
	add  func(table, a *byte, stride uint64, b *byte, terms int, c *float32, ldc uint64)
}

const (
	packGrain = 8
	maxRows   = 6  // of a tile
	maxWidth  = 64 // of a panel
)

// tiled is a multiplier that has a kernel.
type tiled interface {
	multiplier
	kernel() *kernel
	// flipped is the multiplier with its operands exchanged.
	flipped() tiled
}

// pick returns the tile for so many rows that are left.
func (k *kernel) pick(rows int) tile {
	for _, t := range k.tiles {
		if t.rows <= rows+rows%2 {
			return t
		}
	}
	return k.tiles[len(k.tiles)-1]
}

// bounds are the least and the greatest exponent of operands other than zeros.
type bounds struct{ least, most uint32 }

func noBounds() bounds { return bounds{least: 255} }

func (b bounds) join(o bounds) bounds { return bounds{min(b.least, o.least), max(b.most, o.most)} }

// productsFit says whether all products are finite and none is too small, whatever
// the fractions: they add 0 or 1 to the exponent. A kernel forms the product of B
// with A's fraction first, so that must not overflow either.
func productsFit(a, b bounds) bool {
	return a.most < 255 && b.most < 254 && a.most+b.most+1-127 < 255 && a.least+b.least > 127
}

// finite says whether all operands are.
func finite(a, b bounds) bool { return a.most < 255 && b.most < 255 }

// memory returns n bytes that begin a cache line, from old if that has as many.
func memory(old []byte, n int) []byte {
	const line = 64
	if cap(old) >= n {
		return old[:n]
	}
	b := make([]byte, n+line)
	skip := (line - int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))%line)) % line
	return b[skip:][:n:n]
}

// bytesOf returns the memory of x.
func bytesOf[T float32 | uint32](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}
