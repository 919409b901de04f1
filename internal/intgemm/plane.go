package intgemm

import (
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// Costs of a product of each way, as measured on Zen 4: a native product of bytes is 4.
const (
	costByte   = 4
	costWord   = 8
	costPlane  = 16 // one byte that is looked up
	costExpand = 24
)

// planePart looks bytes up: one plane of products that span less than 2^8, or two of products that span less than 2^16.
// Of each row of A it makes a list of the rows of B with tables, because a row of the table that is constant needs no
// look-up: the zeros behind a rectifier cost nothing.
type planePart struct {
	a, b   side
	planes int
	tables []uint8 // of each pattern a: the low bytes of 256 patterns b, then the high ones
	bias   int32   // which tables are less than the products by
	plain  []bool  // patterns a whose products are one number
	number []int32 // that number
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
	p.plain, p.number = make([]bool, a.patterns), make([]int32, a.patterns)
	for x := range a.patterns {
		row := products[x*b.patterns:][:b.patterns]
		low, high := extremes(row)
		p.number[x] = int32(low)
		p.plain[x] = low == high && (!b.sign || low == 0)
		for y, t := range row {
			v := int64(t) - least
			at := p.tables[x*p.planes*256:]
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
	signs []uint8 // for each k and 64 columns signs at even places, then those at odd places, with 0 between them; or nil
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
		g.signs = make([]uint8, k*blocks*128)
	}
	for i := range k {
		for q := range blocks {
			first := at + 64*q
			if first >= n {
				continue
			}
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
				for c, x := range row.words {
					place := c&15<<2 | c>>4
					pattern, sign, _ := p.b.magnitude(int(x))
					index[place] = uint8(pattern)
					high |= uint64(pattern>>7) << place
					if g.signs != nil {
						g.signs[(i*blocks+q)*128+place&1*64+place] = uint8(sign)
					}
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

func (q *packedPlanes) add(w *workspace, rows []line, out []int32, stride int) {
	batch := 256
	if q.b.sign {
		batch = 128
	}
	w.entries = grow(w.entries, 2*q.k)
	for i, row := range rows {
		plus, minus, base := q.list(row, w.entries)
		to := out[i*stride:]
		for g := range q.groups {
			g := &q.groups[g]
			add := base
			sums := to[g.at:][:64<<g.size]
			for list := plus; len(list) > 0; add = 0 {
				n := min(batch, len(list))
				lookPlanes(q.tables, q.planes, list[:n], g, sums, 1, add)
				list = list[n:]
			}
			for list := minus; len(list) > 0; add = 0 {
				n := min(batch, len(list))
				lookPlanes(q.tables, q.planes, list[:n], g, sums, -1, add)
				list = list[n:]
			}
			if add != 0 { // there was nothing to look up
				for j := range sums {
					sums[j] += add
				}
			}
		}
	}
}

// entry is one row of B with the table for it: the place of the table, and above 32 bits 16 times the number of the
// row.
type entry = uint64

// list returns the entries of a row of A, those of negative operands apart, and what its sums have besides.
func (q *packedPlanes) list(row line, room []entry) (plus, minus []entry, base int32) {
	plus, minus = room[:0:q.k], room[q.k:q.k:2*q.k]
	table := entry(q.planes * 256)
	if row.bytes != nil {
		n := 0
		room = room[:q.k]
		for k, c := range row.bytes {
			room[n] = entry(k)<<36 | entry(c)*table
			if q.plain[c] {
				base += q.number[c]
			} else {
				n++
			}
		}
		return room[:n], nil, base + int32(n)*q.bias
	}
	for k, c := range row.words {
		pattern, sign, _ := q.a.magnitude(int(c))
		if q.plain[pattern] {
			base += sign * q.number[pattern]
			continue
		}
		base += sign * q.bias
		e := entry(k)<<36 | entry(pattern)*table
		if sign > 0 {
			plus = append(plus, e)
		} else {
			minus = append(minus, e)
		}
	}
	return plus, minus, base
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
