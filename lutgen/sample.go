package lutgen

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
)

// Expected says what the products of a sample should be: those of a function, or those of another design. Without
// either, the products of integers should be exact.
type Expected struct {
	// Product returns the product of two operands, all as bit patterns. Several goroutines call it at once.
	Product func(a, b uint64) cosim.Word
	Side    *Side
}

// SampleResult is what a comparison of a sample found. It proves nothing of pairs outside of the sample.
type SampleResult struct {
	Format     lut.Format `json:"-"`
	Exhaustive bool       `json:"exhaustive"` // false, always
	N          uint64     `json:"sample"`     // pairs drawn uniformly from all
	Seed       uint64     `json:"seed"`
	Generator  string     `json:"generator"`

	Compared   uint64               `json:"compared"` // pairs of all parts
	Mismatched uint64               `json:"mismatched"`
	Parts      map[string]PartCount `json:"parts"`

	// Bound is the rate of wrong pairs, among all pairs of operands, that the uniform pairs exclude.
	Bound  SampleBound `json:"bound"`
	Strata StrataCount `json:"strata"`

	First       []WideMismatch `json:"first,omitempty"` // in the order of the plan, at most KeepFirst
	NaNs        uint64         `json:"other_nans,omitempty"`
	SignedZeros bool           `json:"signed_zeros,omitempty"` // see Comparison

	Figures *SampleFigures `json:"metrics,omitempty"` // estimates; nil where there is no exact product to compare with

	Witnesses    []lut.Witness `json:"-"`
	RefWitnesses []lut.Witness `json:"golden_witnesses,omitempty"`
}

// Equal says whether every product was the expected one, and there were any.
func (r *SampleResult) Equal() bool { return r.Compared > 0 && r.Mismatched == 0 }

// PartCount counts the pairs of a part of a plan.
type PartCount struct {
	Compared   uint64 `json:"compared"`
	Mismatched uint64 `json:"mismatched"`
}

// SampleBound is a one-sided bound on a rate of wrong pairs.
type SampleBound struct {
	Confidence float64 `json:"confidence"`
	Rate       float64 `json:"rate"`
	OneIn      uint64  `json:"one_in"` // the rate is at most 1 in so many
}

func boundOf(wrong, n uint64) SampleBound {
	r := sample.Upper(wrong, n)
	return SampleBound{sample.Confidence, r, sample.OneIn(r)}
}

// StrataCount says how the pairs lie in the strata.
type StrataCount struct {
	Count int `json:"count"` // with pairs in them
	Whole int `json:"whole"` // of which every pair was compared
	// Least is the least number of random pairs in one of the others, Bound the rate of wrong pairs that it excludes,
	// in that stratum alone.
	Least uint64       `json:"least,omitempty"`
	Bound *SampleBound `json:"bound,omitempty"`
	Wrong []Stratum    `json:"wrong,omitempty"` // strata with mismatches, the ones with most of them first
}

// Stratum counts the pairs of a stratum.
type Stratum struct {
	A          string `json:"a"` // its operands: "2^12" for a leading one at bit 12
	B          string `json:"b"`
	Compared   uint64 `json:"compared"`
	Mismatched uint64 `json:"mismatched"`
}

// WideMismatch is a pair whose product is not the expected one, as bit patterns.
type WideMismatch struct {
	Part sample.Part `json:"part"`
	A    cosim.Word  `json:"a"`
	B    cosim.Word  `json:"b"`
	Want cosim.Word  `json:"want"`
	Got  cosim.Word  `json:"got"`

	number uint64 // in the plan
}

// Sample compares the pairs of a plan. The result does not depend on the number of jobs. A mismatch is no error; that
// two simulators of a design disagree is a [*DisagreeError].
func Sample(ctx context.Context, design Side, want Expected, plan *sample.Plan, opts ExhaustiveOptions) (*SampleResult, error) {
	x, err := newSampling(design, want, plan)
	if err != nil {
		return nil, err
	}
	count := newCounter(opts.Progress, plan.Total())
	x.sums = make([]sampleSums, plan.Blocks())
	err = parallel(ctx, x, Options{Jobs: opts.Jobs}.jobs(), plan.Blocks(), nil, func(ctx context.Context, d cosim.DUT, i int) error {
		n, err := d.(*sampler).block(ctx, i)
		if err == nil {
			count.add(uint64(n))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.result()
}

// mostOf takes from a side how many uniform pairs its others have a part in, all of them if it is 0.
func mostOf(s *Side) uint64 {
	n := s.Sample
	s.Sample = 0
	return n
}

// sampling is a comparison of a sample.
type sampling struct {
	*openSide
	ref   *openSide
	want  func(a, b uint64) cosim.Word
	plan  *sample.Plan
	shape cosim.Shape
	rules *floatRules // of floats
	// Uniform pairs that the other builds of a function in C form; 0 for all.
	most, refMost uint64
	sums          []sampleSums // of each block

	mu      sync.Mutex
	workers []*sampler
}

func newSampling(design Side, want Expected, plan *sample.Plan) (*sampling, error) {
	s := design.Shape()
	most := mostOf(&design)
	x := &sampling{openSide: newOpenSide(design), most: most, want: want.Product, plan: plan, shape: s}
	switch {
	case s != plan.Shape:
		return nil, fmt.Errorf("the plan is one of %v, the design is %v", plan.Shape, s)
	case want.Side != nil:
		if o := want.Side.Shape(); o != s {
			return nil, fault.Usagef("the design is %v, the golden one %v: they cannot be compared", s, o)
		}
		side := *want.Side
		x.refMost = mostOf(&side)
		x.ref = newOpenSide(side)
	case want.Product == nil && s.Kind == cosim.Float:
		return nil, fault.Usagef("floats are compared with a model of their rules, or with another design")
	case want.Product == nil && s.P < s.A+s.B && s.Part == (lut.Part{}):
		return nil, fault.Usagef("the product port has %d bits, the exact product of %d × %d bits has %d: "+
			"name another golden model, or the whole product with %v", s.P, s.A, s.B, s.A+s.B, option.P)
	case want.Product == nil:
		x.want = func(a, b uint64) cosim.Word { return exactProduct(s, a, b) }
	}
	if s.Kind == cosim.Float {
		x.rules = newFloatRules(s.Numbers(), x.ref == nil)
	}
	return x, nil
}

// Open implements cosim.Opener: it returns a sampler.
func (x *sampling) Open(ctx context.Context) (cosim.DUT, error) {
	w := &sampler{x: x, compared: make([]uint64, x.plan.Strata()), wrong: make([]uint64, x.plan.Strata()),
		random: make([]uint64, x.plan.Strata())}
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
	x.mu.Lock()
	defer x.mu.Unlock()
	x.workers = append(x.workers, w)
	return w, nil
}

// sampler is one job of a comparison, with instances and counts of its own.
type sampler struct {
	*instances
	x   *sampling
	ref *instances

	compared, wrong, random []uint64 // of each stratum: pairs, mismatches, pairs that were drawn
	parts                   [sample.Parts]PartCount
	first                   []WideMismatch
	zeros                   zeroCounts
	nans                    uint64
}

// Close implements cosim.DUT.
func (w *sampler) Close() error {
	err := w.instances.Close()
	if w.ref != nil {
		err = cmp.Or(err, w.ref.Close())
	}
	return err
}

// block compares the pairs of a block and returns how many there are.
func (w *sampler) block(ctx context.Context, i int) (int, error) {
	part, a, b := w.x.plan.Block(i)
	asked := func(most uint64) bool { return most == 0 || part != sample.Uniform || w.x.plan.Before(i) < most }
	got, err := w.words(ctx, a, b, asked(w.x.most))
	if err != nil {
		return 0, err
	}
	var want []cosim.Word
	if w.ref != nil {
		if want, err = w.ref.words(ctx, a, b, asked(w.x.refMost)); err != nil {
			return 0, fmt.Errorf("golden design: %w", err)
		}
	}
	f, s := w.x.shape.Numbers(), &w.x.sums[i]
	s.uniform = part == sample.Uniform
	for k, p := range got {
		stratum := w.x.plan.Stratum(a[k], b[k])
		w.compared[stratum]++
		w.parts[part].Compared++
		if part != sample.Directed {
			w.random[stratum]++
		}
		if f.Kind == lut.Mantissa {
			s.addFloat(f, a[k], b[k], p)
		} else if w.x.shape.P >= w.x.shape.A+w.x.shape.B {
			s.addInteger(w.x.shape, a[k], b[k], p)
		}
		var q cosim.Word
		if want != nil {
			q = want[k]
		} else {
			q = w.x.want(a[k], b[k])
		}
		if p == q {
			if w.x.rules == nil || !w.x.rules.signs || !w.x.rules.zero(q) {
				continue
			}
		}
		m := WideMismatch{part, cosim.Word{Lo: a[k]}, cosim.Word{Lo: b[k]}, q, p, uint64(i)<<32 | uint64(k)}
		if w.x.rules != nil && w.x.rules.excused(w, stratum, m) {
			continue
		}
		w.wrong[stratum]++
		w.parts[part].Mismatched++
		if len(w.first) < KeepFirst {
			w.first = append(w.first, m)
		}
	}
	return len(a), nil
}

// words forms products in every simulator of a side. Where structure does not prove that they depend on their operands
// alone, the first forms them once for each visit, with open bits 0, 1 and random, and the second time in the opposite
// order. asked says whether the others form them too.
func (in *instances) words(ctx context.Context, a, b []uint64, asked bool) ([]cosim.Word, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	proven := in.side.Visits <= 1
	form := func(d cosim.DUT, fill cosim.Fill, a, b []uint64) ([]cosim.Word, error) {
		if !proven || !in.began { // nothing is left behind that a reset would have to clear
			if err := d.Reset(ctx, fill); err != nil {
				return nil, err
			}
		}
		p := make([]cosim.Word, len(a))
		return p, cosim.EvalWords(ctx, d, a, b, p)
	}
	got, err := form(in.DUT, cosim.FillZeros, a, b)
	if err != nil {
		return nil, err
	}
	if !proven {
		if err := in.again(a, b, got, func(fill cosim.Fill, a, b []uint64) ([]cosim.Word, error) {
			return form(in.DUT, fill, a, b)
		}); err != nil {
			return nil, err
		}
	}
	for i, d := range in.others {
		if !asked {
			break
		}
		said, err := form(d, cosim.FillZeros, a, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.side.Others[i].Describe(), err)
		}
		if !slices.EqualFunc(got, said, in.side.same) {
			return nil, in.disagreeWords(ctx, i, a, b, got, said)
		}
		in.side.count[i].Add(uint64(len(a)))
	}
	in.began = true
	return got, nil
}

// same says whether two simulators, or two builds of a function in C, have the same product. C leaves the sign and the
// payload of a NaN open.
func (s *openSide) same(x, y cosim.Word) bool {
	if x == y {
		return true
	}
	_, model := s.Opener.(ModelOpener)
	shape := s.Shape()
	if !model || shape.Kind != cosim.Float {
		return false
	}
	r := newFloatRules(shape.Numbers(), false)
	return r.nan(x) && r.nan(y)
}

// again compares products with those of further visits.
func (in *instances) again(a, b []uint64, got []cosim.Word,
	form func(fill cosim.Fill, a, b []uint64) ([]cosim.Word, error)) error {
	for n, fill := range []cosim.Fill{cosim.FillOnes, cosim.FillRandom}[:in.side.Visits-1] {
		x, y, want := slices.Clone(a), slices.Clone(b), slices.Clone(got)
		history := "after the same pairs, with other values of open bits"
		if n == 0 {
			slices.Reverse(x)
			slices.Reverse(y)
			slices.Reverse(want)
			history = "in the opposite order, with other values of open bits"
		}
		p, err := form(fill, x, y)
		if err != nil {
			return err
		}
		for k := range p {
			if p[k] != want[k] {
				return &StateError{A: x[k], B: y[k], First: want[k], Second: p[k], History: history, Output: outputOf(in.DUT)}
			}
		}
	}
	return nil
}

// StateError is [*ImpureError] for a pair of a sample.
type StateError struct {
	A, B          uint64 // operands, as at the ports
	First, Second cosim.Word
	History       string // how the second product came about
	Output        string // the last lines that the design printed
}

func (e *StateError) Error() string {
	s := fmt.Sprintf("the product is no function of the operands: a = %#x, b = %#x gave %v, then %v (%s): state leaks from one product "+
		"to the next, or bits depend on X (a latch, a register without reset, a static variable, a wrong %v or %v)",
		e.A, e.B, e.First, e.Second, e.History, option.Latency, option.Reset)
	if e.Output != "" {
		s += "\nlast output of the design:\n  " + e.Output
	}
	return s
}

// disagreeWords says that two simulators differ.
func (in *instances) disagreeWords(ctx context.Context, other int, a, b []uint64, x, y []cosim.Word) error {
	e := &DisagreeError{Compared: uint64(len(x))}
	for k := range x {
		if in.side.same(x[k], y[k]) {
			continue
		}
		if e.Differ++; e.Differ == 1 {
			e.A, e.B = a[k], b[k]
			e.Voices = []Voice{{toolName(in.side.Opener), x[k].String()}, {toolName(in.side.Others[other]), y[k].String()}}
		}
	}
	if in.side.Explain != nil {
		in.side.Explain(ctx, e)
	}
	return e
}

// result adds up what the workers found.
func (x *sampling) result() (*SampleResult, error) {
	p := x.plan
	r := &SampleResult{Format: x.shape.Numbers(), N: p.N, Seed: p.Seed, Generator: sample.Generator, Parts: map[string]PartCount{}}
	var zeros zeroCounts
	compared, wrong, random := make([]uint64, p.Strata()), make([]uint64, p.Strata()), make([]uint64, p.Strata())
	var parts [sample.Parts]PartCount
	for _, w := range x.workers {
		for i := range compared {
			compared[i] += w.compared[i]
			wrong[i] += w.wrong[i]
			random[i] += w.random[i]
		}
		for i, n := range w.parts {
			parts[i].Compared += n.Compared
			parts[i].Mismatched += n.Mismatched
		}
		r.First = append(r.First, w.first...)
		r.NaNs += w.nans
		zeros.merge(&w.zeros)
	}
	if x.rules != nil && x.rules.signs {
		violations := zeros.decide()
		r.SignedZeros = violations == &zeros.signed
		for i, n := range violations.strata {
			wrong[i] += n
		}
		for i, n := range violations.parts {
			parts[i].Mismatched += n
		}
		r.First = append(r.First, violations.first...)
	}
	slices.SortFunc(r.First, func(a, b WideMismatch) int { return cmp.Compare(a.number, b.number) })
	r.First = r.First[:min(len(r.First), KeepFirst)]
	for i, n := range parts {
		r.Parts[sample.Part(i).String()] = n
		r.Compared += n.Compared
		r.Mismatched += n.Mismatched
	}
	if r.Compared != p.Total() || parts[sample.Uniform].Compared != p.N {
		return nil, fmt.Errorf("%d products of %d were compared", r.Compared, p.Total())
	}
	r.Bound = boundOf(parts[sample.Uniform].Mismatched, p.N)
	r.strata(p, compared, wrong, random)
	r.Witnesses = x.witnesses(r.Compared)
	if x.ref != nil {
		r.RefWitnesses = x.ref.witnesses(r.Compared)
	}
	r.Figures = figuresOf(x.shape, x.sums)
	return r, nil
}

// strata counts strata and lists those with mismatches.
func (r *SampleResult) strata(p *sample.Plan, compared, wrong, random []uint64) {
	s := &r.Strata
	for i, n := range compared {
		switch {
		case p.Size(i) == 0:
			continue
		case p.Whole(i):
			s.Whole++
		case s.Least == 0 || random[i] < s.Least:
			s.Least = random[i]
		}
		s.Count++
		if wrong[i] > 0 {
			a, b := p.StratumName(i)
			s.Wrong = append(s.Wrong, Stratum{a, b, n, wrong[i]})
		}
	}
	if s.Least > 0 {
		b := boundOf(0, s.Least)
		s.Bound = &b
	}
	slices.SortStableFunc(s.Wrong, func(a, b Stratum) int { return cmp.Compare(b.Mismatched, a.Mismatched) })
}
