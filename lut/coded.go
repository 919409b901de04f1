package lut

import (
	"fmt"
	"math"
)

// WithCodes returns a table of unsigned integers as one of codes, which those integers are. Both share nothing. It
// fails if the operands have other widths than the codes, or an entry has more bits than the product's code.
func (t *Table) WithCodes(c Codings) (*Table, error) {
	f := CodedFormat(c)
	if t.Format.Kind != Unsigned || t.Format.A != f.A || t.Format.B != f.B {
		return nil, fmt.Errorf("a table of format %v does not hold codes of %v: expected operands of %d and %d bits", t.Format, f, f.A, f.B)
	}
	u, err := New(t.Name, f)
	if err != nil {
		return nil, err
	}
	for a := range uint32(f.Rows()) {
		for b, v := range t.Row(a, nil) {
			if v>>f.P != 0 {
				return nil, fmt.Errorf("the product of %#x and %#x is %#x, which is no code of %d bits", a, b, v, f.P)
			}
			u.Set(a, uint32(b), v)
		}
	}
	u.Sources, u.Options, u.Tools, u.Witnesses, u.Function = t.Sources, t.Options, t.Tools, t.Witnesses, t.Function
	return u, nil
}

// Decoded returns the number that the product of two codes stands for, NaN if it is none. It panics unless the table is
// Coded.
func (t *Table) Decoded(a, b uint32) float32 {
	t.mustBe(Coded)
	return t.Format.Codes.P.Value(t.At(a, b))
}

// ExactDecoded returns the exact product of the numbers that two codes stand for; NaN if one is none, and of an
// infinity and a zero. binary64 has it: two numbers of binary32 have 48 significant bits. It panics unless the table
// is Coded.
func (t *Table) ExactDecoded(a, b uint32) float64 {
	t.mustBe(Coded)
	return float64(t.Format.Codes.A.Value(a)) * float64(t.Format.Codes.B.Value(b))
}

// measureCodes is Measure for codes: errors are those of numbers. Pairs whose exact product is not finite, or that have
// a product that is not, are in no figure but Pairs, Wrong, EP, WrongZero and WrongSpecial.
func measureCodes(t *Table) Metrics {
	f := t.Format
	m := Metrics{Pairs: f.Pairs()}
	var ed, square, rel, signed, spread total
	var errors []float64
	finite, largest := 0, 0.0
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			exact, got := t.ExactDecoded(a, b), float64(t.Decoded(a, b))
			if !finite64(exact) || !finite64(got) {
				if got != exact && (got == got || exact == exact) {
					m.Wrong++
					m.WrongSpecial++
					if exact == 0 {
						m.WrongZero++
					}
				}
				continue
			}
			finite++
			largest = max(largest, math.Abs(exact))
			diff := got - exact
			distance := math.Abs(diff)
			if diff != 0 {
				m.Wrong++
			}
			if distance > m.WCE {
				m.WCE, m.Worst = distance, &Pair{a, b}
			}
			ed.add(distance)
			square.add(float64(distance * distance))
			if exact == 0 {
				if diff != 0 {
					m.WrongZero++
				}
				continue
			}
			m.RelPairs++
			e := diff / exact
			errors = append(errors, e)
			rel.add(math.Abs(e))
			signed.add(e)
			if e > m.MaxPositive.Value {
				m.MaxPositive = RelError{e, a, b}
			}
			if e < m.MaxNegative.Value {
				m.MaxNegative = RelError{e, a, b}
			}
		}
	}
	m.EP = float64(m.Wrong) / float64(m.Pairs)
	m.WCRE = max(m.MaxPositive.Value, -m.MaxNegative.Value)
	if n := float64(finite); n > 0 {
		m.MAE, m.MSE = ed.sum()/n, square.sum()/n
	}
	if largest > 0 {
		m.NMED = m.MAE / largest
		m.MAEPercent, m.WCEPercent = 100*m.NMED, 100*m.WCE/largest
	}
	n := float64(m.RelPairs)
	if n == 0 {
		return m
	}
	m.MRED, m.Bias = rel.sum()/n, signed.sum()/n
	for _, e := range errors {
		spread.add(float64((e - m.Bias) * (e - m.Bias)))
	}
	m.Variance = spread.sum() / n
	if noise := math.Ldexp(float64(f.Cols()+2), -53); math.Abs(m.Bias) <= noise*m.MRED {
		m.Bias = 0
	}
	return m
}

// finite64 says whether x is neither a NaN nor infinite.
func finite64(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// codeErrors is Table.RelErrors for codes.
func (t *Table) codeErrors(a uint32, dst []float64) []float64 {
	for b := range dst {
		exact, got := t.ExactDecoded(a, uint32(b)), float64(t.Decoded(a, uint32(b)))
		dst[b] = math.NaN()
		if exact != 0 && finite64(exact) && finite64(got) {
			dst[b] = (got - exact) / exact
		}
	}
	return dst
}
