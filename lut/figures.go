package lut

import (
	"math"
	"math/bits"
	"slices"

	"github.com/approxtrain/approxtrain/internal/errsum"
)

// Figures collects the error figures of a multiplier row by row, for formats of any
// width: no table is needed. Each row is added by one goroutine, its columns in
// ascending order; different rows may be added at the same time. Sums of distances
// are integers. Relative errors are summed within a row, in lanes of columns modulo 4
// (see package errsum), and then over the rows in order: the same products give the
// same bits, whatever the number of goroutines.
type Figures struct {
	format Format
	scale  int // products are integers in units of 2^(−scale)
	rows   []rowFigures
}

// rowFigures are the sums of one row.
type rowFigures struct {
	count     int // of products
	distances errsum.Distances
	worstB    uint32 // where the largest distance is
	// The first relative error is the origin: it is at most as far from their mean as their spread allows, and the
	// variance keeps its digits.
	relative    errsum.Relative
	origin      float64
	begun       bool     // the origin is set
	most, least RelError // A is not set
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
	s := &g.rows[a]
	s.count = g.format.Cols()
	s.distances.Exact[0] = uint64(s.count)
	if g.format.Kind != Mantissa {
		s.relative.Zero[0] = 1
		if a == 0 {
			s.relative.Zero[0] = uint64(s.count)
		}
	}
}

// Add adds products of row a from column b on, as approximate − exact and exact. A row
// may come in pieces; all but the last one have a multiple of four products.
func (g *Figures) Add(a, b uint32, diff, exact []int64) {
	exact = exact[:len(diff)]
	s := &g.rows[a]
	s.count += len(diff)

	worst := s.distances.Largest()
	s.distances.Add(diff)
	if w := s.distances.Largest(); w > worst {
		s.worstB = b + uint32(slices.IndexFunc(diff, func(d int64) bool { return uint64(max(d, -d)) == w }))
	}

	if !s.begun {
		if i := slices.IndexFunc(exact, func(e int64) bool { return e != 0 }); i >= 0 {
			s.origin, s.begun = float64(diff[i])/float64(exact[i]), true
		}
	}
	s.relative.Add(diff, exact, s.origin)
	most, least := s.relative.Extremes()
	if most > s.most.Value {
		s.most = RelError{Value: most, B: b + relativeError(diff, exact, most)}
	}
	if least < s.least.Value {
		s.least = RelError{Value: least, B: b + relativeError(diff, exact, least)}
	}
}

// relativeError returns where a relative error is first.
func relativeError(diff, exact []int64, r float64) uint32 {
	for i, e := range exact {
		if e != 0 && float64(diff[i])/float64(e) == r {
			return uint32(i)
		}
	}
	panic("lut: a relative error that no product has")
}

// add128 adds a number of two words to another one.
func add128(hi, lo *uint64, h, l uint64) {
	var c uint64
	*lo, c = bits.Add64(*lo, l, 0)
	*hi += h + c
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
		m.Wrong += s.count - int(errsum.Total(&s.distances.Exact))
		m.WrongZero += int(errsum.Total(&s.relative.WrongZero))
		m.RelPairs += s.relatives()
		add128(&sumHi, &sum, 0, errsum.Total(&s.distances.Sum))
		hi, lo := s.distances.Squares()
		add128(&sqHi, &sqLo, hi, lo)
		if w := s.distances.Largest(); w > worst {
			worst = w
			m.Worst = &Pair{uint32(a), s.worstB}
		}
		abs.add(errsum.Sum(&s.relative.Abs))
		rel.add(errsum.Sum(&s.relative.Signed))
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

// relatives returns the number of relative errors.
func (s *rowFigures) relatives() int { return s.count - int(errsum.Total(&s.relative.Zero)) }

// variance is the mean square of the rows' deviations from their own means and of
// those means from the bias: a mean of squares less the square of the mean would
// lose a small variance beside a large bias.
func (g *Figures) variance(bias, n float64) float64 {
	var sq total
	for a := range g.rows {
		s := &g.rows[a]
		if s.relatives() == 0 {
			continue
		}
		k, shift := float64(s.relatives()), errsum.Sum(&s.relative.Shift)
		mean := shift / k
		sq.add(max(0, errsum.Sum(&s.relative.Square)-float64(shift*mean)))
		off := mean + (s.origin - bias)
		sq.add(float64(k * float64(off*off)))
	}
	return sq.sum() / n
}
