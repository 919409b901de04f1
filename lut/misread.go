package lut

// Misread reports whether the entries of a table of integers, whose metrics are m, are far
// nearer to the exact products if all bit patterns are read in another way: each operand as
// unsigned or as two's complement. other is the best of those readings and figures are
// the metrics in it. Far nearer means a mean relative error above 50 % in the one reading and
// below a tenth of that in the other. A design that takes signed numbers at ports that are
// not declared signed is read wrong in this way.
func Misread(t *Table, m Metrics) (other Kind, figures Metrics, ok bool) {
	f := t.Format
	other, figures = f.Kind, m
	if f.Kind == Mantissa || f.Kind == Coded || f != f.Whole() || !(m.MRED > 0.5) {
		return f.Kind, m, false
	}
	row := make([]uint32, f.Cols())
	for _, k := range IntegerKinds {
		if k == f.Kind {
			continue
		}
		again, err := New(t.Name, Format{Kind: k, A: f.A, B: f.B, P: f.P})
		if err != nil {
			return f.Kind, m, false
		}
		for a := range uint32(f.Rows()) {
			for b, v := range t.Row(a, row) {
				again.Set(a, uint32(b), v)
			}
		}
		if g := Measure(again); g.MRED < m.MRED/10 && g.MRED < figures.MRED {
			other, figures, ok = k, g, true
		}
	}
	return other, figures, ok
}

// MisreadMantissa reports whether a table of unsigned integers with operands of n bits holds the products of
// significands: fractions of n bits in, carry and fraction out, in n+1 bits. figures are the metrics in that reading.
// It is so if the mean relative error is above 50 % as integers, whose metrics are m, and below 5 % as significands,
// and no entry has more than n+1 bits.
func MisreadMantissa(t *Table, m Metrics) (figures Metrics, ok bool) {
	f := t.Format
	if f.Kind != Unsigned || f.A != f.B || f.P != f.A+f.B || f.A > MaxMantissa || !(m.MRED > 0.5) {
		return m, false
	}
	again, err := New(t.Name, FloatFormat(f.A, f.A))
	if err != nil {
		return m, false
	}
	row := make([]uint32, f.Cols())
	for a := range uint32(f.Rows()) {
		for b, v := range t.Row(a, row) {
			if v>>(f.A+1) != 0 {
				return m, false
			}
			again.Set(a, uint32(b), v)
		}
	}
	figures = Measure(again)
	return figures, figures.MRED < 0.05
}
