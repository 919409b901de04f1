package lutgen

import (
	"context"
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/option"
)

// ImpureError tells of a design whose product is no function of its operands.
type ImpureError struct {
	A, B          uint32 // operands, as at the ports
	First, Second uint32 // products of the two visits that differ
	// FirstBefore and SecondBefore are the pairs that were multiplied before; nil: none
	// since the reset, or not known.
	FirstBefore, SecondBefore *cosim.Pair
	// History is how the second product came about: "repeated", "with b kept, after a
	// pause of 3 cycles", "second answer".
	History string
	Unasked bool   // the second product was shown without being asked for
	Open    bool   // the product follows open bits (X), not earlier operands
	Output  string // the last lines that the design printed
}

func (e *ImpureError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the product is no function of the operands: a = %#x, b = %#x gave %#x", e.A, e.B, e.First)
	before := func(p *cosim.Pair) {
		if p != nil && !e.Open {
			fmt.Fprintf(&b, " after %v", p)
		}
	}
	before(e.FirstBefore)
	switch {
	case e.Open:
		fmt.Fprintf(&b, ", then %#x; bits %#x depend on X: on a signal that nothing drives, on an explicit x or on a register that was never set",
			e.Second, e.First^e.Second)
	case e.Unasked:
		fmt.Fprintf(&b, ", then a second answer, %#x: the valid of the product came once more without a pair", e.Second)
	default:
		fmt.Fprintf(&b, ", then %#x", e.Second)
		before(e.SecondBefore)
		if e.History != "" {
			fmt.Fprintf(&b, " (%s)", e.History)
		}
		fmt.Fprintf(&b, "; it depends on earlier operands: state leaks from one product to the next "+
			"(a latch, a register without reset, a static variable, random numbers, a wrong %v or %v)",
			option.Latency, option.Reset)
	}
	if e.Output != "" {
		b.WriteString("\nlast output of the design:\n  " + strings.ReplaceAll(e.Output, "\n", "\n  "))
	}
	return b.String()
}

// explainImpure finds out why a visit of pair k differs from the first one. It
// repeats the first visit, then once more with nothing changed but the open bits:
// if those make the difference, X is to blame.
func explainImpure(ctx context.Context, d cosim.DUT, r cosim.Rect, v visit, k int, first, other uint32) error {
	e := &ImpureError{A: r.A0 + uint32(k)/r.NB, B: r.B0 + uint32(k)%r.NB, First: first, Second: other, History: v.name,
		FirstBefore: cosim.Before(d, r, cosim.RowMajor, uint64(k)), SecondBefore: cosim.Before(d, r, v.order(r), uint64(k))}
	var again [2]uint32
	for i, fill := range []cosim.Fill{cosim.FillZeros, v.fill} {
		if err := d.Reset(ctx, fill); err != nil {
			return err
		}
		got, err := d.Sweep(ctx, r, cosim.RowMajor)
		if err != nil {
			return err
		}
		again[i] = got.At(k)
	}
	e.Open = again[0] == first && again[1] != first
	e.Output = outputOf(d)
	return e
}

// outputOf returns the last lines that a design printed.
func outputOf(d cosim.DUT) string {
	if t, ok := d.(cosim.Printer); ok {
		return t.Output()
	}
	return ""
}
