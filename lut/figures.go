package lut

import (
	"math"
	"math/bits"
)

// Figures collects the error figures of a multiplier row by row, for formats of any
// width: no table is needed. Each row is added by one goroutine, its columns in
// ascending order; different rows may be added at the same time. Sums of distances
// are integers, relative errors are summed within a row and then over the rows in
// order: the same products give the same bits, whatever the number of goroutines.
type Figures struct {
	format Format
	scale  int // products are integers in units of 2^(−scale)
	rows   []rowFigures
}

// rowFigures are the sums of one row.
type rowFigures struct {
	wrong, rel int
	zero       int    // wrong ones whose exact product is 0
	sum        uint64 // of ED
	sqHi, sqLo uint64 // of ED²
	worst      uint64 // largest ED, at
	worstB     uint32

	// Of the relative errors: the sum of magnitudes, the sum, and with the row's
	// first one as origin the sum of differences and of their squares. The origin
	// is one of the errors, so that it is at most as far from their mean as their
	// spread allows, and the variance keeps its digits.
	abs, signed, origin, shift, square float64
	most, least                        RelError // A is not set
}

// NewFigures returns figures of no rows. The operands may have more bits than a
// table's.
func NewFigures(f Format) *Figures {
	g := &Figures{format: f, rows: make([]rowFigures, f.Rows())}
	if f.Kind == Mantissa {
		g.scale = max(2*f.A, f.P)
	} else {
		g.scale = f.Part.LSB
	}
	return g
}

// Exact adds a row whose products are all exact, faster than Add does. The port has the whole product.
func (g *Figures) Exact(a uint32) {
	g.rows[a].rel = g.format.Cols()
	if g.format.Kind != Mantissa {
		if a == 0 {
			g.rows[a].rel = 0
		} else {
			g.rows[a].rel--
		}
	}
}

// Add adds products of row a from column b on, as approximate − exact and exact.
func (g *Figures) Add(a, b uint32, diff, exact []int64) {
	exact = exact[:len(diff)]
	s := &g.rows[a]
	s.distances(b, diff)
	s.relative(b, diff, exact)
}

// distances adds the error distances, which are below 2^32.
func (s *rowFigures) distances(b uint32, diff []int64) {
	var sum, sqLo, sqHi, wrong uint64
	worst := s.worst
	for i, d := range diff {
		ed := uint64(max(d, -d))
		sum += ed
		var c uint64
		sqLo, c = bits.Add64(sqLo, ed*ed, 0)
		sqHi += c
		wrong += -ed >> 63 // 1 unless it is 0: whether it is cannot be predicted
		if ed > worst {
			worst, s.worstB = ed, b+uint32(i)
		}
	}
	s.sum += sum
	s.wrong += int(wrong)
	s.worst = worst
	add128(&s.sqHi, &s.sqLo, sqHi, sqLo)
}

// add128 adds a number of two words to another one.
func add128(hi, lo *uint64, h, l uint64) {
	var c uint64
	*lo, c = bits.Add64(*lo, l, 0)
	*hi += h + c
}

// relative adds the relative errors.
func (s *rowFigures) relative(b uint32, diff, exact []int64) {
	rel, abs, signed, origin, shift, square := s.rel, s.abs, s.signed, s.origin, s.shift, s.square
	most, least := s.most.Value, s.least.Value
	for i, e := range exact {
		if e == 0 {
			if diff[i] != 0 {
				s.zero++
			}
			continue
		}
		r := float64(diff[i]) / float64(e)
		if rel == 0 {
			origin = r
		}
		rel++
		abs += math.Abs(r)
		signed += r
		x := r - origin
		shift += x
		square += float64(x * x) // converted: never fused with the sum
		if r > most {
			most = r
			s.most = RelError{Value: r, B: b + uint32(i)}
		}
		if r < least {
			least = r
			s.least = RelError{Value: r, B: b + uint32(i)}
		}
	}
	s.rel, s.abs, s.signed, s.origin, s.shift, s.square = rel, abs, signed, origin, shift, square
}

// Metrics returns the figures of all rows. Whether the multiplier commutes is left
// open.
func (g *Figures) Metrics() Metrics {
	f := g.format
	m := Metrics{Pairs: f.Pairs()}
	var sumHi, sum, sqHi, sqLo, worst uint64 // of ED in units of 2^(−scale)
	var abs, rel total
	for a := range g.rows {
		s := &g.rows[a]
		m.Wrong += s.wrong
		m.WrongZero += s.zero
		m.RelPairs += s.rel
		add128(&sumHi, &sum, 0, s.sum)
		add128(&sqHi, &sqLo, s.sqHi, s.sqLo)
		if s.worst > worst {
			worst = s.worst
			m.Worst = &Pair{uint32(a), s.worstB}
		}
		abs.add(s.abs)
		rel.add(s.signed)
		if s.most.Value > m.MaxPositive.Value {
			m.MaxPositive = RelError{s.most.Value, uint32(a), s.most.B}
		}
		if s.least.Value < m.MaxNegative.Value {
			m.MaxNegative = RelError{s.least.Value, uint32(a), s.least.B}
		}
	}
	n, relN := float64(m.Pairs), float64(m.RelPairs)
	wide := func(hi, lo uint64) float64 { return math.Ldexp(float64(hi), 64) + float64(lo) }
	m.MAE = math.Ldexp(wide(sumHi, sum)/n, -g.scale)
	m.WCE = math.Ldexp(float64(worst), -g.scale)
	m.MSE = math.Ldexp(wide(sqHi, sqLo)/n, -2*g.scale)
	m.EP = float64(m.Wrong) / n
	m.MRED = abs.sum() / relN
	m.WCRE = max(m.MaxPositive.Value, -m.MaxNegative.Value)
	m.Bias = rel.sum() / relN
	m.Variance = g.variance(m.Bias, relN)
	// Each error is rounded, and each addition of a row: by 2^−53 of the magnitudes. A mean within that is no figure.
	if noise := math.Ldexp(float64(f.Cols()+2), -53); math.Abs(m.Bias) <= noise*m.MRED {
		m.Bias = 0
	}
	m.NMED = m.MAE / f.maxProduct()
	span := 4.0
	if f.Kind != Mantissa {
		span = f.span()
	}
	m.MAEPercent, m.WCEPercent = 100*m.MAE/span, 100*m.WCE/span
	return m
}

// variance is the mean square of the rows' deviations from their own means and of
// those means from the bias: a mean of squares less the square of the mean would
// lose a small variance beside a large bias.
func (g *Figures) variance(bias, n float64) float64 {
	var sq total
	for a := range g.rows {
		s := &g.rows[a]
		if s.rel == 0 {
			continue
		}
		k := float64(s.rel)
		mean := s.shift / k
		sq.add(max(0, s.square-float64(s.shift*mean)))
		off := mean + (s.origin - bias)
		sq.add(float64(k * float64(off*off)))
	}
	return sq.sum() / n
}
