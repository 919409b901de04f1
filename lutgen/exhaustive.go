package lutgen

import (
	"context"
	"fmt"
	"sync"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Reference says what the products of a design should be: those of a function, or
// those of another design. Without either they should be exact.
type Reference struct {
	// Row writes the products of a with 0, 1, 2, …, all as bit patterns. Several
	// goroutines call it at once.
	Row  func(a uint32, products []uint32)
	Side *Side
}

// ExhaustiveOptions says how all pairs are compared.
type ExhaustiveOptions struct {
	Jobs int // instances of each design side by side; 0 means three for two cores
	// Progress, if not nil, is told how many products are done, from several
	// goroutines at once.
	Progress func(done, total uint64)
	// Map says that the result has an ErrorMap, of integers.
	Map bool
}

// chunkPairs is the number of pairs that are compared at a time: their products fit
// the second-level cache.
const chunkPairs = 1 << 16

// Exhaustive compares all operand pairs of a design with a reference, without a
// table: integers of up to cosim.MaxExhaustive bits, floats of up to MaxFullBits.
// Of integers it returns the error figures against the exact product too. The
// result does not depend on the number of jobs. A mismatch is no error; that two
// simulators of a design disagree is a [*DisagreeError].
func Exhaustive(ctx context.Context, design Side, ref Reference, opts ExhaustiveOptions) (*CheckResult, error) {
	x, err := newExhaustive(design, ref)
	if err != nil {
		return nil, err
	}
	x.mapped = opts.Map && x.figures != nil
	rows := min(uint32(1)<<x.shape.A, max(1, uint32(chunkPairs)>>x.shape.B))
	items := 1 << x.shape.A / int(rows)
	total := uint64(1) << (x.shape.A + x.shape.B)
	count := newCounter(opts.Progress, total)
	jobs := opts.Jobs
	if jobs == 0 { // each waits a third of the time for its simulators to begin
		jobs = (3*Options{}.jobs() + 1) / 2
	}
	err = parallel(ctx, x, jobs, items, nil, func(ctx context.Context, d cosim.DUT, i int) error {
		r := cosim.Rect{A0: uint32(i) * rows, NA: rows, NB: 1 << x.shape.B}
		if err := d.(*comparer).chunk(ctx, r); err != nil {
			return err
		}
		count.add(r.Pairs())
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &CheckResult{Format: x.format, Pairs: NewComparison()}
	var spread tally
	for _, w := range x.workers {
		if x.ref == nil && x.want == nil { // of exact products, what errs differs
			w.errors.compared = w.mismatches.compared
			w.errors.into(r.Pairs)
		} else {
			w.mismatches.into(r.Pairs)
		}
		spread.merge(&w.errors)
	}
	if r.Pairs.Compared != total {
		return nil, fmt.Errorf("%d products of %d were compared", r.Pairs.Compared, total)
	}
	if r.Pairs.Mismatched > 0 && x.exchange != nil || r.Pairs.Mismatched > 0 && x.figures == nil && x.shape.A == x.shape.B {
		if r.Pairs.Exchanged, err = x.equalExchanged(ctx, r.Pairs.First); err != nil {
			return nil, err
		}
	}
	r.Witnesses = x.witnesses(total)
	if x.ref != nil {
		r.RefWitnesses = x.ref.witnesses(total)
	}
	if x.figures == nil {
		return r, nil
	}
	m := x.figures.Metrics()
	if m.Commutes, m.CounterExample, err = x.commutes(ctx); err != nil {
		return nil, err
	}
	r.Metrics, r.Errors = &m, spread.spread()
	if x.mapped {
		r.Map = lut.NewErrorMap(x.format)
		for _, w := range x.workers {
			r.Map.Merge(w.picture)
		}
		if n := r.Map.Pairs(); n != uint64(m.RelPairs) {
			return nil, fmt.Errorf("the histogram has %d errors of %d", n, m.RelPairs)
		}
	}
	return r, nil
}

// exhaustive is a comparison of all pairs; it opens the instances of both designs
// that a job needs.
type exhaustive struct {
	*openSide // of the design
	ref       *openSide
	want      func(a uint32, products []uint32)
	shape     cosim.Shape
	format    lut.Format
	figures   *lut.Figures // nil for floats
	exchange  *exchange    // nil where operands differ in width
	mapped    bool

	mu      sync.Mutex
	workers []*comparer
}

func newExhaustive(design Side, ref Reference) (*exhaustive, error) {
	s := design.Shape()
	x := &exhaustive{openSide: newOpenSide(design), want: ref.Row, shape: s, format: s.Numbers()}
	kind, integer := s.Kind.Integer()
	switch {
	case s.Kind == cosim.Float && s.A > MaxFullBits:
		return nil, fault.Usagef("all pairs are compared of operands of up to %d bits, the design has %d: 2^%d pairs are out of reach", MaxFullBits, s.A, 2*s.A)
	case !integer && s.Kind != cosim.Float, s.A > cosim.MaxExhaustive, s.B > cosim.MaxExhaustive, s.P > cosim.MaxProduct:
		return nil, fault.Usagef("%v is no format of which all pairs are compared", s)
	case ref.Side == nil && !integer:
		return nil, fault.Usagef("all pairs of floats are compared with a table's rules, or with another design")
	case ref.Side == nil && ref.Row == nil && s.Part != lut.Part{}:
		return nil, fault.Usagef("%v has a part of the product: name the bits that it should be", s)
	case ref.Side == nil && ref.Row == nil && s.P < s.A+s.B:
		return nil, fault.Usagef("the product port has %d bits, the exact product of %d × %d bits has %d: "+
			"name another golden model, or the whole product with %v", s.P, s.A, s.B, s.A+s.B, option.P)
	}
	if ref.Side != nil {
		if o := ref.Side.Shape(); o != s {
			return nil, fault.Usagef("the design is %v, the golden one %v: they cannot be compared", s, o)
		}
		x.ref = newOpenSide(*ref.Side)
	}
	if integer {
		x.figures = lut.NewFigures(x.format)
		if s.A == s.B && !kind.Mixed() {
			x.exchange = newExchange(1 << s.A)
		}
	}
	return x, nil
}

// Open implements cosim.Opener: it returns a comparer.
func (x *exhaustive) Open(ctx context.Context) (cosim.DUT, error) {
	w := &comparer{x: x}
	var err error
	if w.instances, err = x.openSide.open(ctx); err != nil {
		return nil, err
	}
	if x.ref != nil {
		if w.ref, err = x.ref.open(ctx); err != nil {
			w.instances.Close()
			return nil, err
		}
	}
	if x.exchange != nil {
		w.columns = make([]uint64, 1<<x.shape.B)
	}
	w.wanted = make([]uint32, 1<<x.shape.B)
	if x.mapped {
		w.picture = lut.NewErrorMap(x.format)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.workers = append(x.workers, w)
	return w, nil
}
