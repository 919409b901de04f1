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
	if f.Kind == Mantissa || f != f.Whole() || !(m.MRED > 0.5) {
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
