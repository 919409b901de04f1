package lutgen

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"sync"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// MaxFullBits is the widest float operand of which all pairs are compared: 2^32
// pairs of 16 bits.
const MaxFullBits = 16

// Full compares all pairs of a floating-point design's operands — both signs,
// every exponent, zeros, subnormals, infinities and NaN — with what the table
// and the rules of lut.Table.MulNarrow predict. A product port wider than the
// table's product is expected to end in zeros.
//
// Every pair is visited as in Make, in different orders and with different values of
// open bits, and a grid of pairs after different other pairs; an [*ImpureError] says
// where two visits differ. With opts.Proven each is visited once.
func Full(ctx context.Context, o cosim.Opener, want *lut.Table, opts Options) (*Comparison, error) {
	s := o.Shape()
	switch {
	case s.Kind != cosim.Float:
		return nil, fault.Usagef("%v is for floating-point designs; of %v every pair was compared already", option.Full, s)
	case s.A > MaxFullBits:
		return nil, fault.Usagef("%v compares operands of up to %d bits, the design has %d: 2^%d pairs are out of reach",
			option.Full, MaxFullBits, s.A, 2*s.A)
	}
	format, err := s.Format()
	if err != nil {
		return nil, err
	}
	widen := format.P - want.Format.P
	if want.Format.Kind != lut.Mantissa || want.Format.A != format.A || widen < 0 {
		return nil, fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared", format, want.Format)
	}
	const blockPairs = 1 << 20
	n := uint32(1) << s.A
	rows := max(1, min(n, blockPairs/n))
	total := NewComparison()
	var mu sync.Mutex
	// Column by column the whole plane takes too long; the sample has that order.
	visits := HistoriesPure.visits(o)
	if opts.Histories == HistoriesPure {
		visits = visits[:2]
	}
	if opts.Proven {
		visits = visits[:1]
	}
	grid := sampleGrid(s)
	var blocks []cosim.Rect
	for a := uint32(0); a < n; a += rows {
		blocks = append(blocks, cosim.Rect{A0: a, NA: rows, NB: n})
	}
	count := newCounter(opts.Progress, uint64(len(visits))*uint64(n)*uint64(n))
	err = parallel(ctx, o, opts.jobs(), len(blocks), opts.Observe, func(ctx context.Context, d cosim.DUT, i int) error {
		r := blocks[i]
		got, err := visits[0].sweep(ctx, d, r)
		if err != nil {
			return err
		}
		count.add(r.Pairs())
		c := NewComparison()
		p := predictor{table: want, widen: widen, n: int(n)}
		for k := range int(rows) {
			p.compareRow(c, r.A0+uint32(k), got, k*int(n))
		}
		mu.Lock()
		total.merge(c)
		mu.Unlock()
		keep(grid, s, r, got)
		if len(visits) == 1 {
			return nil
		}
		first := got.Clone()
		for _, v := range visits[1:] {
			if got, err = v.sweep(ctx, d, r); err != nil {
				return err
			}
			count.add(r.Pairs())
			if k := first.Differs(got); k >= 0 {
				return explainImpure(ctx, d, r, v, k, first.At(k), got.At(k))
			}
		}
		return nil
	})
	if err == nil && total.Compared != uint64(n)*uint64(n) {
		return nil, fmt.Errorf("%d products of 2^%d were compared", total.Compared, 2*s.A)
	}
	if err == nil {
		h := histories{opener: o, opts: opts, grid: grid, blocks: blocks, count: count, columns: true, made: Visits{Sweeps: len(visits)}}
		err = h.finish(ctx)
	}
	return total, err
}

// gridBits is the number of bits of a row of the grid that is sampled: 2^22 pairs.
const gridBits = 11

// sampleGrid chooses operands of a float: of each stretch of values one, a special one
// where there is one.
func sampleGrid(s cosim.Shape) *cosim.Grid {
	bits := min(gridBits, s.A)
	drop := s.A - bits
	g := &cosim.Grid{Products: make([]uint32, 1<<(2*bits))}
	rng := rand.New(rand.NewPCG(3, 5))
	for i := range uint32(1) << bits {
		g.A = append(g.A, i<<drop|rng.Uint32N(1<<drop))
		g.B = append(g.B, i<<drop|rng.Uint32N(1<<drop))
	}
	m := s.A - 9
	for _, e := range []uint32{0, 1, cosim.One - 1, cosim.One, cosim.One + 1, 254, 255} {
		for sign := range uint32(2) {
			for _, f := range []uint32{1<<m - 1, 1, 0} { // zeros and infinities win
				v := sign<<(s.A-1) | e<<m | f
				g.A[v>>drop], g.B[v>>drop] = v, v
			}
		}
	}
	return g
}

// keep takes the products of a block that the grid has.
func keep(g *cosim.Grid, s cosim.Shape, r cosim.Rect, got cosim.Products) {
	columns := len(g.B)
	drop := s.A + 1 - bits.Len(uint(columns))
	for a := r.A0; a < r.A0+r.NA; a++ {
		row := int(a >> drop)
		if g.A[row] != a {
			continue
		}
		for i, b := range g.B {
			g.Products[row*columns+i] = got.At(int(a-r.A0)*int(r.NB) + int(b))
		}
	}
}

// predictor holds the buffers in which a row is predicted.
type predictor struct {
	table *lut.Table
	widen int // zeros behind the table's product at the design's port
	n     int // products of a row
	w16   []uint16
	w32   []uint32
}

// compareRow compares the n products from offset on with those predicted for
// operand a.
func (p *predictor) compareRow(c *Comparison, a uint32, got cosim.Products, offset int) {
	narrow := 9+p.table.Format.P <= 16
	if narrow && p.w16 == nil {
		p.w16 = make([]uint16, p.n)
	} else if !narrow && p.w32 == nil {
		p.w32 = make([]uint32, p.n)
	}
	c.Compared += uint64(p.n)
	var want func(b int) uint32
	if narrow {
		p.table.PredictRow16(a, p.w16)
		if got.U16 != nil && p.widen == 0 && equal(cosim.Products{U16: got.U16[offset : offset+p.n]}, cosim.Products{U16: p.w16}) {
			return
		}
		want = func(b int) uint32 { return uint32(p.w16[b]) << p.widen }
	} else {
		p.table.PredictRow32(a, p.w32)
		if got.U32 != nil && p.widen == 0 && equal(cosim.Products{U32: got.U32[offset : offset+p.n]}, cosim.Products{U32: p.w32}) {
			return
		}
		want = func(b int) uint32 { return p.w32[b] << p.widen }
	}
	fraction := p.table.Format.P + p.widen
	for b := range p.n {
		g, w := got.At(offset+b), want(b)
		if g == w {
			continue
		}
		addFloat(c, Mismatch{A: a, B: uint32(b), Want: w, Got: g}, fraction)
	}
}

// floatBits is the number of sign and exponent bits of a float.
const floatBits = 9

// addFloat counts a mismatch of floats with p fraction bits.
func addFloat(c *Comparison, m Mismatch, p int) {
	class := classify(m.Got, m.Want, p)
	diff := int64(0) // of fractions and exponents, where both are ordinary
	if class == classValue {
		diff = int64(m.Got) - int64(m.Want)
	}
	c.Add(m, diff, class)
}

func equal(a, b cosim.Products) bool { return a.Differs(b) < 0 }

// What can be wrong with a floating-point product.
const (
	classNaN    = "NaN expected"
	classNotNaN = "NaN not expected"
	classQuiet  = "NaN of another pattern"
	classInf    = "infinity expected"
	classNotInf = "infinity not expected"
	classZero   = "zero expected"
	classUnder  = "zero or subnormal not expected"
	classSign   = "sign"
	classMinus  = "sign of zero"
	classValue  = "value"
)

// classify says what is wrong with got, two products of 1 + 8 + p bits.
func classify(got, want uint32, p int) string {
	type number struct{ nan, inf, zero, sub, neg bool }
	read := func(x uint32) number {
		e, f := x>>p&0xff, x&(1<<p-1)
		return number{e == 255 && f != 0, e == 255 && f == 0, e == 0 && f == 0, e == 0 && f != 0, x>>(p+8)&1 == 1}
	}
	g, w := read(got), read(want)
	switch {
	case w.nan && g.nan:
		return classQuiet
	case w.nan:
		return classNaN
	case g.nan:
		return classNotNaN
	case w.inf && !g.inf:
		return classInf
	case g.inf && !w.inf:
		return classNotInf
	case w.zero && g.zero:
		return classMinus
	case w.zero:
		return classZero
	case g.zero || g.sub:
		return classUnder
	case g.neg != w.neg:
		return classSign
	}
	return classValue
}
