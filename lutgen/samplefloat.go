package lutgen

import (
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
)

// floatRules say which products of floats count as equal though their bits differ: NaN of any pattern, and, of
// formats other than e8mY, zeros as the design has them, all +0 or all with the sign that other products have.
type floatRules struct {
	exponent, fraction int // of the product
	signed             uint64
	operand            int // bits of an operand
	finite             bool
	signs              bool // zeros may have signs
	nans               bool // a NaN may have any pattern
}

func newFloatRules(f lut.Format, model bool) *floatRules {
	return &floatRules{exponent: f.ExponentBits(), fraction: f.P, signed: 1 << (f.ExponentBits() + f.P), operand: f.FloatExtra() + f.A,
		finite: f.Float.Finite, signs: model && f.Float != (lut.Float{}),
		nans: !model || f.Float != (lut.Float{})}
}

// zero says whether a product is +0 or −0.
func (r *floatRules) zero(p cosim.Word) bool { return p.Lo&^r.signed == 0 }

func (r *floatRules) nan(p cosim.Word) bool {
	top := uint64(1)<<r.exponent - 1
	fraction := p.Lo & (1<<r.fraction - 1)
	switch {
	case p.Lo>>r.fraction&top != top:
		return false
	case r.finite || r.fraction == 0:
		return fraction == 1<<r.fraction-1
	}
	return fraction != 0
}

// excused says whether a product that may differ from the model's is left out of the mismatches: a NaN is counted,
// a zero is kept until it is known which zeros the design has.
func (r *floatRules) excused(w *sampler, stratum int, m WideMismatch) bool {
	switch {
	case r.nans && r.nan(m.Want) && r.nan(m.Got):
		if m.Want != m.Got {
			w.nans++
		}
		return true
	case !r.signs || !r.zero(m.Want) || !r.zero(m.Got):
		return false
	}
	negative := (m.A.Lo^m.B.Lo)>>(r.operand-1)&1 == 1
	if m.Want.Lo = 0; m.Got.Lo != 0 {
		w.zeros.plain.add(stratum, m)
	}
	if negative {
		m.Want.Lo = r.signed
	}
	if m.Got != m.Want { // not the sign of other products
		w.zeros.signed.add(stratum, m)
	}
	return true
}

// zeroCounts are the zero products that are wrong if zeros have signs, and if all are +0.
type zeroCounts struct{ signed, plain violations }

// violations are mismatches that are counted later, or not.
type violations struct {
	strata map[int]uint64
	parts  [sample.Parts]uint64
	total  uint64
	first  []WideMismatch
}

func (v *violations) add(stratum int, m WideMismatch) {
	if v.strata == nil {
		v.strata = map[int]uint64{}
	}
	v.strata[stratum]++
	v.parts[m.Part]++
	v.total++
	if len(v.first) < KeepFirst {
		v.first = append(v.first, m)
	}
}

func (v *violations) merge(o *violations) {
	if v.strata == nil {
		v.strata = map[int]uint64{}
	}
	for i, n := range o.strata {
		v.strata[i] += n
	}
	for i, n := range o.parts {
		v.parts[i] += n
	}
	v.total += o.total
	v.first = append(v.first, o.first...)
}

func (z *zeroCounts) merge(o *zeroCounts) {
	z.signed.merge(&o.signed)
	z.plain.merge(&o.plain)
}

// decide returns the mismatches of the rule that has fewer of them.
func (z *zeroCounts) decide() *violations {
	if z.signed.total < z.plain.total {
		return &z.signed
	}
	return &z.plain
}
