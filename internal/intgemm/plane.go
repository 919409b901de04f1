package intgemm

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// Costs of a product of each way, as measured on Zen 4: a native product of bytes is 4. docs/benchmarks/integers-amd.md
// has the rates.
const (
	costByte   = 4
	costWord   = 8
	costPlane  = 20 // one byte that is looked up
	costExpand = 42
)

// planePart looks bytes up: one plane of products that span less than 2^8, or two of products that span less than 2^16.
// Of each row of A it makes a list of the rows of B with tables, because a row of the table that is constant needs no
// look-up: the zeros behind a rectifier cost nothing.
type planePart struct {
	a, b   side
	planes int
	tables []uint8 // of each pattern a: the low bytes of 256 patterns b, then the high ones
	bias   int32   // which tables are less than the products by
	// operands say of each index a what it adds to a list.
	operands [wordIndices]planeOperand
}

// planeOperand is where the table of an operand A lies, how many entries it is of the lists for positive and for
// negative ones, and what each sum has besides: the bias, or the products if they are one number, which is no entry.
type planeOperand struct {
	table       entry
	plus, minus uint8
	base        int32
}

// newPlanes returns planes of products by patterns, with a bias if there may be one.
func newPlanes(a, b side, products []int32) (*planePart, error) {
	least, greatest := extremes(products)
	if b.sign && least < 0 {
		return nil, errors.New("a product is negative, and operand B has a sign beside")
	} else if b.sign {
		least = 0
	}
	p := &planePart{a: a, b: b, planes: 1, bias: int32(least)}
	switch d := greatest - least; {
	case d >= 1<<16:
		return nil, fmt.Errorf("products from %d to %d span 2^16 or more", least, greatest)
	case d >= 1<<8:
		p.planes = 2
	}
	p.tables = make([]uint8, a.patterns*p.planes*256)
	for i := range a.numbers() {
		x, sign, ok := a.magnitude(i)
		if !ok {
			continue
		}
		row := products[x*b.patterns:][:b.patterns]
		o := planeOperand{table: entry(x * p.planes * 256)}
		switch low, high := extremes(row); {
		case low == high && (!b.sign || low == 0):
			o.base = sign * row[0]
		case sign > 0:
			o.plus, o.base = 1, p.bias
		default:
			o.minus, o.base = 1, -p.bias
		}
		p.operands[i] = o
		at := p.tables[o.table:]
		for y, t := range row {
			v := int64(t) - least
			at[y] = uint8(v)
			if p.planes == 2 {
				at[256+y] = uint8(v >> 8)
			}
		}
	}
	return p, nil
}

// packedPlanes has groups of 64, 128 or 256 columns.
type packedPlanes struct {
	*planePart
	k, n   int
	groups []planeGroup
}

// planeGroup is 64 · 2^size columns of B. Bytes 4c + e of 64 are of column 16e + c.
type planeGroup struct {
	at    int // the first column
	size  int
	index []uint8 // for each k the patterns of its columns
	masks []uint8 // for each k and 64 columns the bits of patterns from 128 on, then those of the others
	signs []uint8 // for each k the signs of its columns, 1 or −1; or nil
}

func (p *planePart) pack(b line, k, n int) operand {
	q := &packedPlanes{planePart: p, k: k, n: n}
	for at := 0; at < n; {
		size := 0
		for size < 2 && at+64<<(size+1) <= ceil(n, columns) {
			size++
		}
		q.groups = append(q.groups, p.group(b, k, n, at, size))
		at += 64 << size
	}
	return q
}

func (p *planePart) group(b line, k, n, at, size int) planeGroup {
	blocks := 1 << size
	g := planeGroup{at: at, size: size, index: make([]uint8, k*blocks*64), masks: make([]uint8, k*blocks*16)}
	if p.b.sign {
		g.signs = make([]uint8, k*blocks*64)
	}
	shift, mask := 16, uint8(p.b.numbers()-1) // to the sign of an index; of its other bits, as far as a byte holds them
	if p.b.sign {
		shift = 16 - bits.Len(uint(p.b.patterns))
	}
	for q := range blocks {
		first := at + 64*q
		if b.bytes != nil && first+64 <= n {
			packPlane(b.bytes[first:], n, k, g.index[64*q:], g.masks[16*q:], blocks)
			continue
		}
		if first >= n {
			continue
		}
		for i := range k {
			row := b.slice(i*n+first, i*n+min(n, first+64))
			index := g.index[(i*blocks+q)*64:][:64]
			var high uint64
			if row.bytes != nil {
				for c, x := range row.bytes {
					place := c&15<<2 | c>>4
					index[place&63] = x
					high |= uint64(x>>7) << place
				}
			} else {
				var unused [64]uint8
				signs := unused[:]
				if g.signs != nil {
					signs = g.signs[(i*blocks+q)*64:][:64]
				}
				for c, x := range row.words {
					place := (c&15<<2 | c>>4) & 63
					negative := int16(x) << shift >> 15 // all bits, or none
					pattern := uint8((int16(x)^negative)-negative) & mask
					index[place] = pattern
					high |= uint64(pattern>>7) << place
					signs[place] = uint8(negative | 1)
				}
			}
			masks := g.masks[(i*blocks+q)*16:]
			for c := range 8 {
				masks[c] = uint8(high >> (8 * c))
				masks[8+c] = ^uint8(high >> (8 * c))
			}
		}
	}
	return g
}

// Rows of B that are looked up at once: so many bytes, without signs or with them, have a sum of 16 bits.
const (
	planeBlock       = 256
	signedPlaneBlock = 128
)

func (q *packedPlanes) add(w *workspace, rows []line, out []int32, stride int) {
	block := planeBlock
	if q.b.sign {
		block = signedPlaneBlock
	}
	w.entries = grow(w.entries, 2*len(rows)*block)
	w.lists = grow(w.lists, len(rows))
	for from := 0; from < q.k; from += block {
		to := min(q.k, from+block)
		for i, row := range rows {
			w.lists[i] = q.list(row.slice(from, to), from, w.entries[2*i*block:][:2*block])
		}
		for g := range q.groups {
			g := &q.groups[g]
			for i, l := range w.lists {
				sums := out[i*stride+g.at:][:64<<g.size]
				add := l.base
				if len(l.plus) > 0 {
					lookPlanes(q.tables, q.planes, l.plus, g, sums, 1, add)
					add = 0
				}
				if len(l.minus) > 0 {
					lookPlanes(q.tables, q.planes, l.minus, g, sums, -1, add)
					add = 0
				}
				if add != 0 { // there was nothing to look up
					for j := range sums {
						sums[j] += add
					}
				}
			}
		}
	}
}

// entry is one row of B with the table for it: the place of the table, and above 32 bits 16 times the number of the
// row.
type entry = uint64

// lists are the entries of a row of A, those of negative operands apart, and what its sums have besides.
type lists struct {
	plus, minus []entry
	base        int32
}

// list returns the lists of operands A that stand in column first and the next ones. It has no branch that depends on
// an operand.
func (q *packedPlanes) list(row line, first int, room []entry) lists {
	if row.bytes != nil {
		return listRow(q.planePart, row.bytes, first, room)
	}
	return listRow(q.planePart, row.words, first, room)
}

func listRow[I uint8 | uint16](p *planePart, row []I, first int, room []entry) (l lists) {
	plus, minus := room[:len(row)], room[len(room)/2:][:len(row)]
	n, m := 0, 0
	for k, c := range row {
		o := &p.operands[int(c)%wordIndices]
		e := entry(first+k)<<36 | o.table
		plus[n], minus[m] = e, e
		n += int(o.plus)
		m += int(o.minus)
		l.base += o.base
	}
	l.plus, l.minus = plus[:n], minus[:m]
	return l
}

func (c *chooser) planes() (way, string, int, error) {
	if err := c.small(); err != nil {
		return nil, "", 0, err
	}
	if c.level == simd.AVX2 {
		return c.expanded()
	}
	p, err := newPlanes(c.a, c.b, c.table.Products)
	if err != nil {
		return nil, "", 0, err
	}
	about := fmt.Sprintf("planes, %d × 8 bits of a product looked up, AVX-512 VBMI", p.planes)
	return parts{list: []part{p}, limit: 1 << 16, rowsFit: 96}, about, costPlane * p.planes, nil
}

// byte returns a native product and a plane of its error.
func (c *chooser) byte() (way, string, int, error) {
	if err := c.small(); err != nil {
		return nil, "", 0, err
	}
	if c.level != simd.AVX512 {
		return nil, "", 0, errors.New("it is for AVX-512")
	}
	if c.a.sign || c.b.sign {
		return nil, "", 0, errors.New("a side has a sign")
	}
	for _, signA := range []bool{false, true} {
		for _, signB := range []bool{false, true} {
			t := term{values(c.a.patterns, signA), values(c.b.patterns, signB)}
			errs := make([]int32, len(c.products))
			for i, p := range c.products {
				errs[i] = p - t.a[i/c.b.patterns]*t.b[i%c.b.patterns]
			}
			p, err := newPlanes(c.a, c.b, errs)
			if err != nil || p.planes > 1 {
				continue
			}
			n, _, cost, err := c.native([]term{t})
			if err != nil {
				return nil, "", 0, err
			}
			n.list = append(n.list, p)
			return n, fmt.Sprintf("byte, exact product of %s × %s and 8 bits of error looked up, AVX-512 VNNI and VBMI",
				kind(signA), kind(signB)), cost + costPlane, nil
		}
	}
	return nil, "", 0, errors.New("the errors of the products span 2^8 or more")
}

func kind(signed bool) string {
	if signed {
		return "signed"
	}
	return "unsigned"
}

// values returns patterns as numbers, in two's complement if they are signed.
func values(patterns int, signed bool) []int32 {
	x := make([]int32, patterns)
	for i := range x {
		x[i] = int32(i)
		if signed && i >= patterns/2 {
			x[i] -= int32(patterns)
		}
	}
	return x
}
