package intgemm

import (
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// term is one product of looked-up operands: a and b have a number for each index.
type term struct{ a, b []int32 }

// terms returns the factors by index.
func (c *chooser) terms() []term {
	list := make([]term, len(c.factorsA))
	for r := range list {
		list[r] = term{c.a.spread(c.factorsA[r]), c.b.spread(c.factorsB[r])}
	}
	return list
}

// spread returns numbers of patterns by index: those of magnitudes, with a sign. The index that is no number has 0.
func (s side) spread(numbers []int32) []int32 {
	if !s.sign {
		return numbers
	}
	x := make([]int32, s.numbers())
	for i := range x {
		if m, sign, ok := s.magnitude(i); ok {
			x[i] = sign * numbers[m]
		}
	}
	return x
}

func extremes(x []int32) (least, greatest int64) {
	least, greatest = int64(x[0]), int64(x[0])
	for _, v := range x {
		least, greatest = min(least, int64(v)), max(greatest, int64(v))
	}
	return least, greatest
}

// offset returns a number to subtract from all numbers so that they are from low to high: 0 if it does. ok is false
// if none does.
func offset(x []int32, low, high int64) (by int32, ok bool) {
	least, greatest := extremes(x)
	switch {
	case least >= low && greatest <= high:
		return 0, true
	case greatest-least > high-low:
		return 0, false
	}
	return int32(least - low), true // least − low has 32 bits: all numbers have, and so has greatest − high
}

// rankLength bounds the terms of all products of factors in a sum: packed panels stay in the second-level cache.
const rankLength = 8192

func (c *chooser) small() error {
	if c.level == simd.Generic {
		return errors.New("level generic has only portable Go")
	}
	if n := max(c.a.patterns, c.b.patterns); n > 256 {
		return fmt.Errorf("a side has %d patterns, more than 256", n)
	}
	return nil
}

// rank returns native products of factors.
func (c *chooser) rank() (way, string, int, error) {
	if err := c.small(); err != nil {
		return nil, "", 0, err
	}
	list := c.terms()
	if len(list) == 0 {
		return nil, "", 0, errors.New("the table has no factors")
	}
	p, about, cost, err := c.native(list)
	if err != nil {
		return nil, "", 0, err
	}
	return p, fmt.Sprintf("rank %d, %s", len(list), about), cost, nil
}

// native returns the products of terms.
func (c *chooser) native(list []term) (parts, string, int, error) {
	var narrow, wide []term
	for i, t := range list {
		_, okA := offset(t.a, 0, 255)
		_, okB := offset(t.b, -128, 127)
		if c.level == simd.AVX512 && okA && okB {
			narrow = append(narrow, t)
			continue
		}
		_, okA = offset(t.a, -1<<15, 1<<15-1)
		_, okB = offset(t.b, -1<<15, 1<<15-1)
		if !okA || !okB {
			return parts{}, "", 0, fmt.Errorf("factors %d span 2^16 or more", i)
		}
		wide = append(wide, t)
	}
	p := parts{limit: max(256, rankLength/len(list)), rowsFit: 192}
	if len(narrow) > 0 {
		p.list = append(p.list, newBytes(narrow))
	}
	if len(wide) > 0 {
		p.list = append(p.list, newWords(wide, c.level))
	}
	about := "u8 × s8 factors, AVX-512 VNNI"
	switch {
	case c.level == simd.AVX2:
		about = "s16 × s16 factors, AVX2"
	case len(narrow) == 0:
		about = "s16 × s16 factors, AVX-512 VNNI"
	case len(wide) > 0:
		about = fmt.Sprintf("u8 × s8 factors, %d of them s16 × s16, AVX-512 VNNI", len(wide))
	}
	return p, about, costByte*len(narrow) + costWord*len(wide), nil
}

// dotTerm is a term with operands that are less by offsets:
//
//	Σ (u + uo) · (v + vo) = Σ u · v + vo Σ u + uo Σ v + K · uo · vo
//
// The first sum is native. The second and the last belong to a row, the third to a column. All of them wrap round
// modulo 2^32.
type dotTerm[U, V uint8 | int16] struct {
	u      []U
	v      []V
	uo, vo int32
}

func newDotTerm[U, V uint8 | int16](t term, lowA, highA, lowB, highB int64) dotTerm[U, V] {
	var d dotTerm[U, V]
	var okA, okB bool
	d.uo, okA = offset(t.a, lowA, highA)
	d.vo, okB = offset(t.b, lowB, highB)
	if !okA || !okB {
		panic("intgemm: a factor spans too much")
	}
	for _, x := range t.a {
		d.u = append(d.u, U(x-d.uo))
	}
	for _, x := range t.b {
		d.v = append(d.v, V(x-d.vo))
	}
	return d
}

// constant is what a sum of k products has in addition to those of its row and its column.
func constant[U, V uint8 | int16](terms []dotTerm[U, V], k int) (sum int32) {
	for _, t := range terms {
		sum += int32(k) * t.uo * t.vo
	}
	return sum
}

// bytesPart multiplies bytes, unsigned of A and signed of B, by VPDPBUSD. B lies in panels of 64 columns: of each
// term and four rows, the four bytes of each column.
type bytesPart struct {
	terms []dotTerm[uint8, uint8] // v has the bits of signed bytes
	u, v  [][256]uint8            // the same, for indices that are bytes
}

func newBytes(list []term) *bytesPart {
	p := &bytesPart{}
	for _, t := range list {
		d := newDotTerm[uint8, uint8](t, 0, 255, -128, 127)
		p.terms = append(p.terms, d)
		var u, v [256]uint8
		copy(u[:], d.u)
		copy(v[:], d.v)
		p.u, p.v = append(p.u, u), append(p.v, v)
	}
	return p
}

type packedBytes struct {
	*bytesPart
	k, n   int
	groups int // of 4 rows
	panels []uint8
	col    []int32
}

func (p *bytesPart) pack(b line, k, n int) operand {
	q := &packedBytes{bytesPart: p, k: k, n: n, groups: ceil(k, 4) / 4, col: make([]int32, ceil(n, columns))}
	size := q.groups * 256
	q.panels = make([]uint8, ceil(n, columns)/columns*len(p.terms)*size)
	at := 0
	for first := 0; first < n; first += columns {
		width := min(columns, n-first)
		for r, t := range p.terms {
			panel := q.panels[at:][:size]
			at += size
			done := 0
			if fast := k / 4; b.bytes != nil && width == columns && fast > 0 {
				var sums [columns]int32
				packQuads(&p.v[r], b.bytes[first:], n, panel, fast, sums[:])
				for c, s := range sums {
					q.col[first+c] += t.uo * s
				}
				done = 4 * fast
			}
			for i := done; i < k; i++ {
				row := b.slice(i*n+first, i*n+first+width)
				to := panel[i/4*256+i%4:]
				for c := range width {
					v := t.v[row.at(c)]
					to[4*c] = v
					q.col[first+c] += t.uo * int32(int8(v))
				}
			}
		}
	}
	return q
}

func (q *packedBytes) add(w *workspace, rows []line, out []int32, stride int) {
	count := ceil(len(rows), tileRows)
	term := 4 * q.groups
	length := len(q.terms)*term + 64 // rows do not compete for the same lines of a cache
	w.bytes = grow(w.bytes, count*length)
	w.row = grow(w.row, count)
	clear(w.row)
	for i, row := range rows {
		w.row[i] = constant(q.terms, q.k)
		for r, t := range q.terms {
			to := w.bytes[i*length+r*term:][:term]
			done, sum := 0, uint64(0)
			if row.bytes != nil {
				done, sum = lookBytes(&q.u[r], row.bytes, to)
				for k, c := range row.bytes[done:] {
					x := q.u[r][c]
					to[done+k] = x
					sum += uint64(x)
				}
			} else {
				for k, c := range row.words {
					x := t.u[c]
					to[k] = x
					sum += uint64(x)
				}
			}
			clear(to[q.k:])
			w.row[i] += t.vo * int32(sum)
		}
	}
	groups := len(q.terms) * q.groups
	for at := 0; at < q.n; at += columns {
		panel := q.panels[at/columns*groups*256:]
		for i := 0; i < len(rows); i += tileRows {
			dotBytes(w.bytes[i*length:], length, panel, groups, out[i*stride+at:], stride, w.row[i:], q.col[at:])
		}
	}
}

// wordsPart multiplies words by VPDPWSSD, or by VPMADDWD, which wraps round only in the sum of two products of
// −2^15 by −2^15, as the whole sum does. B lies in panels of 64 columns, of 16 for AVX2: of each term and two
// rows, the two words of each column.
type wordsPart struct {
	terms []dotTerm[int16, int16]
	u, v  [][wordIndices]int16 // the same, of as many numbers as a side has indices at most
	width int                  // of a panel
}

// wordIndices is the greatest number of indices of a side that fast ways take: of 256 patterns with a sign.
const wordIndices = 512

func newWords(list []term, l simd.Level) *wordsPart {
	p := &wordsPart{width: columns}
	if l == simd.AVX2 {
		p.width = 16
	}
	for _, t := range list {
		d := newDotTerm[int16, int16](t, -1<<15, 1<<15-1, -1<<15, 1<<15-1)
		p.terms = append(p.terms, d)
		var u, v [wordIndices]int16
		copy(u[:], d.u)
		copy(v[:], d.v)
		p.u, p.v = append(p.u, u), append(p.v, v)
	}
	return p
}

type packedWords struct {
	*wordsPart
	k, n   int
	groups int      // of 2 rows
	panels []uint32 // the first row in the low half
	col    []int32
}

func (p *wordsPart) pack(b line, k, n int) operand {
	q := &packedWords{wordsPart: p, k: k, n: n, groups: ceil(k, 2) / 2, col: make([]int32, ceil(n, columns))}
	q.panels = make([]uint32, ceil(n, p.width)*len(p.terms)*q.groups)
	if b.bytes != nil {
		packWords(q, b.bytes)
	} else {
		packWords(q, b.words)
	}
	return q
}

// packBlock is the number of rows of B that are packed for one panel after the other: they stay in the first-level
// cache.
const packBlock = 32

func packWords[I uint8 | uint16](q *packedWords, b []I) {
	for from := 0; from < q.k; from += packBlock {
		for first := 0; first < q.n; first += q.width {
			width := min(q.width, q.n-first)
			for r := range q.terms {
				to := q.panels[(first*len(q.terms)+r*q.width)*q.groups+from/2*q.width:]
				for k := from; k < min(q.k, from+packBlock); k += 2 {
					x := b[k*q.n+first:][:width]
					y := x
					if k+1 < q.k {
						y = b[(k+1)*q.n+first:][:width]
					}
					packPairs(&q.v[r], x, y, to)
					if k+1 == q.k {
						for c := range to[:width] {
							to[c] &= 0xffff
						}
					}
					if uo := q.terms[r].uo; uo != 0 {
						col := q.col[first:][:width]
						for c, g := range to[:width] {
							col[c] += uo * (int32(int16(g)) + int32(int16(g>>16)))
						}
					}
					to = to[q.width:]
				}
			}
		}
	}
}

// packPairs writes v of two rows, those of the second in the high halves.
func packPairs[I uint8 | uint16](v *[wordIndices]int16, x, y []I, to []uint32) {
	y, to = y[:len(x)], to[:len(x)]
	for c, i := range x {
		to[c] = uint32(uint16(v[int(i)%wordIndices])) | uint32(uint16(v[int(y[c])%wordIndices]))<<16
	}
}

func (q *packedWords) add(w *workspace, rows []line, out []int32, stride int) {
	count := ceil(len(rows), tileRows)
	term := 2 * q.groups
	length := len(q.terms)*term + 32
	w.words = grow(w.words, count*length)
	w.row = grow(w.row, count)
	clear(w.row)
	for i, row := range rows {
		w.row[i] = constant(q.terms, q.k)
		for r, t := range q.terms {
			to := w.words[i*length+r*term:][:term]
			var sum int32
			if row.bytes != nil {
				sum = lookWords(&q.u[r], row.bytes, to)
			} else {
				sum = lookWords(&q.u[r], row.words, to)
			}
			clear(to[q.k:])
			w.row[i] += t.vo * sum
		}
	}
	groups := len(q.terms) * q.groups
	tile := dotWords
	if q.width < columns {
		tile = dotWordsNarrow
	}
	for at := 0; at < q.n; at += q.width {
		panel := q.panels[at*groups:]
		for i := 0; i < len(rows); i += tileRows {
			tile(w.words[i*length:], length, panel, groups, out[i*stride+at:], stride, w.row[i:], q.col[at:])
		}
	}
}

func lookWords[I uint8 | uint16](u *[wordIndices]int16, row []I, to []int16) (sum int32) {
	to = to[:len(row)]
	for len(row) >= 4 && len(to) >= 4 {
		a, b, c, d := u[int(row[0])%wordIndices], u[int(row[1])%wordIndices], u[int(row[2])%wordIndices],
			u[int(row[3])%wordIndices]
		to[0], to[1], to[2], to[3] = a, b, c, d
		sum += int32(a) + int32(b) + int32(c) + int32(d)
		row, to = row[4:], to[4:]
	}
	for k, c := range row {
		x := u[int(c)%wordIndices]
		to[k] = x
		sum += int32(x)
	}
	return sum
}
