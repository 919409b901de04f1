package intgemm

import "fmt"

// expandPart is for AVX2, which has no wide look-ups. For two rows of B and 16 of their columns it first writes out
// the 16 products of every pattern of A, as words; then each row of A adds the 16 words of its two patterns.
type expandPart struct {
	a, b     side
	table    []int16 // of each index b, the products of each pattern a less a bias, with b's sign
	patterns int     // of A, a multiple of 8
	bias     int32
}

// newExpand returns words of products by patterns.
func newExpand(a, b side, products []int32) (*expandPart, error) {
	least, greatest := extremes(products)
	p := &expandPart{a: a, b: b, patterns: ceil(a.patterns, 8)}
	low := int64(-1 << 15)
	if b.sign {
		low++ // a sign goes round the words
	}
	if greatest-least > 1<<15-1-low {
		return nil, fmt.Errorf("products from %d to %d span %d or more", least, greatest, 1<<15-low)
	}
	// The bias of least magnitude with which words are from low to 2^15 − 1.
	p.bias = int32(max(greatest-(1<<15-1), min(0, least-low)))
	p.table = make([]int16, b.numbers()*p.patterns)
	for j := range b.numbers() {
		y, sign, ok := b.magnitude(j)
		for x := range a.patterns {
			if ok {
				p.table[j*p.patterns+x] = int16(sign * (products[x*b.patterns+y] - p.bias))
			}
		}
	}
	return p, nil
}

func (c *chooser) expanded() (way, string, int, error) {
	p, err := newExpand(c.a, c.b, c.table.Products)
	if err != nil {
		return nil, "", 0, err
	}
	w := parts{list: []part{p}, limit: 1 << 16, rowsFit: 512}
	cost := costExpand
	if p.bias != 0 && c.b.sign { // the bias gets the signs, too
		if p.bias <= -1<<15 || p.bias >= 1<<15 {
			return nil, "", 0, fmt.Errorf("a bias of %d is no word, and operand B has a sign", p.bias)
		}
		w.list = append(w.list, newWords([]term{{signs(c.a, p.bias), signs(c.b, 1)}}, c.level))
		cost += costWord
	}
	return w, "planes, 16 bits of a product looked up, AVX2", cost, nil
}

// signs returns a number with the sign of each index.
func signs(s side, number int32) []int32 {
	x := make([]int32, s.patterns)
	for i := range x {
		x[i] = number
	}
	return s.spread(x)
}

// packedExpand has the indices of B in panels of 16 columns.
type packedExpand struct {
	*expandPart
	k, n  int
	bytes []uint32 // of each panel and k: the places of 16 rows of the table
}

// expandOrder is the column whose row stands at each place; see wordsAVX2.
var expandOrder = [16]int{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15}

func (p *expandPart) pack(b line, k, n int) operand {
	q := &packedExpand{expandPart: p, k: k, n: n, bytes: make([]uint32, ceil(n, 16)*k)}
	to := q.bytes
	for at := 0; at < n; at += 16 {
		for i := range k {
			for place, c := range expandOrder {
				if at+c < n {
					to[place] = uint32(b.at(i*n+at+c) * p.patterns * 2)
				}
			}
			to = to[16:]
		}
	}
	return q
}

// expandRows is the least number of rows of A for which it pays to write out the products of all patterns.
const expandRows = 24

func (q *packedExpand) add(w *workspace, rows []line, out []int32, stride int) {
	if len(rows) < expandRows {
		for i, row := range rows {
			q.addRow(row, out[i*stride:])
		}
		return
	}
	pairs := ceil(q.k, 2) / 2
	count := len(rows)
	w.row = q.codes(w, rows, pairs)
	size := 16 * q.patterns
	w.tables = grow(w.tables, 2*size)
	first, second := w.tables[:size], w.tables[size:]
	w.sums = grow(w.sums, 16*count)
	for at := 0; at < q.n; at += 16 {
		for i, base := range w.row {
			for j := range 16 {
				w.sums[16*i+j] = base
			}
		}
		places := q.bytes[at*q.k:]
		for pair := range pairs {
			expandWords(q.table, (*[16]uint32)(places), first, q.patterns)
			places = places[16:]
			if 2*pair+1 < q.k {
				expandWords(q.table, (*[16]uint32)(places), second, q.patterns)
				places = places[16:]
			} else {
				clear(second)
			}
			var s []int16
			if q.a.sign {
				s = w.signs[pair*2*count:]
			}
			addWords(first, second, w.codes[pair*2*count:], s, count, w.sums)
		}
		for i := range count {
			to := out[i*stride+at:][:16]
			for j, v := range w.sums[16*i:][:16] {
				to[j] += v
			}
		}
	}
}

// addRow looks up one product after the other.
func (q *packedExpand) addRow(row line, out []int32) {
	var base int32
	for k := range q.k {
		pattern, sign, _ := q.a.magnitude(row.at(k))
		if !q.b.sign {
			base += sign * q.bias
		}
		products := q.table[pattern:]
		for at := 0; at < q.n; at += 16 {
			places := (*[16]uint32)(q.bytes[at*q.k+16*k:])
			sums := (*[16]int32)(out[at:])
			for p, c := range expandOrder {
				sums[c] += sign * int32(products[places[p]/2])
			}
		}
	}
	for j := range out[:q.n] {
		out[j] += base
	}
}

// codes writes, of each two rows of B and each row of A, four times the patterns of A, and their signs if they have
// some. It returns what each row's sums have besides: the bias of each product, if it is not for another part.
func (q *packedExpand) codes(w *workspace, rows []line, pairs int) (bases []int32) {
	count := len(rows)
	w.codes = grow(w.codes, 2*pairs*count)
	if q.a.sign {
		w.signs = grow(w.signs, 2*pairs*count)
	}
	bases = grow(w.row, count)
	for i, row := range rows {
		var signs int32
		for k := range 2 * pairs {
			at := k/2*2*count + 2*i + k%2
			pattern, sign := 0, int32(1)
			if k < q.k {
				pattern, sign, _ = q.a.magnitude(row.at(k))
				signs += sign
			}
			w.codes[at] = uint16(4 * pattern)
			if q.a.sign {
				w.signs[at] = int16(sign)
			}
		}
		bases[i] = 0
		if !q.b.sign {
			bases[i] = signs * q.bias
		}
	}
	return bases
}
