package witness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/icarus"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// maxSplitPairs is the largest table of which Icarus Verilog computes every product
// where there is no netlist, or Verilator has it and not the source.
const maxSplitPairs = 1 << 16

// survey is Icarus Verilog's result for the pairs in which x and z are searched.
type survey struct {
	bench *icarus.Bench
	a, b  []uint32
	whole bool          // these are all pairs of the ports
	slow  time.Duration // of processor time, in which there were fewer products than were asked for; 0: all were formed
	got   []icarus.Product
	err   error
}

// askIcarus compiles the design and forms the products of the survey.
func askIcarus(ctx context.Context, r *cosim.RTL) *survey {
	s := &survey{}
	if r.Shape().Beyond32() {
		return s
	}
	if s.bench, s.err = icarus.Open(ctx, r); s.err == nil {
		s.a, s.b, s.whole = icarus.Survey(r.Shape())
		s.within(ctx, surveyTime)
	}
	return s
}

// surveyTime is the processor time in which the products of the survey are formed. Most designs take seconds.
const surveyTime = time.Minute

// within forms the products of the survey, or of half as many as so much processor time was enough for.
func (s *survey) within(ctx context.Context, most time.Duration) {
	s.got, s.err = s.bench.EvalWithin(ctx, most, s.a, s.b)
	var slow *icarus.SlowError
	if errors.As(s.err, &slow) && slow.Done > 1 {
		n := slow.Done / 2 // again, since the end of that simulation did not vouch for its products
		s.a, s.b, s.whole, s.slow = s.a[:n], s.b[:n], false, most
		s.got, s.err = s.bench.Eval(ctx, s.a, s.b)
	}
}

// fourState takes what Icarus Verilog, which has four states, says of x and z, and
// whether it has the products that the other simulators have: for every pair up to
// 2^14, above that for directed and random ones. Where there is no netlist, or
// Verilator got it too, Icarus Verilog reads the sources for the second time, and
// computes the whole table if that is small enough.
func (d *Design) fourState(ctx context.Context, s *survey) error {
	if d.RTL.Shape().Beyond32() {
		d.Unsearched = "Icarus Verilog takes ports of up to 32 bits"
		if d.RTL.Split && d.Alone == "" {
			d.Alone = "Verilator has the netlist of Yosys (UNOPTFLAT)"
		}
		return nil
	}
	if s.bench == nil {
		var unread *icarus.ReadError
		if errors.As(s.err, &unread) || fault.Status(s.err) == fault.Missing {
			d.Unsearched = s.err.Error()
			if d.RTL.Split && d.Alone == "" {
				d.Alone = "Verilator has the netlist of Yosys (UNOPTFLAT), and " + d.Unsearched
			}
			return nil
		}
	}
	if s.err != nil {
		return s.err
	}
	bench, a, b, got := s.bench, s.a, s.b, s.got
	d.bench = bench
	d.slow = s.slow
	d.whole = s.whole && d.RTL.Shape().Kind != cosim.Float
	if (d.RTL.Split || d.Netlist == nil) && d.verilated && !d.whole {
		if moreA, moreB := d.tablePairs(); len(moreA) > 0 {
			more, err := bench.Eval(ctx, moreA, moreB)
			if err != nil {
				return err
			}
			a, b, got = append(a, moreA...), append(b, moreB...), append(got, more...)
			d.whole = true
		}
	}
	if err := bench.Unknown(a, b, got); err != nil {
		return fault.Failedf("%s: %w", d.RTL.Design.Top, err)
	}
	for _, o := range append([]cosim.Opener{d.Opener}, d.Others()...) {
		if err := d.compareWith(ctx, o, a, b, got); err != nil {
			return err
		}
	}
	d.searched = len(got)
	if d.Netlist == nil && d.whole && d.verilated && d.Alone != "" {
		d.NoNetlist, d.Alone = d.Alone, "" // it is the second witness
	}
	return nil
}

// tablePairs returns every pair of the design's table, if they are few enough.
func (d *Design) tablePairs() (a, b []uint32) {
	f, err := d.RTL.Shape().Format()
	if err != nil || f.Pairs() > maxSplitPairs {
		return nil, nil
	}
	r := lutgen.TableRect(d.RTL.Shape(), f)
	for i := range r.NA {
		for j := range r.NB {
			a, b = append(a, r.A0+i), append(b, r.B0+j)
		}
	}
	return a, b
}

// compareWith compares the products of Icarus Verilog with those of another
// simulator.
func (d *Design) compareWith(ctx context.Context, o cosim.Opener, a, b []uint32, got []icarus.Product) error {
	i, err := o.Open(ctx)
	if err != nil {
		return err
	}
	defer i.Close()
	p := make([]uint32, len(a))
	if err := i.Eval(ctx, a, b, p); err != nil {
		return err
	}
	e := &lutgen.DisagreeError{Compared: uint64(len(p))}
	for k := range p {
		if p[k] == got[k].Value {
			continue
		}
		if e.Differ++; e.Differ == 1 {
			e.A, e.B = uint64(a[k]), uint64(b[k])
			e.Voices = []lutgen.Voice{{Tool: fmt.Sprint(o), Product: fmt.Sprintf("%#x", p[k])}, {Tool: d.bench.Version(), Product: fmt.Sprintf("%#x", got[k].Value)}}
		}
	}
	if e.Differ == 0 {
		return nil
	}
	e.Causes = d.causes()
	return e
}

// third adds to a disagreement what Icarus Verilog says of the pair.
func (d *Design) third(ctx context.Context, e *lutgen.DisagreeError) {
	if d.bench == nil {
		return
	}
	p, err := d.bench.Eval(ctx, []uint32{uint32(e.A)}, []uint32{uint32(e.B)})
	if err != nil || len(p) != 1 {
		return
	}
	v := lutgen.Voice{Tool: d.bench.Version(), Product: fmt.Sprintf("%#x", p[0].Value)}
	if !p[0].Known() {
		v.Product = "x"
		e.Causes = append(e.Causes, fmt.Sprintf("the product has bits that are x (%#x) or z (%#x)", p[0].X, p[0].Z))
	}
	e.Voices = append(e.Voices, v)
}

// Sampled lists the simulators that computed some of the products.
func (d *Design) Sampled() []lut.Witness {
	if d.searched == 0 {
		return nil
	}
	w := lut.Witness{Tool: d.bench.Version(), Products: uint64(d.searched), Sample: !d.whole}
	if f, err := d.RTL.Shape().Format(); err == nil && d.whole {
		w.Products = uint64(f.Pairs())
	}
	return []lut.Witness{w}
}

// FourState says in a few words whether x and z were looked for.
func (d *Design) FourState() string {
	if d.searched == 0 {
		return "x and z were not looked for: " + d.Unsearched
	}
	text := fmt.Sprintf("no x and no z in %s products (%s", humanize.Comma(int64(d.searched)), d.bench.Version())
	if d.slow > 0 {
		text += fmt.Sprintf(", which is slow: twice as many took more than %v of processor time", d.slow)
	}
	return text + ")"
}
