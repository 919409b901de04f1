package lut

import "math"

// Metrics are the error figures of a multiplier over every operand pair. ED is
// the error distance |approximate − exact|; the signed relative error is
// (approximate − exact) / exact, positive where the magnitude is too large.
// Relative figures are fractions, not percentages. They leave out the pairs
// whose exact product is zero; WrongZero counts those of them that err. A bias
// that the rounding of its terms alone can explain is zero. Products of a Mantissa table are the significand
// products in [1, 4): the approximate one is (1 + frac/2^p) · 2^carry. Those of codes are of the numbers that
// they stand for. Distances of
// integers are in units of the product's last place, 2^LSB. Of products modulo 2^n
// the exact one is taken modulo 2^n too, and a distance is the shorter one of two;
// see Format.Error.
type Metrics struct {
	Pairs    int `json:"pairs"`     // operand pairs
	RelPairs int `json:"rel_pairs"` // those whose exact product is not zero
	Wrong    int `json:"wrong"`     // those with ED ≠ 0
	// WrongZero counts the pairs with ED ≠ 0 whose exact product is zero.
	WrongZero int `json:"wrong_zero"`
	// WrongSpecial counts, of codes, the pairs that are wrong because the exact product or the table's is no finite
	// number. They are in Wrong, but in no figure of error distances.
	WrongSpecial int `json:"wrong_special,omitempty"`

	MAE float64 `json:"mae"` // mean ED
	WCE float64 `json:"wce"` // largest ED
	// Worst is the first pair, in row-major order, with the largest ED; nil if no
	// pair errs.
	Worst *Pair   `json:"worst,omitempty"`
	MSE   float64 `json:"mse"` // mean ED²
	EP    float64 `json:"ep"`  // Wrong / Pairs

	MRED     float64 `json:"mred"`     // mean ED / |exact| over RelPairs
	WCRE     float64 `json:"wcre"`     // largest ED / |exact|
	NMED     float64 `json:"nmed"`     // MAE / largest exact |product|
	Bias     float64 `json:"bias"`     // mean signed relative error
	Variance float64 `json:"variance"` // of the signed relative error (population)

	MaxPositive RelError `json:"max_positive"` // the largest relative error above 0
	MaxNegative RelError `json:"max_negative"` // the lowest below 0

	// As EvoApproxLib prints them: of the 2^(A+B) values of the output range,
	// for Signed too; of those of the part that the port has. For Mantissa, of 4, which is that range for integers of
	// m + 1 bits. For Coded, of the largest exact product.
	MAEPercent float64 `json:"mae_percent"`
	WCEPercent float64 `json:"wce_percent"`

	Commutes       bool            `json:"commutes"`
	CounterExample *CounterExample `json:"counter_example,omitempty"` // of equal operand widths only
}

// RelError is a signed relative error and the first operand pair, in row-major
// order, that has it. All are zero if no pair errs in that direction.
type RelError struct {
	Value float64 `json:"value"`
	A     uint32  `json:"a"` // bit patterns
	B     uint32  `json:"b"`
}

// Pair is a pair of operands, as bit patterns.
type Pair struct {
	A uint32 `json:"a"`
	B uint32 `json:"b"`
}

// CounterExample is an operand pair whose exchange changes the product. All
// are bit patterns.
type CounterExample struct {
	A  uint32 `json:"a"`
	B  uint32 `json:"b"`
	AB uint32 `json:"ab"` // entry at (A, B)
	BA uint32 `json:"ba"` // entry at (B, A)
}

// Measure returns the error metrics of a table; see Figures: the same table gives
// the same bits.
func Measure(t *Table) Metrics {
	f := t.Format
	var m Metrics
	if f.Kind == Coded {
		m = measureCodes(t)
	} else {
		g := NewFigures(f)
		e := t.errors()
		for a := range uint32(f.Rows()) {
			e.load(a)
			g.Add(a, 0, e.diff, e.exact)
		}
		m = g.Metrics()
	}
	ok, a, b := t.Commutes()
	m.Commutes = ok
	if !ok && f.A == f.B && !f.Kind.Mixed() && (a != 0 || b != 0) {
		m.CounterExample = &CounterExample{a, b, t.At(a, b), t.At(b, a)}
	}
	return m
}

// maxProduct returns the largest magnitude of an exact product.
func (f Format) maxProduct() float64 {
	if a, b := math.Ldexp(1, f.A), math.Ldexp(1, f.B); f.Kind == Mantissa {
		return (2 - 1/a) * (2 - 1/b)
	}
	return f.largest()
}

// RelErrors copies the signed relative errors of row a into dst, of length
// Cols, and returns it; a nil dst is allocated. It is NaN where the exact
// product is zero.
func (t *Table) RelErrors(a uint32, dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, t.Format.Cols())
	}
	if t.Format.Kind == Coded {
		return t.codeErrors(a, dst[:t.Format.Cols()])
	}
	e := t.errors()
	e.load(a)
	for b, d := range e.diff {
		dst[b] = math.NaN()
		if e.exact[b] != 0 {
			dst[b] = float64(d) / float64(e.exact[b])
		}
	}
	return dst[:len(e.diff)]
}

// rowErrors holds the errors of one row at a time.
type rowErrors struct {
	t       *Table
	scale   int // products are integers in units of 2^(−scale)
	entries []uint32
	diff    []int64 // approximate − exact
	exact   []int64
}

func (t *Table) errors() *rowErrors {
	n := t.Format.Cols()
	e := &rowErrors{t: t, entries: make([]uint32, n), diff: make([]int64, n), exact: make([]int64, n)}
	if t.Format.Kind == Mantissa {
		e.scale = max(2*t.Format.A, t.Format.P)
	}
	return e
}

func (e *rowErrors) load(a uint32) {
	f := e.t.Format
	e.t.Row(a, e.entries)
	for b, v := range e.entries {
		x, y := f.operands(a, uint32(b))
		if f.Kind != Mantissa {
			e.diff[b], e.exact[b] = f.Error(v, x*y)
			continue
		}
		exact := x * y << (e.scale - 2*f.A)
		approx := int64(1<<f.P|v&(1<<f.P-1)) << (v >> f.P) << (e.scale - f.P)
		e.diff[b], e.exact[b] = approx-exact, exact
	}
}

// total is a sum with Neumaier's compensation.
type total struct{ hi, lo float64 }

func (t *total) add(x float64) {
	s := t.hi + x
	if math.Abs(t.hi) >= math.Abs(x) {
		t.lo += (t.hi - s) + x
	} else {
		t.lo += (x - s) + t.hi
	}
	t.hi = s
}

func (t *total) sum() float64 { return t.hi + t.lo }
