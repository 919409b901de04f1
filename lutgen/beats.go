package lutgen

import (
	"context"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// BeatsReading says which parts of operands and product come first.
type BeatsReading struct {
	Beats cosim.Beats // with the order that fits best
	Pairs int         // of the sample whose exact product is 0 in no reading
	Error float64     // mean relative error of the sample; 0.1 is 10 %
	Next  float64     // of the best other order; infinite if there is none
}

// Clear says whether the products make sense in one order alone: the mean relative error is at most 50 %, and a tenth of
// that of any other order.
func (r BeatsReading) Clear() bool { return r.Error <= 0.5 && r.Next >= 10*r.Error }

// ReadBeats finds out which parts come first, the high ones or the low ones, where b does not say so, and whether
// operands that share a port come in turns. It multiplies a sample of pairs in the order of b, low parts first where
// that is open, and compares the products with the exact ones in all orders. The design is one of integers whose
// product has at least as many bits as both operands together; o takes and gives whole numbers.
func ReadBeats(ctx context.Context, o cosim.Opener, b cosim.Beats, shared bool) (r BeatsReading, err error) {
	s := o.Shape()
	if _, ok := s.Kind.Integer(); !ok || s.P < s.A+s.B {
		return r, fault.Usagef("%v is no multiplier of integers with the whole product", s)
	}
	x, y, p, err := draw(ctx, o)
	if err != nil {
		return r, err
	}
	r.Error, r.Next = math.Inf(1), math.Inf(1)
	// operands and product: either order of those whose order is open
	open := !b.A.Ordered || !b.B.Ordered
	turns := shared && !b.InTurn && open && b.A.Count == b.B.Count && b.A.Count > 1
	for n := range 8 {
		t := b
		in, out := n&1 == 1, n&2 == 2
		if in && !open || out && t.P.Ordered || n&4 == 4 && !turns {
			continue
		}
		t.InTurn = t.InTurn || n&4 == 4
		for _, v := range []struct {
			to   *cosim.Beat
			high bool
		}{{&t.A, in}, {&t.B, in}, {&t.P, out}} {
			if !v.to.Ordered {
				v.to.HighFirst, v.to.Ordered = v.high, true
			}
		}
		a, c, q := make([]uint64, len(x)), make([]uint64, len(x)), make([]cosim.Word, len(x))
		for i := range x {
			a[i], c[i] = retaken(x[i], y[i], s, b, t)
			q[i] = turned(p[i], s.P, b.P, t.P)
		}
		all := readAll(s, a, c, q)
		if all.Pairs == 0 {
			continue
		}
		least := math.Inf(1)
		for _, e := range all.Error {
			least = min(least, e)
		}
		if r.Pairs = all.Pairs; least < r.Error {
			r.Beats, r.Error, r.Next = t, least, r.Error
		} else {
			r.Next = min(r.Next, least)
		}
	}
	return r, nil
}

// retaken returns the operands that a design takes which expects them in the order of to, where a and b come in that of
// from.
func retaken(a, b uint64, s cosim.Shape, from, to cosim.Beats) (x, y uint64) {
	if from.InTurn == to.InTurn {
		return turned(cosim.Word{Lo: a}, s.A, from.A, to.A).Lo, turned(cosim.Word{Lo: b}, s.B, from.B, to.B).Lo
	}
	width := s.A / from.A.Count // of a part; the operands share a port
	was, is := inTime(from), inTime(to)
	for n, part := range was {
		v := a
		if part.ofB {
			v = b
		}
		v = v >> (part.number * width) & (1<<width - 1) << (is[n].number * width)
		if is[n].ofB {
			y |= v
		} else {
			x |= v
		}
	}
	return x, y
}

// operandPart is a part of an operand; part 0 has the lowest bits.
type operandPart struct {
	ofB    bool
	number int
}

// inTime lists the parts of operands that share a port in the order in which they come.
func inTime(b cosim.Beats) (out []operandPart) {
	parts := func(of cosim.Beat, isB bool) (out []operandPart) {
		for n := range of.Count {
			out = append(out, operandPart{isB, n})
		}
		if of.HighFirst {
			slices.Reverse(out)
		}
		return out
	}
	first, second := parts(b.A, false), parts(b.B, true)
	if b.BFirst {
		first, second = second, first
	}
	if !b.InTurn {
		return append(first, second...)
	}
	for n := range first {
		out = append(out, first[n], second[n])
	}
	return out
}

// turned returns a number of some bits with its parts in the opposite order, if from and to differ in it.
func turned(w cosim.Word, width int, from, to cosim.Beat) (out cosim.Word) {
	if from.HighFirst == to.HighFirst || from.Count < 2 {
		return w
	}
	part := width / from.Count
	for bit := range width {
		at := (from.Count-1-bit/part)*part + bit%part
		v := w.Lo >> bit
		if bit > 63 {
			v = w.Hi >> (bit - 64)
		}
		if at > 63 {
			out.Hi |= v & 1 << (at - 64)
		} else {
			out.Lo |= v & 1 << at
		}
	}
	return out
}
