package lut

// Misread reports whether the entries of a table of integers, whose metrics are m, are far
// nearer to the exact products if all bit patterns are read the other way: unsigned ones as
// two's complement, or two's complement as unsigned. other is that reading and figures are
// the metrics in it. Far nearer means a mean relative error above 50 % in the one reading and
// below a tenth of that in the other. A design that takes signed numbers at ports that are
// not declared signed is read wrong in this way.
func Misread(t *Table, m Metrics) (other Kind, figures Metrics, ok bool) {
	f := t.Format
	switch f.Kind {
	case Unsigned:
		other = Signed
	case Signed:
		other = Unsigned
	default:
		return f.Kind, m, false
	}
	if f.P != f.A+f.B || !(m.MRED > 0.5) {
		return f.Kind, m, false
	}
	again, err := New(t.Name, Format{Kind: other, A: f.A, B: f.B, P: f.P})
	if err != nil {
		return f.Kind, m, false
	}
	row := make([]uint32, f.Cols())
	for a := range uint32(f.Rows()) {
		for b, v := range t.Row(a, row) {
			again.Set(a, uint32(b), v)
		}
	}
	figures = Measure(again)
	return other, figures, figures.MRED < m.MRED/10
}
