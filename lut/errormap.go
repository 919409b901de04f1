package lut

import "math"

// ErrorMap collects pictures of the relative errors of a multiplier of integers, of which no table is needed: the
// largest error in each cell of the operand plane, and a histogram of all errors with exact counts. One goroutine adds
// to it at a time; what is merged does not depend on the order.
type ErrorMap struct {
	Format        Format
	Columns, Rows int // cells along operand a, and along operand b: 512, or as many as there are values
	// Cells are row-major, the lowest b first, both operands ascending as numbers: the relative error of largest
	// magnitude, the positive one of two; NaN where every exact product is 0.
	Cells []float64

	exact  uint64   // pairs whose product is exact, in rows that were added by Exact
	counts []uint64 // of errors, by the highest bits of their binary64
}

// MapCells is the number of cells of an ErrorMap in each direction.
const MapCells = 512

const (
	// An octave of magnitudes is cut into so many bins: 2^binBits.
	binBits  = 5
	binShift = 52 - binBits
	signBin  = 1 << (63 - binShift)
)

// NewErrorMap returns a map without pairs.
func NewErrorMap(f Format) *ErrorMap {
	m := &ErrorMap{Format: f, Columns: min(MapCells, f.Rows()), Rows: min(MapCells, f.Cols()), counts: make([]uint64, 2*signBin)}
	m.Cells = make([]float64, m.Columns*m.Rows)
	for i := range m.Cells {
		m.Cells[i] = math.NaN()
	}
	return m
}

// place returns the number of a pattern among those of an operand, in ascending order.
func place(v uint32, width int, signed bool) int {
	if signed {
		v ^= 1 << (width - 1)
	}
	return int(v)
}

func (m *ErrorMap) placeA(a uint32) int { return place(a, m.Format.A, m.Format.Kind.SignedA()) }
func (m *ErrorMap) placeB(b uint32) int { return place(b, m.Format.B, m.Format.Kind.SignedB()) }

// raise takes an error into a cell.
func (m *ErrorMap) raise(cell int, e float64) {
	was := m.Cells[cell]
	if x, y := math.Abs(e), math.Abs(was); was != was || x > y || x == y && e > was {
		m.Cells[cell] = e
	}
}

// Add adds products of row a from column b on, as approximate − exact and exact. The columns ascend as numbers, too.
func (m *ErrorMap) Add(a, b uint32, diff, exact []int64) {
	column := m.placeA(a) * m.Columns >> m.Format.A
	first := m.placeB(b)
	exact = exact[:len(diff)]
	for i := 0; i < len(diff); {
		row := (first + i) * m.Rows >> m.Format.B
		end := min(len(diff), (row+1)<<m.Format.B/m.Rows-first) // of the cell
		most, least, any := 0.0, 0.0, false
		for k := i; k < end; k++ {
			e := exact[k]
			if e == 0 {
				continue
			}
			any = true
			r := float64(diff[k]) / float64(e)
			m.counts[math.Float64bits(r)>>binShift]++
			most, least = max(most, r), min(least, r)
		}
		if any {
			if -least > most {
				most = least
			}
			m.raise(row*m.Columns+column, most)
		}
		i = end
	}
}

// Exact adds a row whose products are all exact, faster than Add does.
func (m *ErrorMap) Exact(a uint32) {
	if a == 0 {
		return // every exact product is 0
	}
	column := m.placeA(a) * m.Columns >> m.Format.A
	zero := m.placeB(0) * m.Rows >> m.Format.B
	for row := range m.Rows {
		if row == zero && m.Rows == m.Format.Cols() { // b = 0 alone
			continue
		}
		m.raise(row*m.Columns+column, 0)
	}
	m.exact += uint64(m.Format.Cols() - 1)
}

// Merge adds what another map of the same format collected.
func (m *ErrorMap) Merge(o *ErrorMap) {
	for i, e := range o.Cells {
		if e == e {
			m.raise(i, e)
		}
	}
	for i, n := range o.counts {
		m.counts[i] += n
	}
	m.exact += o.exact
}

// Pairs returns the number of pairs whose exact product is not 0.
func (m *ErrorMap) Pairs() uint64 {
	n := m.exact
	for _, c := range m.counts {
		n += c
	}
	return n
}

// Bin is a range of relative errors, from Low on and below High (of negative ones above Low and up to High), and the
// number of pairs in it.
type Bin struct {
	Low, High float64
	Count     uint64
}

// Histogram returns the errors in bins of equal width: 2^w, so that 17 to 32 of them reach from 0 to limit, which is
// above 0. The first and the last bin also hold what is beyond ±limit. Bins at the ends that are empty are left out.
// The counts are exact.
func (m *ErrorMap) Histogram(limit float64) []Bin {
	width := math.Ldexp(1, math.Ilogb(limit)-binBits+1)
	if math.Ldexp(1, math.Ilogb(limit)) == limit {
		width /= 2 // limit is the end of a bin
	}
	side := int(math.Ceil(limit / width))
	all := make([]Bin, 2*side)
	for i := range all {
		all[i].Low, all[i].High = float64(i-side)*width, float64(i-side+1)*width
	}
	all[side].Count = m.exact
	for i, n := range m.counts {
		if n == 0 {
			continue
		}
		least := math.Float64frombits(uint64(i&(signBin-1)) << binShift) // magnitude in this bin
		k := min(int(least/width), side-1)
		if i == signBin { // −0
			k = 0
		}
		if i > signBin {
			k = -1 - k
		}
		all[side+k].Count += n
	}
	for len(all) > 1 && all[0].Count == 0 {
		all = all[1:]
	}
	for len(all) > 1 && all[len(all)-1].Count == 0 {
		all = all[:len(all)-1]
	}
	return all
}
