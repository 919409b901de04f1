package lutgen

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// Mismatch is a pair whose product is not the expected one; all values are bit
// patterns.
type Mismatch struct {
	A    uint32 `json:"a"`
	B    uint32 `json:"b"`
	Want uint32 `json:"want"`
	Got  uint32 `json:"got"`
}

// Difference is got − want as numbers of a format.
func (m Mismatch) Difference(f lut.Format) int64 {
	if f.Kind == lut.Mantissa {
		return int64(m.Got) - int64(m.Want)
	}
	return f.Difference(m.Got, m.Want)
}

// Comparison is the outcome of comparing products with what was expected.
type Comparison struct {
	Compared   uint64 `json:"compared"`
	Mismatched uint64 `json:"mismatched"`
	// First are the first mismatches in row-major order, at most KeepFirst.
	First []Mismatch `json:"first,omitempty"`
	// Classes counts the mismatches by what is wrong.
	Classes map[string]uint64 `json:"classes,omitempty"`
	// Spread counts the mismatches by the size and sign of got − want.
	Spread Spread `json:"spread,omitempty"`
	// Exchanged is how many products were compared with those of the golden model for (b, a) in the place of (a, b),
	// and were equal, all of them; else 0. The model takes its operands in the other order then.
	Exchanged uint64 `json:"equal_exchanged,omitempty"`
	// Of all pairs of floats that do not follow AMSim: a zero product has the sign that other products
	// have, as IEEE 754 says; else each is +0. Full accepts either, the same for all pairs.
	SignedZeros bool `json:"signed_zeros,omitempty"`
	// NaNs counts NaN products of another pattern than the format's, which are no mismatches.
	NaNs uint64 `json:"other_nans,omitempty"`

	digest uint64 // of all mismatches, whatever their order
}

// KeepFirst is the number of mismatches that are kept with their operands.
const KeepFirst = 1000

// Equal says whether every product was the expected one, and there were any.
func (c *Comparison) Equal() bool { return c.Compared > 0 && c.Mismatched == 0 }

// Spread is a histogram of got − want in powers of two: bin ±k, k ≥ 1, counts
// the differences of that sign with 2^(k−1) ≤ |difference| < 2^k.
type Spread map[int]uint64

func (s Spread) add(diff int64) {
	if diff < 0 {
		s[-bits.Len64(uint64(-diff))]++
	} else {
		s[bits.Len64(uint64(diff))]++
	}
}

// Bins returns the filled bins from the most negative to the most positive.
func (s Spread) Bins() []int {
	var out []int
	for k := range s {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Label names a bin: "−7…−4", "+1".
func (s Spread) Label(k int) string {
	sign, n := "+", k
	if k < 0 {
		sign, n = "−", -k
	}
	lo, hi := int64(1)<<(n-1), int64(1)<<n-1
	switch {
	case lo == hi:
		return fmt.Sprintf("%s%d", sign, lo)
	case k < 0:
		return fmt.Sprintf("−%d…−%d", hi, lo)
	default:
		return fmt.Sprintf("+%d…+%d", lo, hi)
	}
}

// NewComparison returns one in which nothing was compared yet.
func NewComparison() *Comparison {
	return &Comparison{Classes: map[string]uint64{}, Spread: Spread{}}
}

// Add counts a mismatch; diff is got − want as numbers, class what is wrong.
func (c *Comparison) Add(m Mismatch, diff int64, class string) {
	c.Mismatched++
	c.digest += m.digest()
	if len(c.First) < KeepFirst {
		c.First = append(c.First, m)
	}
	c.Classes[class]++
	if diff != 0 {
		c.Spread.add(diff)
	}
}

// digest is one of a pair and its products.
func (m Mismatch) digest() uint64 {
	return mix(mix(uint64(m.A)<<32|uint64(m.B)) + uint64(m.Want)<<32 + uint64(m.Got))
}

// addNaN counts a NaN of another pattern than the one expected.
func (c *Comparison) addNaN(m Mismatch) {
	c.NaNs++
	c.digest += m.digest()
}

// mix is a permutation of 64-bit words that spreads every bit over all (the
// finalizer of MurmurHash3).
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// merge adds another comparison's counts.
func (c *Comparison) merge(o *Comparison) {
	c.Compared += o.Compared
	c.Mismatched += o.Mismatched
	c.NaNs += o.NaNs
	c.digest += o.digest
	c.First = append(c.First, o.First...)
	slices.SortFunc(c.First, func(x, y Mismatch) int {
		return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	c.First = c.First[:min(len(c.First), KeepFirst)]
	for k, n := range o.Classes {
		c.Classes[k] += n
	}
	for k, n := range o.Spread {
		c.Spread[k] += n
	}
}

// CompareTables compares every entry of got with the one of want. Formats that
// differ only in the fraction bits of the product compare as numbers: the
// missing low bits are zeros. So do integers where the product of got has more
// bits at the top. Codes must be the same, but any code of a NaN is equal to any
// other one: NaNs counts those.
func CompareTables(got, want *lut.Table) (*Comparison, error) {
	g, w := got.Format, want.Format
	if g.Kind != lut.Mantissa && g.SameNumbers(w) && g.P > w.P && !g.Part.Modulo {
		var err error
		if want, err = widened(want, g.P); err != nil {
			return nil, err
		}
		w = want.Format
	}
	if !g.SameNumbers(w) || g.Kind != lut.Mantissa && g.P != w.P {
		return nil, fault.Usagef("the design is a multiplier of format %v, the golden one of %v: they cannot be compared", g, w)
	}
	var gs, ws int // shifts that bring both to the wider product
	if g.Kind == lut.Mantissa {
		gs, ws = max(0, w.P-g.P), max(0, g.P-w.P)
	}
	c := NewComparison()
	f := g
	f.P += gs
	var x, y []uint32
	for a := range uint32(g.Rows()) {
		x, y = got.Row(a, x), want.Row(a, y)
		for b := range x {
			x[b], y[b] = x[b]<<gs, y[b]<<ws
		}
		c.Row(f, a, x, y)
	}
	if c.Mismatched > 0 && g.A == g.B && !g.Kind.Mixed() {
		c.Exchanged = equalExchanged(got, want, gs, ws)
	}
	return c, nil
}

// widened returns a table of integers with products of more bits.
func widened(t *lut.Table, bits int) (*lut.Table, error) {
	f := t.Format
	f.P = bits
	out, err := lut.New(t.Name, f)
	if err != nil {
		return nil, err
	}
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			out.Set(a, b, uint32(t.Int(a, b))&(1<<bits-1))
		}
	}
	return out, nil
}

// equalExchanged returns how many entries two tables have if every entry of got at (a, b) is that of want at (b, a), and
// 0 otherwise. gs and ws are the shifts that bring both to the wider product.
func equalExchanged(got, want *lut.Table, gs, ws int) uint64 {
	for a := range uint32(got.Format.Rows()) {
		for b := range uint32(got.Format.Cols()) {
			if got.At(a, b)<<gs != want.At(b, a)<<ws {
				return 0
			}
		}
	}
	return uint64(got.Format.Pairs())
}

// Row compares the products of one row with those expected, all of one format.
func (c *Comparison) Row(f lut.Format, a uint32, got, want []uint32) {
	for b := range got {
		c.Compared++
		x, y := got[b], want[b]
		if x == y {
			continue
		}
		m := Mismatch{A: a, B: uint32(b), Want: y, Got: x}
		if f.Kind == lut.Coded {
			c.addCode(m, f.Codes.P)
			continue
		}
		diff := m.Difference(f)
		class := classLarge
		if diff < 0 {
			class = classSmall
		}
		c.Add(m, diff, class)
	}
}

// What can be wrong with an integer product.
const (
	classSmall = "product too small"
	classLarge = "product too large"
)

// Shortened returns the comparison with no more mismatches than are to be shown, nil of nil.
func (c *Comparison) Shortened(show int) *Comparison {
	if c == nil {
		return nil
	}
	short := *c
	short.First = c.First[:min(show, len(c.First))]
	return &short
}
