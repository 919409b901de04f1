package lutgen

import (
	"context"
	"errors"
	"math/bits"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/errsum"
	"github.com/approxtrain/approxtrain/lut"
)

// comparer is one job of a comparison of all pairs, with instances and sums of its
// own.
type comparer struct {
	*instances
	x          *exhaustive
	ref        *instances // nil without a reference design
	mismatches tally
	errors     tally         // of integers: approximate − exact
	columns    []uint64      // for exchange
	wanted     []uint32      // products expected in a row
	picture    *lut.ErrorMap // nil unless it is asked for

	diff, exact [pieceLength]int64
}

// pieceLength is the number of products of a row whose errors are measured at once.
const pieceLength = 1024

// Close implements cosim.DUT.
func (w *comparer) Close() error {
	err := w.instances.Close()
	if w.ref != nil {
		err = errors.Join(err, w.ref.Close())
	}
	return err
}

// chunk compares the rows of a rectangle.
func (w *comparer) chunk(ctx context.Context, r cosim.Rect) error {
	got, err := w.products(ctx, r)
	if err != nil {
		return err
	}
	var want cosim.Products
	same := false
	if w.ref != nil {
		if want, err = w.ref.products(ctx, r); err != nil {
			return err
		}
		same = equal(got, want)
	}
	n := int(r.NB)
	for i := range int(r.NA) {
		a := r.A0 + uint32(i)
		row := slice(got, i*n, n)
		if w.x.figures != nil {
			w.measure(a, row)
		}
		w.mismatches.compared += uint64(n)
		switch {
		case same, w.ref == nil && w.x.want == nil: // of exact products, measure did it
		case w.ref != nil:
			w.compare(a, row, slice(want, i*n, n))
		default:
			w.x.want(a, w.wanted)
			w.compare(a, row, cosim.Products{U32: w.wanted})
		}
	}
	return nil
}

// compare adds the mismatches of a row.
func (w *comparer) compare(a uint32, row, want cosim.Products) {
	if row.U32 != nil && equal(row, want) {
		return
	}
	for b := range 1 << w.x.shape.B {
		x, y := row.At(b), want.At(b)
		if x == y {
			continue
		}
		m := Mismatch{A: a, B: uint32(b), Want: y, Got: x}
		if w.x.shape.Kind == cosim.Float {
			w.mismatches.addFloat(m, w.x.format)
		} else {
			w.mismatches.add(m, m.Difference(w.x.format))
		}
	}
}

// measure adds a row to the error figures and, where the products should be exact, the
// mismatches that are kept.
func (w *comparer) measure(a uint32, row cosim.Products) {
	s, f := w.x.shape, w.x.format
	x, n := f.NumberA(a), 1<<s.B
	run := n // of columns whose values ascend by one
	if f.Kind.SignedB() {
		run = n / 2
	}
	if s.Part != (lut.Part{}) {
		w.measurePart(a, row, x, run)
		return
	}
	if s.P >= s.A+s.B {
		exact := true
		for b := 0; b < n && exact; b += run {
			y, mask := f.NumberB(uint32(b)), uint32(1<<s.P-1)
			switch {
			case row.U8 != nil:
				exact = isExact(row.U8[b:b+run], uint32(x), uint32(y), mask)
			case row.U16 != nil:
				exact = isExact(row.U16[b:b+run], uint32(x), uint32(y), mask)
			default:
				exact = isExact(row.U32[b:b+run], uint32(x), uint32(y), mask)
			}
		}
		if exact {
			w.x.figures.Exact(a)
			if w.picture != nil {
				w.picture.Exact(a)
			}
			return
		}
	}
	shift := 0 // of a product that is a number in two's complement
	if f.Kind.SignedProduct() {
		shift = 64 - s.P
	}
	piece := min(run, pieceLength)
	diff, exact := w.diff[:piece], w.exact[:piece]
	for b := 0; b < n; b += piece {
		y := f.NumberB(uint32(b))
		switch {
		case row.U8 != nil:
			errsum.Differences(diff, exact, row.U8[b:b+piece], x, y, shift)
		case row.U16 != nil:
			errsum.Differences(diff, exact, row.U16[b:b+piece], x, y, shift)
		default:
			errsum.Differences(diff, exact, row.U32[b:b+piece], x, y, shift)
		}
		w.add(a, b, diff, exact)
		if w.x.ref == nil && w.x.want == nil && len(w.errors.first) < KeepFirst {
			w.keep(a, b, diff, exact)
		}
	}
}

// measurePart is measure for products of which the port has a part. What they should be is a reference's. The values of
// so many columns as run has ascend by one.
func (w *comparer) measurePart(a uint32, row cosim.Products, x int64, run int) {
	f := w.x.format
	n := 1 << f.B
	piece := min(run, pieceLength)
	diff, exact := w.diff[:piece], w.exact[:piece]
	for b := 0; b < n; b += piece {
		for i := range diff {
			diff[i], exact[i] = f.Error(row.At(b+i), x*f.NumberB(uint32(b+i)))
		}
		w.add(a, b, diff, exact)
	}
}

// add adds the errors of a row from column b on to all that is measured.
func (w *comparer) add(a uint32, b int, diff, exact []int64) {
	w.x.figures.Add(a, uint32(b), diff, exact)
	w.errors.histogram(diff)
	if w.picture != nil {
		w.picture.Add(a, uint32(b), diff, exact)
	}
	if w.columns != nil {
		w.x.exchange.add(a, b, diff, w.columns)
	}
}

// keep adds the products from column b on that are not exact to the first of them.
func (w *comparer) keep(a uint32, b int, diff, exact []int64) {
	mask := uint32(1<<w.x.shape.P - 1)
	for i, d := range diff {
		if d != 0 && len(w.errors.first) < KeepFirst {
			e := exact[i]
			w.errors.first = append(w.errors.first, Mismatch{A: a, B: uint32(b + i), Want: uint32(e) & mask, Got: uint32(e+d) & mask})
		}
	}
}

// isExact says whether products are those of x and y, y + 1, …, all modulo 2^32.
func isExact[T uint8 | uint16 | uint32](got []T, x, y, mask uint32) bool {
	const step = 4096
	e := x * y
	for len(got) > 0 {
		part := got[:min(step, len(got))]
		var wrong uint32
		for _, g := range part {
			wrong |= uint32(g) ^ e&mask
			e += x
		}
		if wrong != 0 {
			return false
		}
		got = got[len(part):]
	}
	return true
}

// tally counts mismatches, or errors, of integers and floats.
type tally struct {
	compared uint64
	first    []Mismatch
	bins     [4][2*maxBin + 1]uint64 // whose sum is the spread, from −maxBin on
	floats   *Comparison             // mismatches of floats
}

// maxBin is the bin of the largest difference of two products of 32 bits.
const maxBin = 33

// bin returns the bin of a difference: without a jump, since its sign cannot be predicted.
func bin(d int64) int {
	sign := d >> 63
	return maxBin + (bits.Len64(uint64(d^sign-sign)) ^ int(sign) - int(sign))
}

// add counts a mismatch of integers; they come in row-major order.
func (t *tally) add(m Mismatch, diff int64) {
	if len(t.first) < KeepFirst {
		t.first = append(t.first, m)
	}
	t.bins[0][bin(diff)]++
}

// addFloat counts a mismatch of floats of a format.
func (t *tally) addFloat(m Mismatch, f lut.Format) {
	if t.floats == nil {
		t.floats = NewComparison()
	}
	addFloat(t.floats, m, f)
}

// histogram counts differences. Most fall into few bins: each of four counts for itself, so that no addition waits for
// the one before.
func (t *tally) histogram(diff []int64) {
	h := &t.bins
	for len(diff) >= 4 {
		h[0][bin(diff[0])]++
		h[1][bin(diff[1])]++
		h[2][bin(diff[2])]++
		h[3][bin(diff[3])]++
		diff = diff[4:]
	}
	for _, d := range diff {
		h[0][bin(d)]++
	}
}

// merge adds the bins of another tally.
func (t *tally) merge(o *tally) {
	for i := range o.bins {
		for k, n := range o.bins[i] {
			t.bins[i][k] += n
		}
	}
}

// spread returns the bins of differences that are not zero.
func (t *tally) spread() Spread {
	s := Spread{}
	for i := range t.bins[0] {
		n := t.bins[0][i] + t.bins[1][i] + t.bins[2][i] + t.bins[3][i]
		if k := i - maxBin; n > 0 && k != 0 {
			s[k] = n
		}
	}
	return s
}

// into adds what was counted to a comparison.
func (t *tally) into(c *Comparison) {
	o := NewComparison()
	if t.floats != nil {
		o = t.floats
	}
	o.Compared = t.compared
	o.First = append(o.First, t.first...)
	for k, n := range t.spread() {
		o.Mismatched += n
		o.Spread[k] += n
		if k < 0 {
			o.Classes[classSmall] += n
		} else {
			o.Classes[classLarge] += n
		}
	}
	c.merge(o)
}
