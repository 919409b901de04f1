package lutgen

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

// Voice is what one simulator, or another road, says the product of a pair is.
type Voice struct {
	Tool    string
	Product string // in hex; x and z where a simulator of four states has them
}

// DisagreeError tells of a pair of whose product two simulators say different
// things: there is no table then.
type DisagreeError struct {
	A, B     uint64 // operands, as at the ports
	Compared uint64 // products compared, in all
	Differ   uint64 // that differ
	Voices   []Voice
	Causes   []string // likely ones, found in the sources and in what the tools said
}

func (e *DisagreeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the simulators disagree in %d of %d products, first at a = %#x, b = %#x:", e.Differ, e.Compared, e.A, e.B)
	for _, v := range e.Voices {
		fmt.Fprintf(&b, "\n  %s  %s", v.Product, v.Tool)
	}
	if len(e.Causes) == 0 {
		b.WriteString("\n  no cause was found in the sources: one of the tools may be wrong")
	}
	for _, c := range e.Causes {
		b.WriteString("\n  likely cause: " + c)
	}
	return b.String()
}

// witnesses lists who computed every product of a table.
func (o Options) witnesses(first cosim.Opener, products uint64) []lut.Witness {
	var out []lut.Witness
	for _, w := range append([]cosim.Opener{first}, o.Others...) {
		out = append(out, lut.Witness{Tool: toolName(w), Products: products})
	}
	return append(out, o.Sampled...)
}

// Agreement says which simulators computed every product, and how many there were.
type Agreement struct {
	Tools    []string
	Products uint64
	Sampled  []lut.Witness // simulators that computed some of the products
}

// Said is the line that says which simulators formed how many products, of a
// comparison without a table.
func Said(w []lut.Witness) string {
	a := AgreementOf(w)
	if len(a.Sampled) == 0 {
		return a.String()
	}
	all := humanize.Comma(int64(a.Products))
	s := strings.Join(a.Tools, ", ") + ": all " + all + " products"
	for _, w := range a.Sampled {
		s += fmt.Sprintf("; %s: %s of them", w.Tool, humanize.Comma(int64(w.Products)))
	}
	return s
}

// AgreementOf is the agreement that a table's witnesses are.
func AgreementOf(witnesses []lut.Witness) *Agreement {
	a := &Agreement{}
	for _, w := range witnesses {
		if w.Sample {
			a.Sampled = append(a.Sampled, w)
			continue
		}
		a.Tools, a.Products = append(a.Tools, w.Tool), w.Products
	}
	return a
}

// String is the line that reports it.
func (a *Agreement) String() string {
	n := humanize.Comma(int64(a.Products))
	s := ""
	if len(a.Tools) == 1 {
		s = fmt.Sprintf("one simulator computed %s products: %s", n, a.Tools[0])
	} else {
		s = fmt.Sprintf("%s simulators agree on %s products: %s", [...]string{"no", "one", "two", "three"}[min(len(a.Tools), 3)], n, strings.Join(a.Tools, ", "))
	}
	for _, w := range a.Sampled {
		s += fmt.Sprintf("; %s on %s", w.Tool, humanize.Comma(int64(w.Products)))
		if w.Products > a.Products { // a table of floats has only fractions
			s += ", with other signs and exponents too"
		}
	}
	return s
}

// TableRect returns the operands at the ports that a table's operands are: for
// floats 1.x, with the exponent field of 1.0.
func TableRect(s cosim.Shape, f lut.Format) cosim.Rect { return tableRect(s, f) }

// agree sweeps a rectangle in other simulators, with open bits as 0, as 1 and random,
// and compares every product with the one that the first has. It returns how many products were compared with each.
func (o Options) agree(ctx context.Context, first cosim.Opener, r cosim.Rect, product func(i int) uint32) (uint64, error) {
	n := int(r.Pairs())
	for _, other := range o.Others {
		var mu sync.Mutex
		var compared, differ uint64
		worst := -1
		var said uint32
		jobs := o.jobs()
		if n <= smallTable {
			jobs = 1
		}
		blocks := rowBlocks(r, jobs)
		err := parallel(ctx, other, jobs, len(blocks), nil, func(ctx context.Context, d cosim.DUT, i int) error {
			block := blocks[i]
			offset := int(block.A0-r.A0) * int(r.NB)
			m := int(block.Pairs())
			wrong := map[int]uint32{} // products that differ with any value of open bits
			for _, fill := range []cosim.Fill{cosim.FillZeros, cosim.FillOnes, cosim.FillRandom} {
				if err := d.Reset(ctx, fill); err != nil {
					return err
				}
				got, err := d.Sweep(ctx, block, cosim.RowMajor)
				if err != nil {
					return err
				}
				for k := range m {
					if p := got.At(k); p != product(offset+k) {
						wrong[k] = p
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			compared += uint64(m)
			differ += uint64(len(wrong))
			for k, p := range wrong {
				if worst < 0 || offset+k < worst {
					worst, said = offset+k, p
				}
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("%s: %w", other.Describe(), err)
		}
		if compared != uint64(n) {
			return 0, fmt.Errorf("%s: %d products of %d were compared", other.Describe(), compared, n)
		}
		if differ > 0 {
			e := &DisagreeError{
				A: uint64(r.A0) + uint64(worst)/uint64(r.NB), B: uint64(r.B0) + uint64(worst)%uint64(r.NB), Compared: compared, Differ: differ,
				Voices: []Voice{{toolName(first), fmt.Sprintf("%#x", product(worst))}, {toolName(other), fmt.Sprintf("%#x", said)}},
			}
			if o.Explain != nil {
				o.Explain(ctx, e)
			}
			return 0, e
		}
	}
	return uint64(n), nil
}

// toolName is the simulator of a design, in a message.
func toolName(o cosim.Opener) string {
	if s, ok := o.(fmt.Stringer); ok {
		return s.String()
	}
	return strings.Join(o.Tools(), ", ")
}

// agreeFull compares what two simulators' comparisons of all pairs with the same
// table found: the same products differ from it, by the same values.
func (o Options) agreeFull(ctx context.Context, first, other cosim.Opener, x, y *Comparison) error {
	if x.Compared == y.Compared && x.Mismatched == y.Mismatched && x.SignedZeros == y.SignedZeros && x.NaNs == y.NaNs &&
		x.digest == y.digest {
		return nil
	}
	e := &DisagreeError{Compared: x.Compared, Differ: max(x.Mismatched, y.Mismatched) - min(x.Mismatched, y.Mismatched)}
	// The first pair that is in one list only, or has two products.
	for i := 0; ; i++ {
		var m, k *Mismatch
		if i < len(x.First) {
			m = &x.First[i]
		}
		if i < len(y.First) {
			k = &y.First[i]
		}
		before := func(a, b *Mismatch) bool {
			return a != nil && (b == nil || a.A < b.A || a.A == b.A && a.B < b.B)
		}
		switch {
		case m == nil && k == nil:
			return fmt.Errorf("the simulators %s and %s disagree in products beyond the first %d mismatches with the table", toolName(first), toolName(other), KeepFirst)
		case m != nil && k != nil && *m == *k:
			continue
		case before(m, k):
			e.A, e.B = uint64(m.A), uint64(m.B)
			e.Voices = []Voice{{toolName(first), fmt.Sprintf("%#x", m.Got)}, {toolName(other), fmt.Sprintf("%#x", m.Want)}}
		case before(k, m):
			e.A, e.B = uint64(k.A), uint64(k.B)
			e.Voices = []Voice{{toolName(first), fmt.Sprintf("%#x", k.Want)}, {toolName(other), fmt.Sprintf("%#x", k.Got)}}
		default:
			e.A, e.B = uint64(m.A), uint64(m.B)
			e.Voices = []Voice{{toolName(first), fmt.Sprintf("%#x", m.Got)}, {toolName(other), fmt.Sprintf("%#x", k.Got)}}
		}
		e.Differ = max(e.Differ, 1)
		if o.Explain != nil {
			o.Explain(ctx, e)
		}
		return e
	}
}
