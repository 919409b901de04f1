package intgemm

import (
	"fmt"
	"sync"

	"github.com/approxtrain/approxtrain/device"
)

// Packed is operand B, prepared for products. It does not change: several goroutines may multiply by it.
type Packed[C Code] struct {
	m      *Multiplier
	k, n   int
	codes  []line  // of generic: rows of B
	chunks []chunk // of the other ways
	block  int     // rows of A that are multiplied together
	rooms  sync.Pool
}

// chunk is B from row from to row to, whose sums have 32 bits.
type chunk struct {
	from, to int
	operands []operand
}

// columns is what the rows of scratch outputs are multiples of, in numbers.
const columns = 64

func ceil(n, to int) int { return (n + to - 1) / to * to }

// Pack prepares B of k × n codes, row-major, or where transposed is true n × k. It keeps b where its codes are
// bytes and the way is generic: b must not change. Pack panics on a wrong length, on a code that is none of the
// table's, and on codes of another type than Code says for it.
func Pack[C Code](m *Multiplier, b []C, k, n int, transposed bool) *Packed[C] {
	if k < 0 || n < 0 || len(b) != k*n {
		panic(fmt.Sprintf("intgemm: B of %d × %d has %d codes, expected %d", k, n, len(b), k*n))
	}
	m.checkType(codeType[C]())
	if transposed {
		t := make([]C, len(b))
		transpose(b, t, n, k)
		b = t
	}
	p := &Packed[C]{m: m, k: k, n: n}
	p.rooms.New = func() any { return new(room[C]) }
	var words []uint16
	if !isBytes[C]() {
		words = make([]uint16, len(b))
	}
	all := toLine(b, m.b, "B", words)
	if m.way == nil {
		for i := range k {
			p.codes = append(p.codes, all.slice(i*n, (i+1)*n))
		}
		return p
	}
	length := min(m.span(), m.way.length())
	if length > 8 {
		length &^= 7
	}
	p.block = m.way.block()
	for from := 0; from < k; from += length {
		to := min(k, from+length)
		p.chunks = append(p.chunks, chunk{from, to, m.way.pack(all.slice(from*n, to*n), to-from, n)})
	}
	return p
}

// codeType returns the bits of a type of codes and whether it is signed.
func codeType[C Code]() (bits int, signed bool) {
	var c C
	switch any(c).(type) {
	case uint8:
		return 8, false
	case int16:
		return 16, true
	}
	return 16, false
}

func (m *Multiplier) checkType(bits int, signed bool) {
	if signed != (m.a.sign || m.b.sign) {
		panic("intgemm: codes are of type int16 where a side of the table has a sign, and only there")
	}
	if n := max(m.a.patterns, m.b.patterns); n > 1<<bits {
		panic(fmt.Sprintf("intgemm: codes are of type uint8, and the table has %d patterns", n))
	}
}

// room is what one goroutine needs in a product.
type room[C Code] struct {
	codes []C
	words []uint16
	lines []line
	out   []int32
	work  workspace
}

// grow returns a slice of n elements, in x's memory if that suffices.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// Multiply computes rows from … to−1 of C, and writes them to c, row-major: the sums modulo 2^32, as numbers from
// −2^31 on. Where Fits(k) holds they are the sums themselves. It panics if c has a wrong length, if a row has, and
// on a code that is none of the table's.
func (p *Packed[C]) Multiply(rows Rows[C], from, to int, c []int32) {
	p.check(from, to, len(c))
	if p.m.way == nil {
		generic(p, rows, from, to, p.k, func(i int, sums []int32) {
			row := c[i*p.n:][:p.n]
			for j, s := range sums {
				row[j] += s
			}
		}, func() { clear(c) })
		return
	}
	p.blocks(rows, from, to, func(r *room[C], first, count, stride int) {
		clear(r.out)
		for _, k := range p.chunks {
			p.add(r, k, count, stride)
		}
		for i := range count {
			copy(c[(first-from+i)*p.n:][:p.n], r.out[i*stride:])
		}
	})
}

// Multiply64 is Multiply with sums of 64 bits, which are exact for every k up to 2^32.
func (p *Packed[C]) Multiply64(rows Rows[C], from, to int, c []int64) {
	p.check(from, to, len(c))
	if p.m.way == nil {
		generic(p, rows, from, to, p.m.span(), func(i int, sums []int32) {
			row := c[i*p.n:][:p.n]
			for j, s := range sums {
				row[j] += int64(s)
			}
		}, func() { clear(c) })
		return
	}
	p.blocks(rows, from, to, func(r *room[C], first, count, stride int) {
		clear(c[(first-from)*p.n:][:count*p.n])
		for _, k := range p.chunks {
			clear(r.out)
			p.add(r, k, count, stride)
			for i := range count {
				row := c[(first-from+i)*p.n:][:p.n]
				for j, s := range r.out[i*stride:][:p.n] {
					row[j] += int64(s)
				}
			}
		}
	})
}

func (p *Packed[C]) check(from, to, n int) {
	if from < 0 || to < from || n != (to-from)*p.n {
		panic(fmt.Sprintf("intgemm: rows %d to %d of %d sums: C has %d, expected %d", from, to, p.n, n, (to-from)*p.n))
	}
}

// row returns the codes of row i of A as a line.
func (p *Packed[C]) row(rows Rows[C], i int, codes []C, words []uint16) line {
	row := rows(i, codes)
	if len(row) != p.k {
		panic(fmt.Sprintf("intgemm: row %d of A has %d codes, expected %d", i, len(row), p.k))
	}
	return toLine(row, p.m.a, "A", words)
}

// blocks calls work for one block of rows after the other, with their lines in its room, and scratch outputs whose
// rows lie stride numbers apart.
func (p *Packed[C]) blocks(rows Rows[C], from, to int, work func(r *room[C], first, count, stride int)) {
	r := p.rooms.Get().(*room[C])
	defer p.rooms.Put(r)
	size := min(p.block, to-from)
	stride := ceil(p.n, columns)
	r.codes = grow(r.codes, size*p.k)
	if !isBytes[C]() {
		r.words = grow(r.words, size*p.k)
	}
	r.lines = grow(r.lines, size)
	for first := from; first < to; first += size {
		count := min(size, to-first)
		for i := range count {
			var words []uint16
			if !isBytes[C]() {
				words = r.words[i*p.k:][:p.k]
			}
			r.lines[i] = p.row(rows, first+i, r.codes[i*p.k:][:p.k:p.k], words)
		}
		r.out = grow(r.out, ceil(count, tileRows)*stride)
		work(r, first, count, stride)
	}
	clear(r.lines) // rows are the caller's
}

// add adds the products with a chunk to the scratch outputs.
func (p *Packed[C]) add(r *room[C], c chunk, count, stride int) {
	r.work.lines = grow(r.work.lines, count)
	for i := range count {
		r.work.lines[i] = r.lines[i].slice(c.from, c.to)
	}
	for _, o := range c.operands {
		o.add(&r.work, r.work.lines, r.out, stride)
	}
	clear(r.work.lines)
}

// generic is the specification: it looks up one product after the other, and calls add with sums of at most span
// products of row i.
func generic[C Code](p *Packed[C], rows Rows[C], from, to, span int, add func(i int, sums []int32), reset func()) {
	reset()
	r := p.rooms.Get().(*room[C])
	defer p.rooms.Put(r)
	r.codes, r.words, r.out = grow(r.codes, p.k), grow(r.words, p.k), grow(r.out, p.n)
	cols := p.m.b.numbers()
	for i := from; i < to; i++ {
		row := p.row(rows, i, r.codes, r.words)
		clear(r.out)
		for k, b := range p.codes {
			products := p.m.products[row.at(k)*cols:][:cols]
			if b.bytes != nil {
				lookUp(products, b.bytes, r.out)
			} else {
				lookUp(products, b.words, r.out)
			}
			if (k+1)%span == 0 {
				add(i-from, r.out)
				clear(r.out)
			}
		}
		add(i-from, r.out)
	}
}

func lookUp[I uint8 | uint16](products []int32, b []I, sums []int32) {
	sums = sums[:len(b)]
	for j, y := range b {
		sums[j] += products[y]
	}
}

// Gemm multiplies whole matrices: C = A · B of the shape, sums modulo 2^32; see Multiply. Its panics are those of
// Pack and of Multiply.
func Gemm[C Code](m *Multiplier, s device.Gemm, a, b []C, c []int32) {
	p, rows := operands(m, s, a, b, len(c))
	p.Multiply(rows, 0, s.M, c)
}

// Gemm64 is Gemm with sums of 64 bits; see Multiply64.
func Gemm64[C Code](m *Multiplier, s device.Gemm, a, b []C, c []int64) {
	p, rows := operands(m, s, a, b, len(c))
	p.Multiply64(rows, 0, s.M, c)
}

func operands[C Code](m *Multiplier, s device.Gemm, a, b []C, c int) (*Packed[C], Rows[C]) {
	if err := s.Check(len(a), len(b), c); err != nil {
		panic("intgemm: " + err.Error())
	}
	if s.TransA {
		t := make([]C, len(a))
		transpose(a, t, s.K, s.M)
		a = t
	}
	return Pack(m, b, s.K, s.N, s.TransB), Matrix(a, s.K)
}
