package lutgen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// Side is a design in its simulators, as Exhaustive compares it.
type Side struct {
	cosim.Opener                // forms every product
	Others       []cosim.Opener // must have the same products
	// Sample, if not 0, is the number of pairs of which the others form the products,
	// in whole rows: some directed, the rest random. It is at least 64 rows.
	Sample uint64
	// Visits is how often the first forms each product, as in Make; 0 and 1 mean
	// once, where structure proves that it depends on nothing but the operands.
	Visits int
	// Explain, if not nil, adds what is known of a disagreement.
	Explain func(ctx context.Context, e *DisagreeError)
}

// sampleRows returns which of the rows of operands of a and b bits are sampled: the
// directed ones, then random ones, so many pairs in all; nil for all rows.
func sampleRows(a, b int, pairs uint64) []bool {
	n := int(max(64, pairs>>b))
	if n >= 1<<a {
		return nil
	}
	in := make([]bool, 1<<a)
	mask := uint32(1)<<a - 1
	add := func(row uint32) {
		if row &= mask; n > 0 && !in[row] {
			in[row] = true
			n--
		}
	}
	add(0)
	add(mask)
	for k := range a { // with the sign bit last
		add(1 << k)
		add(1<<k - 1)
		add(1<<k + 1)
		add(mask ^ 1<<k)
	}
	for rng := rand.New(rand.NewPCG(uint64(a), uint64(b))); n > 0; {
		add(rng.Uint32())
	}
	return in
}

// openSide is a side while it is compared.
type openSide struct {
	Side
	rows  []bool          // that others form the products of; nil for all
	count []atomic.Uint64 // products that each of the others formed
}

func newOpenSide(s Side) *openSide {
	o := &openSide{Side: s, count: make([]atomic.Uint64, len(s.Others))}
	if s.Sample > 0 {
		o.rows = sampleRows(s.Shape().A, s.Shape().B, s.Sample)
	}
	return o
}

// witnesses lists who formed how many products.
func (s *openSide) witnesses(all uint64) []lut.Witness {
	out := []lut.Witness{{Tool: toolName(s.Opener), Products: all}}
	for i, o := range s.Others {
		out = append(out, lut.Witness{Tool: toolName(o), Products: s.count[i].Load(), Sample: s.count[i].Load() != all})
	}
	return out
}

// instances are a side's, for one goroutine.
type instances struct {
	cosim.DUT
	side   *openSide
	others []cosim.DUT
	began  bool
}

func (s *openSide) open(ctx context.Context) (*instances, error) {
	d, err := s.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	in := &instances{DUT: d, side: s}
	for _, o := range s.Others {
		d, err := o.Open(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", o.Describe(), err), in.Close())
		}
		in.others = append(in.others, d)
	}
	return in, nil
}

// Close ends every instance.
func (in *instances) Close() error {
	err := in.DUT.Close()
	for _, o := range in.others {
		err = errors.Join(err, o.Close())
	}
	return err
}

// products forms those of a rectangle of whole rows. They are valid until the next
// call.
func (in *instances) products(ctx context.Context, r cosim.Rect) (cosim.Products, error) {
	if err := ctx.Err(); err != nil {
		return cosim.Products{}, err
	}
	proven := in.side.Visits <= 1
	if proven && !in.began { // nothing is left behind that a reset would have to clear
		in.began = true
		for _, d := range append([]cosim.DUT{in.DUT}, in.others...) {
			if err := d.Reset(ctx, cosim.FillZeros); err != nil {
				return cosim.Products{}, err
			}
		}
	}
	sweep := func(d cosim.DUT, r cosim.Rect) (cosim.Products, error) {
		if proven {
			return d.Sweep(ctx, r, cosim.RowMajor)
		}
		return pureVisit(0).sweep(ctx, d, r)
	}
	got, err := sweep(in.DUT, r)
	if err != nil {
		return got, err
	}
	for n := 1; n < in.side.Visits; n++ {
		if n == 1 {
			got = got.Clone()
		}
		again, err := pureVisit(n).sweep(ctx, in.DUT, r)
		if err != nil {
			return got, err
		}
		if k := got.Differs(again); k >= 0 {
			return got, explainImpure(ctx, in.DUT, r, pureVisit(n), k, got.At(k), again.At(k))
		}
	}
	for i, d := range in.others {
		for from := uint32(0); from < r.NA; {
			to := r.NA
			if rows := in.side.rows; rows != nil {
				if to = from + 1; !rows[r.A0+from] {
					from = to
					continue
				}
			}
			part := cosim.Rect{A0: r.A0 + from, NA: to - from, B0: r.B0, NB: r.NB}
			said, err := sweep(d, part)
			if err != nil {
				return got, fmt.Errorf("%s: %w", in.side.Others[i].Describe(), err)
			}
			mine := slice(got, int(from)*int(r.NB), int(part.Pairs()))
			if k := mine.Differs(said); k >= 0 {
				return got, in.disagree(ctx, i, part, mine, said, k)
			}
			in.side.count[i].Add(part.Pairs())
			from = to
		}
	}
	return got, nil
}

// disagree says that two simulators differ in a rectangle, first in pair k.
func (in *instances) disagree(ctx context.Context, other int, r cosim.Rect, x, y cosim.Products, k int) error {
	e := &DisagreeError{
		A: uint64(r.A0) + uint64(k)/uint64(r.NB), B: uint64(r.B0) + uint64(k)%uint64(r.NB), Compared: r.Pairs(),
		Voices: []Voice{{toolName(in.side.Opener), fmt.Sprintf("%#x", x.At(k))}, {toolName(in.side.Others[other]), fmt.Sprintf("%#x", y.At(k))}},
	}
	for i := range int(r.Pairs()) {
		if x.At(i) != y.At(i) {
			e.Differ++
		}
	}
	if in.side.Explain != nil {
		in.side.Explain(ctx, e)
	}
	return e
}

// slice returns n products from number i on.
func slice(p cosim.Products, i, n int) cosim.Products {
	switch {
	case p.U8 != nil:
		return cosim.Products{U8: p.U8[i : i+n]}
	case p.U16 != nil:
		return cosim.Products{U16: p.U16[i : i+n]}
	default:
		return cosim.Products{U32: p.U32[i : i+n]}
	}
}
