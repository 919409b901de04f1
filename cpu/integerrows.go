package cpu

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/intgemm"
	"github.com/approxtrain/approxtrain/internal/lowrank"
	"github.com/approxtrain/approxtrain/internal/simd"
	"github.com/approxtrain/approxtrain/lut"
)

// wholeProducts multiplies codes where nobody has to look at sums before they are whole.
type wholeProducts struct {
	m            *intgemm.Multiplier
	signs        bool  // a side is in sign and magnitude
	wide         bool  // a side has more than 256 patterns
	maskA, maskB int16 // of a code's bits: a pattern, or in sign and magnitude the code as it is
}

// newWholeProducts prepares a table.
func newWholeProducts(t *lut.Table, magnitude bool, l level) (*wholeProducts, error) {
	formA, formB := device.CodeForms(t.Format, magnitude)
	p := &wholeProducts{maskA: int16(t.Format.Rows() - 1), maskB: int16(t.Format.Cols() - 1)}
	table := intgemm.Table{Rows: t.Format.Rows(), Cols: t.Format.Cols(), SignA: formA == device.SignMagnitude, SignB: formB == device.SignMagnitude}
	p.signs = table.SignA || table.SignB
	if table.SignA {
		p.maskA = -1
	}
	if table.SignB {
		p.maskB = -1
	}
	p.wide = max(table.Rows, table.Cols) > 256
	for a := range uint32(table.Rows) {
		for b := range uint32(table.Cols) {
			table.Products = append(table.Products, int32(device.IntegerProductOf(t, a, b)))
		}
	}
	have := intgemm.Levels()
	use := simd.Generic
	for _, h := range have { // the best that the device may use
		if h == l || l == avx512 && h == avx2 {
			use = h
			break
		}
	}
	var a, b [][]int32
	if use != simd.Generic && t.Format.Part.LSB == 0 {
		low, err := lowrank.Load(t, lowrank.Most)
		if err != nil {
			return nil, err
		}
		if low.Factors != nil {
			a, b = low.Factors.A, low.Factors.B
		}
	}
	var err error
	if p.m, err = intgemm.New(table, a, b, os.Getenv(device.IntegerVariable), use); err != nil {
		return nil, fmt.Errorf("table %s, environment variable %s: %w", t.Name, device.IntegerVariable, err)
	}
	return p, nil
}

// integerMatrix computes matrix (o, i) of a batch.
func (d *Device) integerMatrix(s *integerSums, m, n, k int, a []int16, viewA device.View, b []int16, viewB, viewC device.View, o, i int) {
	columns := make([]int64, n)
	B := make([]int16, k*n)
	for r := range k {
		for j := range n {
			v := b[viewB.At(o, i, r, j)]
			columns[j] += int64(v)
			B[r*n+j] = v
		}
	}
	s.correct(columns)
	rows := rowSums{d: d, s: s, m: m, k: k, n: n, b: B, step: viewC.Col, at: func(r int) int { return viewC.At(o, i, r, 0) }}
	if viewA.Col == 1 && k > 0 {
		rows.a = operandA{a, k, 0, func(r int, at []int) { at[0] = viewA.At(o, i, r, 0) }}
	} else {
		rows.a = operandA{a, 1, 0, func(r int, at []int) {
			for x := range at {
				at[x] = viewA.At(o, i, r, x)
			}
		}}
	}
	rows.compute()
}

// integerConv computes a convolution; zero is the code of 0 of operands A.
func (d *Device) integerConv(s *integerSums, c device.Conv, x, w []int16, zero int16) {
	columns := make([]int64, c.OutC)
	for i, v := range w {
		columns[i%c.OutC] += int64(v)
	}
	s.correct(columns)
	in, out, outH, outW := c.C/c.Groups, c.OutC/c.Groups, c.OutH(), c.OutW()
	for group := range c.Groups {
		b := w
		if c.Groups > 1 {
			b = make([]int16, 0, s.terms*out)
			for k := range s.terms {
				b = append(b, w[k*c.OutC+group*out:][:out]...)
			}
		}
		rows := rowSums{d: d, s: s, m: c.N * outH * outW, k: s.terms, n: out, b: b, column: group * out, step: 1,
			at: func(r int) int { return r*c.OutC + group*out },
			a: operandA{x, in, zero, func(r int, at []int) {
				n, oy, ox := r/(outH*outW), r/outW%outH, r%outW
				for ky := range c.KH {
					iy := oy*c.StrideH - c.PadH + ky*c.DilationH
					row, ix := (n*c.H+iy)*c.W, ox*c.StrideW-c.PadW
					for kx := range c.KW {
						if at[ky*c.KW+kx] = -1; uint(iy) < uint(c.H) && uint(ix) < uint(c.W) {
							at[ky*c.KW+kx] = (row+ix)*c.C + group*in
						}
						ix += c.DilationW
					}
				}
			}}}
		rows.compute()
	}
}

// operandA has the operands A of rows of sums. A row is made of spans of codes that stand together.
type operandA struct {
	codes []int16
	span  int                   // codes of a span
	zero  int16                 // the code of padding
	spans func(r int, at []int) // where each span of row r begins, −1: it is padding; from any thread
}

// fill fills in row r, of all codes in the form of a table. at has a place for each span of a row.
func fill[C any](a *operandA, all []C, padding C, r int, at []int, row []C) {
	a.spans(r, at)
	for i, from := range at {
		to := row[i*a.span:][:a.span]
		switch {
		case from < 0:
			for k := range to {
				to[k] = padding
			}
		case len(to) == 1:
			to[0] = all[from]
		default:
			copy(to, all[from:])
		}
	}
}

// total returns the sum of the codes of a row, whose spans fill found.
func (a *operandA) total(at []int) (sum int64) {
	for _, from := range at {
		if from < 0 {
			sum += int64(a.zero) * int64(a.span)
			continue
		}
		for _, v := range a.codes[from:][:a.span] {
			sum += int64(v)
		}
	}
	return sum
}

// rowSums are m rows of n sums of k products each.
type rowSums struct {
	d       *Device
	s       *integerSums
	m, k, n int
	a       operandA
	b       []int16         // operands B, k × n
	column  int             // of the first sum of a row
	at      func(r int) int // where the first sum of a row is in the result
	step    int             // from one sum of a row to the next
}

// blockRows is how many rows are multiplied at once.
const blockRows = 64

func (r *rowSums) compute() {
	switch w := r.s.whole; {
	case r.s.steps():
		r.saturating()
	case w.signs:
		computeRows[int16](r)
	case w.wide:
		computeRows[uint16](r)
	default:
		computeRows[uint8](r)
	}
}

// saturating computes the rows of an accumulator that looks at each addition.
func (r *rowSums) saturating() {
	r.d.split(r.m, 1, func(from, to int) {
		at, row, sums := make([]int, r.k/r.a.span), make([]int16, r.k), make([]int64, r.n)
		for i := from; i < to; i++ {
			fill(&r.a, r.a.codes, r.a.zero, i, at, row)
			r.s.saturatingRow(row, r.b, r.column, r.at(i), r.step, sums)
		}
	})
}

// patterns returns operands A as the table knows them, which is the same in all products of an operation.
func patterns[C intgemm.Code](r *rowSums) []C {
	if all, ok := r.s.patterns.([]C); ok {
		return all
	}
	var one C
	n, mask, codes := len(r.a.codes), r.s.whole.maskA, r.a.codes
	r.d.patterns = memory(r.d.patterns, n*int(unsafe.Sizeof(one)))
	all := unsafe.Slice((*C)(unsafe.Pointer(unsafe.SliceData(r.d.patterns))), n)
	r.d.split(n, grain, func(from, to int) {
		part := all[from:to]
		for i, v := range codes[from:to] {
			part[i] = C(v & mask)
		}
	})
	r.s.patterns = all
	return all
}

// computeRows computes the rows, of codes of the type by which the table knows them.
func computeRows[C intgemm.Code](r *rowSums) {
	w, s := r.s.whole, r.s
	b := make([]C, len(r.b))
	for i, v := range r.b {
		b[i] = C(v & w.maskB)
	}
	packed := intgemm.Pack(w.m, b, r.k, r.n, false)
	all, padding := patterns[C](r), C(r.a.zero&w.maskA)
	r.d.split(r.m, max(1, 1<<16/max(1, r.k*r.n)), func(from, to int) {
		at := make([]int, r.k/r.a.span)
		totals := make([]int64, blockRows)
		sums := make([]int64, blockRows*r.n)
		first := from
		rows := func(i int, room []C) []C {
			fill(&r.a, all, padding, i, at, room)
			if s.affine {
				totals[i-first] = r.a.total(at)
			}
			return room
		}
		for ; first < to; first += blockRows {
			count := min(blockRows, to-first)
			packed.Multiply64(rows, first, first+count, sums[:count*r.n])
			for i := range count {
				s.complete(sums[i*r.n:][:r.n], totals[i], r.column, r.at(first+i), r.step)
			}
		}
	})
}
