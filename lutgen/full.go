package lutgen

import (
	"context"
	"errors"
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
// and the rules of lut.Table.MulNarrow predict, or with what opts.Row says. A product port wider than the
// table's product is expected to end in zeros.
//
// Of a format other than e8mY, a NaN of any pattern is one where one is expected: IEEE 754 leaves its sign and
// payload open. Zero products are all +0, or all have the sign that other products have; the design's product of
// −1 and +0 decides which is expected of every pair. The comparison says which, and counts the other NaNs.
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
	if !want.Format.SameNumbers(format) || widen < 0 {
		return nil, fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared", format, want.Format)
	}
	const blockPairs = 1 << 20
	n := uint32(1) << s.A
	rows := max(1, min(n, blockPairs/n))
	total := NewComparison()
	if total.SignedZeros, err = signedZeros(ctx, o, format); err != nil {
		return nil, err
	}
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
		p := predictor{table: want, row: opts.Row, signedZeros: total.SignedZeros, widen: widen, n: int(n)}
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
	m, one, largest := s.Fraction(), s.One(), uint32(1)<<(s.A-1-s.Fraction())-1
	for _, e := range []uint32{0, 1, one - 1, one, one + 1, largest - 1, largest} {
		for sign := range uint32(2) {
			for _, f := range []uint32{1<<m - 1, 1, 0} { // zeros and infinities win
				v := sign<<(s.A-1) | e<<m | f&(1<<m-1)
				g.A[v>>drop], g.B[v>>drop] = v, v
			}
		}
	}
	return g
}

// signedZeros asks the design for −1 · +0: whether its zero products have signs. Those of e8mY have none.
func signedZeros(ctx context.Context, o cosim.Opener, f lut.Format) (is bool, err error) {
	if f.AMSim() {
		return false, nil
	}
	d, err := o.Open(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Reset(ctx, cosim.FillZeros); err != nil {
		return false, err
	}
	p := make([]uint32, 1)
	minusOne := f.One()<<f.A | 1<<(f.FloatExtra()+f.A-1)
	if err := d.Eval(ctx, []uint32{minusOne}, []uint32{0}, p); err != nil {
		return false, err
	}
	return p[0] == 1<<(f.FloatExtra()+f.P-1), nil
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
	table       *lut.Table
	row         func(a uint32, products []uint32) // instead of the table's rules
	signedZeros bool
	widen       int // zeros behind the table's product at the design's port
	n           int // products of a row
	w16         []uint16
	w32         []uint32
}

// compareRow compares the n products from offset on with those predicted for
// operand a.
func (p *predictor) compareRow(c *Comparison, a uint32, got cosim.Products, offset int) {
	f := p.table.Format
	narrow := f.FloatExtra()+f.P <= 16 && p.row == nil && !p.signedZeros
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
		p.predictWide(a)
		if got.U32 != nil && p.widen == 0 && equal(cosim.Products{U32: got.U32[offset : offset+p.n]}, cosim.Products{U32: p.w32}) {
			return
		}
		want = func(b int) uint32 { return p.w32[b] << p.widen }
	}
	f.P += p.widen
	for b := range p.n {
		g, w := got.At(offset+b), want(b)
		if g == w {
			continue
		}
		m := Mismatch{A: a, B: uint32(b), Want: w, Got: g}
		if !f.AMSim() && f.IsNaN(g) && f.IsNaN(w) {
			c.addNaN(m)
			continue
		}
		addFloat(c, m, f)
	}
}

// predictWide predicts a row of products of any width.
func (p *predictor) predictWide(a uint32) {
	if p.row != nil {
		p.row(a, p.w32)
	} else {
		p.table.PredictRow32(a, p.w32)
	}
	if !p.signedZeros {
		return
	}
	f := p.table.Format
	top, minus := f.FloatExtra()+f.A-1, uint32(1)<<(f.FloatExtra()+f.P-1)
	for b, w := range p.w32 {
		if w == 0 && (a^uint32(b))>>top != 0 {
			p.w32[b] = minus
		}
	}
}

// addFloat counts a mismatch of floats of a format.
func addFloat(c *Comparison, m Mismatch, f lut.Format) {
	class := classify(m.Got, m.Want, f)
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
	classSub    = "subnormal expected"
	classSign   = "sign"
	classMinus  = "sign of zero"
	classValue  = "value"
)

// classify says what is wrong with got, two products' codes of a format.
func classify(got, want uint32, f lut.Format) string {
	p, sign := f.P, f.FloatExtra()+f.P-1
	type number struct{ nan, inf, zero, sub, neg bool }
	read := func(x uint32) number {
		magnitude := x & (1<<sign - 1)
		return number{f.IsNaN(x), f.IsInfinite(x), magnitude == 0, magnitude != 0 && magnitude>>p == 0, x>>sign&1 == 1}
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
	case w.sub && !g.sub:
		return classSub
	case g.zero || g.sub && !w.sub:
		return classUnder
	case g.neg != w.neg:
		return classSign
	}
	return classValue
}
