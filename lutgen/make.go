package lutgen

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Options of a sweep.
type Options struct {
	// Jobs is the number of instances that run side by side; 0 means one per
	// core.
	Jobs int
	// Fraction is the number of fraction bits to keep of a floating-point
	// product; 0 keeps what the product port has or, for a port of 32 bits, what
	// the products use.
	Fraction int
	// Progress, if not nil, is told how many products are done. It may be
	// called from several goroutines at once.
	Progress func(done, total uint64)
	// Observe, if not nil, gets each instance before it is closed.
	Observe func(ctx context.Context, d cosim.DUT) error
	// Others are the same design in other simulators: every product must be the
	// one that they have too.
	Others []cosim.Opener
	// Proven: structure proves that products depend on the operands alone, so that
	// Full need not form each of them twice.
	Proven bool
	// Sampled lists simulators that were asked for some of the products, for the
	// table.
	Sampled []lut.Witness
	// Function says how it is known that products depend on their operands alone,
	// for the table; empty: that histories were sampled.
	Function string
	// Explain, if not nil, adds what is known of a disagreement.
	Explain func(ctx context.Context, e *DisagreeError)
	// Row, if not nil, says what Full expects of operand a with 0, 1, 2, …, instead of the rules of the
	// table's format: those would round a subnormal result for the second time. Of a zero product it
	// expects +0, of a NaN the format's. Several goroutines call it at once.
	Row func(a uint32, products []uint32)
	// Codes, unless it is the zero value, are what Table's unsigned operands and products are codes of.
	Codes lut.Codings
	// Histories says which visits of the pairs are made.
	Histories Histories
	// Visits, if not nil, is told which visits were made.
	Visits *Visits
}

func (o Options) jobs() int {
	if o.Jobs > 0 {
		return o.Jobs
	}
	return runtime.GOMAXPROCS(0)
}

// smallTable is the number of pairs below which a second process costs more
// than it brings.
const smallTable = 1 << 18

// Make evaluates every operand pair of a design's table, several times: in
// different orders, with different values of open bits and, unless the design is
// known to have no state, after different pairs. It fails with an [*ImpureError]
// where two visits differ, and with a *cosim.DesignError where
// the design ends, hangs or crashes.
func Make(ctx context.Context, o cosim.Opener, opts Options) (*lut.Table, error) {
	shape := o.Shape()
	format, err := shape.Format()
	if err != nil {
		return nil, err
	}
	whole := tableRect(shape, format)
	products := make([]uint32, format.Pairs())
	jobs := opts.jobs()
	if format.Pairs() <= smallTable {
		jobs = 1
	}
	blocks := rowBlocks(whole, jobs)
	visits := opts.Histories.visits(o)
	count := newCounter(opts.Progress, uint64(len(visits))*uint64(format.Pairs()))
	err = parallel(ctx, o, jobs, len(blocks), opts.Observe, func(ctx context.Context, d cosim.DUT, i int) error {
		r := blocks[i]
		out := products[int(r.A0-whole.A0)*format.Cols():][:r.Pairs()]
		for n := range visits {
			got, err := visits[n].sweep(ctx, d, r)
			if err != nil {
				return err
			}
			for k := range out {
				p := got.At(k)
				if n == 0 {
					out[k] = p
				} else if p != out[k] {
					return explainImpure(ctx, d, r, visits[n], k, out[k], p)
				}
			}
			count.add(r.Pairs())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	h := histories{opener: o, opts: opts, grid: gridOf(whole, products), blocks: blocks, count: count, made: Visits{Sweeps: len(visits)}}
	if err := h.finish(ctx); err != nil {
		return nil, err
	}
	agreed, err := opts.agree(ctx, o, whole, func(i int) uint32 { return products[i] })
	if err != nil {
		return nil, err
	}
	t, err := assemble(o, format, whole, products, opts.Fraction)
	if err != nil {
		return nil, err
	}
	t.Witnesses, t.Function = opts.witnesses(o, agreed), opts.Function
	if opts.Function == "" {
		t.Function = h.made.String()
	}
	return t, nil
}

// tableRect returns the operands at the ports that a table's operands are: for
// floats 1.x, with the exponent field of 1.0.
func tableRect(s cosim.Shape, f lut.Format) cosim.Rect {
	r := cosim.Rect{NA: uint32(f.Rows()), NB: uint32(f.Cols())}
	if s.Kind == cosim.Float {
		r.A0 = s.One() << f.A
		r.B0 = s.One() << f.B
	}
	return r
}

// rowBlocks cuts a rectangle of 2^n rows into equal blocks of 2^k: several per
// job, none too small to be worth a call or too large for the shared memory.
func rowBlocks(r cosim.Rect, jobs int) []cosim.Rect {
	const largest = 1 << 18 // pairs: a slow design still shows progress
	rows := r.NA
	for rows > 1 && (int(r.NA/rows) < 2*jobs && jobs > 1 || uint64(rows)*uint64(r.NB) > largest) {
		rows /= 2
	}
	var out []cosim.Rect
	for a := uint32(0); a < r.NA; a += rows {
		out = append(out, cosim.Rect{A0: r.A0 + a, NA: rows, B0: r.B0, NB: r.NB})
	}
	return out
}

// assemble turns products as the port shows them into table entries.
func assemble(o cosim.Opener, format lut.Format, r cosim.Rect, products []uint32, fraction int) (*lut.Table, error) {
	if o.Shape().Kind == cosim.Float {
		for i, p := range products {
			entry := p - format.One()<<format.P
			if entry>>(format.P+1) != 0 {
				a, b := r.A0+uint32(i)/r.NB, r.B0+uint32(i)%r.NB
				return nil, fmt.Errorf("the product of %#x and %#x is %#x, which is not between 1 and 4: "+
					"the design is no floating-point multiplier with operands of 1 sign, %d exponent and %d mantissa bits; "+
					"for another format name it with %v e5m10, for integers say %v uint",
					a, b, p, format.ExponentBits(), format.A, option.Format, option.Kind)
			}
			products[i] = entry
		}
		drop, err := droppedBits(format, products, fraction)
		if err != nil {
			return nil, err
		}
		format.P -= drop
		for i := range products {
			products[i] >>= drop
		}
	}
	if _, ok := o.Shape().Kind.Integer(); ok {
		var err error
		if format, err = withoutExtension(o.Shape(), format, r, products); err != nil {
			return nil, err
		}
	}
	t, err := lut.New("", format)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	t.Sources, t.Options, t.Tools = o.Sources(), o.Options(), o.Tools()
	for i, p := range products {
		t.Set(uint32(i)/r.NB, uint32(i)%r.NB, p)
	}
	return t, nil
}

// withoutExtension drops the bits of a port above those of the product if in every product they are copies of its sign,
// or zeros of an unsigned one. If they are not, they are part of the table's products.
func withoutExtension(s cosim.Shape, f lut.Format, r cosim.Rect, products []uint32) (lut.Format, error) {
	if s.P <= f.P {
		return f, nil
	}
	low := uint32(1)<<f.P - 1
	for i, p := range products {
		if uint32(f.NumberP(p&low))&uint32(uint64(1)<<s.P-1) == p {
			continue
		}
		wide := f
		if wide.P = s.P; wide.Validate() != nil {
			return f, fault.Usagef("the product of %#x and %#x is %#x, of which bits %d to %d are not the extension of bits %d to 0: "+
				"a table holds products of up to %d bits; name the product's bits with %v 'port[%d:0]'",
				r.A0+uint32(i)/r.NB, r.B0+uint32(i)%r.NB, p, s.P-1, f.P, f.P-1, lut.MaxProduct, option.P, f.P-1)
		}
		return wide, nil
	}
	for i := range products {
		products[i] &= low
	}
	return f, nil
}

// Extension says in words what the bits of a product's port above those of a table are, which Make found; empty if
// there are none.
func Extension(s cosim.Shape, f lut.Format) string {
	if _, ok := s.Kind.Integer(); !ok || s.P <= f.P {
		return ""
	}
	above := fmt.Sprintf("bits %d to %d of the product's port are ", s.P-1, f.P)
	if s.P-1 == f.P {
		above = fmt.Sprintf("bit %d of the product's port is ", f.P)
	}
	what := "0"
	if f.Kind.SignedProduct() {
		what = fmt.Sprintf("the sign, bit %d,", f.P-1)
	}
	return above + what + " in all " + humanize.Comma(int64(f.Pairs())) + " products"
}

// droppedBits returns how many low fraction bits a table can do without: down
// to the wanted width, or for binary32 products to what they use, at least m.
func droppedBits(f lut.Format, entries []uint32, want int) (int, error) {
	var used uint32
	for _, e := range entries {
		used |= e
	}
	free := min(bits.TrailingZeros32(used), f.P)
	switch {
	case want > f.P:
		return 0, fault.Usagef("%v %d: the product has %d fraction bits", option.Fraction, want, f.P)
	case want > 0 && f.P-want > free:
		return 0, fault.Usagef("%v %d: the products use %d fraction bits", option.Fraction, want, f.P-free)
	case want > 0:
		return f.P - want, nil
	case f.P == lut.MaxFraction && f.A < f.P:
		return min(free, f.P-f.A), nil
	}
	return 0, nil
}
