package cpu

import (
	"fmt"
	"sync"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// sumsBuffer implements device.Sums.
type sumsBuffer struct {
	values       []int64
	count, first int // of those that the accumulator of the last product could not hold
}

// AllocSums implements device.Integers.
func (d *Device) AllocSums(n int) device.Sums {
	return &sumsBuffer{values: make([]int64, n), first: -1}
}

func (s *sumsBuffer) Len() int { return len(s.values) }

func (s *sumsBuffer) Read(dst []int64) error {
	if len(dst) != len(s.values) {
		return fmt.Errorf("reading %d sums into %d", len(s.values), len(dst))
	}
	copy(dst, s.values)
	return nil
}

func (s *sumsBuffer) Overflows() (count, first int, err error) { return s.count, s.first, nil }
func (s *sumsBuffer) Free()                                    {}

// sumsOf returns sums of this device; those of another one are an error of the caller.
func sumsOf(s device.Sums) *sumsBuffer {
	own, ok := s.(*sumsBuffer)
	if !ok {
		panic(fmt.Sprintf("cpu: sums of another device (%T)", s))
	}
	return own
}

// grid has the products of codes: that of a and b at (a − loA) · width + b − loB.
type grid struct {
	loA, loB int32
	width    int
	products []int32
	largest  int64 // magnitude
	whole    *wholeProducts
}

// newGrid returns the products of a table of integers for all codes of its operands.
func newGrid(t *lut.Table, magnitude bool, l level) (*grid, error) {
	if err := device.CheckIntegerTable(t); err != nil {
		return nil, err
	}
	formA, formB := device.CodeForms(t.Format, magnitude)
	loA, hiA := formA.Range(t.Format.A)
	loB, hiB := formB.Range(t.Format.B)
	g := &grid{loA: loA, loB: loB, width: int(hiB - loB + 1), largest: device.LargestProduct(t)}
	if g.largest > 1<<31-1 {
		return nil, fmt.Errorf("table %s has a product of a magnitude of %d, expected less than 2^31", t.Name, g.largest)
	}
	g.products = make([]int32, 0, int(hiA-loA+1)*g.width)
	for a := loA; a <= hiA; a++ {
		x, negativeA := patternOf(a, formA, t.Format.A)
		for b := loB; b <= hiB; b++ {
			y, negativeB := patternOf(b, formB, t.Format.B)
			p := int32(device.IntegerProductOf(t, x, y))
			if negativeA != negativeB {
				p = -p
			}
			g.products = append(g.products, p)
		}
	}
	var err error
	g.whole, err = newWholeProducts(t, magnitude, l)
	return g, err
}

// patternOf returns the pattern by which a table knows a code, and whether its products change their sign.
func patternOf(code int32, form device.CodeForm, bits int) (pattern uint32, negative bool) {
	switch {
	case form == device.TwosComplement:
		return uint32(code) & (1<<bits - 1), false
	case code < 0:
		return uint32(-code), true
	}
	return uint32(code), false
}

// grids keeps those of the tables in use.
type grids struct {
	sync.Mutex
	of map[gridKey]*grid
}

type gridKey struct {
	table     *lut.Table
	magnitude bool
}

// PrepareIntegers implements device.Integers.
func (d *Device) PrepareIntegers(t *lut.Table, magnitude bool) (about string, err error) {
	g, err := d.grid(t, magnitude)
	if err != nil {
		return "", err
	}
	return g.whole.m.String(), nil
}

// grid returns the products of a table.
func (d *Device) grid(t *lut.Table, magnitude bool) (*grid, error) {
	if t == nil {
		return nil, fmt.Errorf("products of codes need a table of integers")
	}
	d.grids.Lock()
	defer d.grids.Unlock()
	key := gridKey{t, magnitude}
	if g := d.grids.of[key]; g != nil {
		return g, nil
	}
	g, err := newGrid(t, magnitude, d.level)
	if err != nil {
		return nil, err
	}
	if d.grids.of == nil {
		d.grids.of = map[gridKey]*grid{}
	}
	d.grids.of[key] = g
	return g, nil
}

// integerSums computes sums of products of codes, of columns that share an operand A in each k.
type integerSums struct {
	*grid
	device.Accumulator
	terms        int     // in each sum
	lo, hi       int64   // that the accumulator holds
	zeroA        int64   //
	zeroB        []int64 // of each column
	affine       bool    // one of zeroB is not 0
	constant     []int64 // what the zero points add to every sum of a column; zeroB · Σ a comes off besides
	fits         bool    // the accumulator holds every sum
	patterns     any     // operands A as the table knows them, once they were needed
	out          *sumsBuffer
	mutex        sync.Mutex
	count, first int
	exact        int64 // of the first sum that does not fit
}

// newSums prepares the sums of a product of codes a and b, for a B of so many channels.
func (d *Device) newSums(p device.IntegerProduct, channels, terms int, a, b device.Codes, out device.Sums) (*integerSums, error) {
	g, err := d.grid(p.Multiplier.Table(), p.Magnitude)
	if err != nil {
		return nil, err
	}
	if err := p.Check(channels, terms, g.largest); err != nil {
		return nil, err
	}
	if err := wrong(" of operand A", p.A, codesOf(a)); err != nil {
		return nil, err
	}
	if err := wrong(" of operand B", p.B, codesOf(b)); err != nil {
		return nil, err
	}
	s := &integerSums{grid: g, Accumulator: p.Accumulator, terms: terms, zeroA: int64(p.A.ZeroOf(0)),
		out: sumsOf(out), first: -1}
	s.lo, s.hi = p.Accumulator.Range()
	s.fits = s.largest == 0 || int64(terms) <= s.hi/s.largest
	for c := range channels {
		s.zeroB = append(s.zeroB, int64(p.B.ZeroOf(c)))
		s.affine = s.affine || s.zeroB[c] != 0
	}
	return s, nil
}

// correct takes Σ b of each column.
func (s *integerSums) correct(columns []int64) {
	s.constant = columns
	for j, sum := range columns {
		s.constant[j] = int64(s.terms)*s.zeroA*s.zeroB[j] - s.zeroA*sum
	}
}

// wrong returns an error if codes are not those of a quantizer, and so may be none of the table. of names the codes.
func wrong(of string, q device.Quantizer, c []int16) error {
	for i, v := range c {
		if int32(v) < q.Lo || int32(v) > q.Hi {
			return fmt.Errorf("code %d%s is %d, expected %d to %d", i, of, v, q.Lo, q.Hi)
		}
	}
	return nil
}

// saturatingRow adds up the products of operands A, one for each k, with the operands B of all columns, b[k·n + j], and
// saturates after each addition. sums[j] is that of column + j, with index at + j·step in the result.
func (s *integerSums) saturatingRow(a, b []int16, column, at, step int, sums []int64) {
	clear(sums)
	saturated := make([]bool, len(sums))
	total := int64(0)
	for k, x := range a {
		total += int64(x)
		products := s.products[int(int32(x)-s.loA)*s.width:][:s.width]
		for j, y := range b[k*len(sums):][:len(sums)] {
			v := sums[j] + int64(products[int32(y)-s.loB]) // far from 2^63: see steps
			if v > s.hi {
				v, saturated[j] = s.hi, true
			} else if v < s.lo {
				v, saturated[j] = s.lo, true
			}
			sums[j] = v
		}
	}
	for j, over := range saturated {
		if over {
			s.overflowed(at+j*step, 0)
		}
	}
	s.complete(sums, total, column, at, step)
}

// complete writes the results of the exact sums of a row, or of saturated ones: what the accumulator keeps of them, and
// what the zero points add. total is Σ a, which only affine sums need. The sums are those of column and of the columns
// behind it; the result of the first one has the index at, and the others follow with a step.
func (s *integerSums) complete(sums []int64, total int64, column, at, step int) {
	constant, zeros, out := s.constant[column:][:len(sums)], s.zeroB[column:][:len(sums)], s.out.values
	if s.fits && !s.affine && step == 1 {
		row := out[at:][:len(sums)]
		for j, v := range sums {
			row[j] = v + constant[j]
		}
		return
	}
	for j, v := range sums {
		if v < s.lo || v > s.hi {
			s.overflowed(at+j*step, v)
			v = s.Wrapped(v)
		}
		out[at+j*step] = v - zeros[j]*total + constant[j]
	}
}

// steps says whether the accumulator has to look at each addition: it saturates, and a sum may get there. It never does
// with 64 bits, since 2^30 products of less than 2^31 stay far from 2^63.
func (s *integerSums) steps() bool {
	return s.Overflow == device.Saturate && int64(s.terms) > s.hi/max(1, s.largest)
}

// overflowed counts a sum that does not fit.
func (s *integerSums) overflowed(index int, exact int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.count++
	if s.first < 0 || index < s.first {
		s.first, s.exact = index, exact
	}
}

// finish keeps what did not fit.
func (d *Device) finish(op string, s *integerSums) {
	s.out.count, s.out.first = s.count, s.first
	if s.count > 0 && s.Overflow == device.Refuse {
		d.fail(fmt.Errorf("%s: %w", op, &device.OverflowError{Accumulator: s.Accumulator, Index: s.first, Sum: s.exact, Count: s.count}))
	}
}

// IntegerGemm implements device.Integers.
func (d *Device) IntegerGemm(p device.IntegerProduct, g device.Gemm, a, b device.Codes, c device.Sums) {
	const op = "integer gemm"
	var s *integerSums
	err := g.Check(a.Len(), b.Len(), c.Len())
	if err == nil {
		s, err = d.newSums(p, g.N, g.K, a, b, c)
	}
	if !d.ready(op, err) {
		return
	}
	view := func(rows, cols int, transposed bool) device.View {
		if transposed {
			return device.View{Row: 1, Col: rows}
		}
		return device.View{Row: cols, Col: 1}
	}
	d.integerMatrix(s, g.M, g.N, g.K, codesOf(a), view(g.M, g.K, g.TransA), codesOf(b), view(g.K, g.N, g.TransB), device.View{Row: g.N, Col: 1}, 0, 0)
	d.finish(op, s)
}

// IntegerBatchGemm implements device.Integers.
func (d *Device) IntegerBatchGemm(p device.IntegerProduct, g device.BatchGemm, a, b device.Codes, c device.Sums) {
	const op = "batch of integer products"
	var s *integerSums
	err := g.Check(a.Len(), b.Len(), c.Len())
	if err == nil {
		s, err = d.newSums(p, g.N, g.K, a, b, c)
	}
	if !d.ready(op, err) {
		return
	}
	for o := range g.Outer {
		for i := range g.Inner {
			d.integerMatrix(s, g.M, g.N, g.K, codesOf(a), g.A, codesOf(b), g.B, g.C, o, i)
		}
	}
	d.finish(op, s)
}

// IntegerConv implements device.Integers.
func (d *Device) IntegerConv(p device.IntegerProduct, c device.Conv, x, w device.Codes, y device.Sums) {
	const op = "integer convolution"
	var s *integerSums
	err := c.Check(x.Len(), w.Len(), y.Len())
	terms := 0
	if err == nil {
		terms = c.KH * c.KW * (c.C / c.Groups)
		s, err = d.newSums(p, c.OutC, terms, x, w, y)
	}
	if !d.ready(op, err) {
		return
	}
	d.integerConv(s, c, codesOf(x), codesOf(w), int16(p.A.ZeroOf(0)))
	d.finish(op, s)
}
