package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/lut"
)

const (
	histogramBins = 61
	errorLabel    = "relative error (%)"
)

// errorData holds the data of the two panels, errors in percent.
type errorData struct {
	heat
	low, high float64   // ends of the histogram, low < high; it stops where the colours do
	shares    []float64 // percent of pairs in each bin
}

func collect(t *lut.Table, m lut.Metrics) *errorData {
	f := t.Format
	d := &errorData{heat: heat{format: f, label: errorLabel, columns: min(maxCells, f.Rows()), rows: min(maxCells, f.Cols())}}
	d.cells = make([]float64, d.columns*d.rows)
	for i := range d.cells {
		d.cells[i] = math.NaN()
	}
	eachRow(t, func(a int, row []float64) {
		column := a * d.columns / f.Rows()
		for b, e := range row {
			cell := &d.cells[b*d.rows/f.Cols()*d.columns+column]
			if math.IsNaN(*cell) || math.Abs(e) > math.Abs(*cell) {
				*cell = e
			}
		}
	})
	d.scale(100 * m.WCRE)
	d.most, d.least = 100*m.MaxPositive.Value, 100*m.MaxNegative.Value
	d.low, d.high = max(d.least, -d.limit), min(d.most, d.limit)
	if d.low == d.high {
		d.low, d.high = -d.limit, d.limit
	}
	d.count(t, m.RelPairs)
	return d
}

// collectMap is collect for a multiplier without a table.
func collectMap(e *lut.ErrorMap, m lut.Metrics) *errorData {
	d := &errorData{heat: heat{format: e.Format, label: errorLabel, columns: e.Columns, rows: e.Rows, cells: make([]float64, len(e.Cells))}}
	for i, v := range e.Cells {
		d.cells[i] = 100 * v
	}
	d.scale(100 * m.WCRE)
	d.most, d.least = 100*m.MaxPositive.Value, 100*m.MaxNegative.Value
	bins := e.Histogram(d.limit / 100)
	if m.WCRE == 0 { // as of a table: one bar in the middle
		d.low, d.high, d.shares = -d.limit, d.limit, make([]float64, histogramBins)
		d.shares[histogramBins/2] = 100
		return d
	}
	d.low, d.high = 100*bins[0].Low, 100*bins[len(bins)-1].High
	for _, b := range bins {
		d.shares = append(d.shares, 100*float64(b.Count)/float64(m.RelPairs))
	}
	return d
}

// count fills the histogram's bins.
func (d *errorData) count(t *lut.Table, pairs int) {
	d.shares = make([]float64, histogramBins)
	eachRow(t, func(_ int, row []float64) {
		for _, e := range row {
			if !math.IsNaN(e) {
				bin := int((e - d.low) / (d.high - d.low) * histogramBins)
				d.shares[min(max(bin, 0), histogramBins-1)]++
			}
		}
	})
	for i := range d.shares {
		d.shares[i] *= 100 / float64(pairs)
	}
}

// byNumber returns the codes of a coding by their numbers, ascending; those of no number are last.
func byNumber(c lut.Coding) []int {
	v := c.Values()
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch x, y := float64(v[i]), float64(v[j]); {
		case math.IsNaN(x) || math.IsNaN(y):
			return cmp.Compare(y, x) // which has NaN before all numbers
		default:
			return cmp.Compare(x, y)
		}
	})
	return order
}

// eachRow calls f with the relative errors, in percent, of each row of the
// table: operands ascend by value, not by bit pattern.
func eachRow(t *lut.Table, f func(a int, row []float64)) {
	if t.Format.Kind == lut.Coded {
		eachCodedRow(t, f)
		return
	}
	flip := func(i, bits int, signed bool) int {
		if signed {
			return i ^ 1<<(bits-1)
		}
		return i
	}
	kind := t.Format.Kind
	row, ordered := make([]float64, t.Format.Cols()), make([]float64, t.Format.Cols())
	for a := range t.Format.Rows() {
		t.RelErrors(uint32(flip(a, t.Format.A, kind.SignedA())), row)
		for b := range ordered {
			ordered[b] = 100 * row[flip(b, t.Format.B, kind.SignedB())]
		}
		f(a, ordered)
	}
}

// eachCodedRow is eachRow of codes.
func eachCodedRow(t *lut.Table, f func(a int, row []float64)) {
	rows, columns := byNumber(t.Format.Codes.A), byNumber(t.Format.Codes.B)
	row, ordered := make([]float64, len(columns)), make([]float64, len(columns))
	for i, a := range rows {
		t.RelErrors(uint32(a), row)
		for j, b := range columns {
			ordered[j] = 100 * row[b]
		}
		f(i, ordered)
	}
}

// span returns the ends of an operand's axis: the values of a significand, or
// those of an integer, each in the middle of its cell.
func span(kind lut.Kind, bits int, signed bool) (lo, hi float64) {
	n := math.Ldexp(1, bits)
	switch {
	case kind == lut.Mantissa:
		return 1, 2
	case signed:
		return -n/2 - 0.5, n/2 - 0.5
	default:
		return -0.5, n - 0.5
	}
}
