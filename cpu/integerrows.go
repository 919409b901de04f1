package cpu

import (
	"fmt"
	"os"

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
	s.columns = columns
	rows := rowSums{d: d, s: s, m: m, k: k, n: n, b: B, step: viewC.Col, at: func(r int) int { return viewC.At(o, i, r, 0) },
		codes: func(r int, row []int16) {
			for x := range row {
				row[x] = a[viewA.At(o, i, r, x)]
			}
		}}
	rows.compute()
}

// integerConv computes a convolution; zero is the code of 0 of operands A.
func (d *Device) integerConv(s *integerSums, c device.Conv, x, w []int16, zero int16) {
	s.columns = make([]int64, c.OutC)
	for i, v := range w {
		s.columns[i%c.OutC] += int64(v)
	}
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
			codes: func(r int, row []int16) {
				n, oy, ox := r/(outH*outW), r/outW%outH, r%outW
				k := 0
				for ky := range c.KH {
					for kx := range c.KW {
						iy, ix := oy*c.StrideH-c.PadH+ky*c.DilationH, ox*c.StrideW-c.PadW+kx*c.DilationW
						if iy >= 0 && iy < c.H && ix >= 0 && ix < c.W {
							k += copy(row[k:], x[((n*c.H+iy)*c.W+ix)*c.C+group*in:][:in])
							continue
						}
						for range in {
							row[k] = zero
							k++
						}
					}
				}
			}}
		rows.compute()
	}
}

// rowSums are m rows of n sums of k products each.
type rowSums struct {
	d       *Device
	s       *integerSums
	m, k, n int
	b       []int16                  // operands B, k × n
	codes   func(r int, row []int16) // fills in operands A of a row, from any thread
	column  int                      // of the first sum of a row
	at      func(r int) int          // where the first sum of a row is in the result
	step    int                      // from one sum of a row to the next
}

// blockRows is how many rows are multiplied at once.
const blockRows = 64

func (r *rowSums) compute() {
	switch w := r.s.whole; {
	case r.s.steps():
		r.saturating()
	case w.signs:
		computeRows(r, func(code, mask int16) int16 { return code & mask })
	case w.wide:
		computeRows(r, func(code, mask int16) uint16 { return uint16(code & mask) })
	default:
		computeRows(r, func(code, mask int16) uint8 { return uint8(code & mask) })
	}
}

// saturating computes the rows of an accumulator that looks at each addition.
func (r *rowSums) saturating() {
	r.d.split(r.m, 1, func(from, to int) {
		row, sums := make([]int16, r.k), make([]int64, r.n)
		for i := from; i < to; i++ {
			r.codes(i, row)
			at := r.at(i)
			r.s.saturatingRow(row, r.b, r.column, at, r.step, sums)
			r.store(at, sums)
		}
	})
}

// store writes the sums of a row, the first one to at.
func (r *rowSums) store(at int, sums []int64) {
	for j, v := range sums {
		r.s.out.values[at+j*r.step] = v
	}
}

// computeRows computes the rows; pattern is by what the table knows a code.
func computeRows[C intgemm.Code](r *rowSums, pattern func(code, mask int16) C) {
	w, s := r.s.whole, r.s
	b := make([]C, len(r.b))
	for i, v := range r.b {
		b[i] = pattern(v, w.maskB)
	}
	packed := intgemm.Pack(w.m, b, r.k, r.n, false)
	r.d.split(r.m, max(1, 1<<16/max(1, r.k*r.n)), func(from, to int) {
		row := make([]int16, r.k)
		totals := make([]int64, blockRows)
		sums := make([]int64, blockRows*r.n)
		first := from
		rows := func(i int, room []C) []C {
			r.codes(i, row)
			total := int64(0)
			for k, v := range row {
				total += int64(v)
				room[k] = pattern(v, w.maskA)
			}
			totals[i-first] = total
			return room
		}
		for ; first < to; first += blockRows {
			count := min(blockRows, to-first)
			packed.Multiply64(rows, first, first+count, sums[:count*r.n])
			for i := range count {
				line, at := sums[i*r.n:][:r.n], r.at(first+i)
				s.complete(line, totals[i], r.column, at, r.step)
				r.store(at, line)
			}
		}
	})
}
