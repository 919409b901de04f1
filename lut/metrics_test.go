package lut

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func within(t *testing.T, want, got, tol float64, what string) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.6g, expected %.6g ± %g", what, got, want, tol)
	}
}

func TestMeasureExact(t *testing.T) {
	for _, f := range []Format{UintFormat(8, 8), UintFormat(3, 6), SintFormat(8, 8), SintFormat(1, 1), UintFormat(12, 12)} {
		m := Measure(exactInt(t, f))
		rel := m.RelPairs
		assert.Equal(t, Metrics{Pairs: f.Pairs(), RelPairs: rel, Commutes: f.A == f.B}, m, "%v", f)
		assert.Equal(t, (f.Rows()-1)*(f.Cols()-1), rel, "%v", f)
	}
	m := Measure(exactMantissa(t, 7, 15))
	assert.Equal(t, Metrics{Pairs: 1 << 14, RelPairs: 1 << 14, Commutes: true}, m)
}

// By hand: the 2-bit UDM cell errs once, 3 × 3 = 7.
func TestMeasureByHand(t *testing.T) {
	m := Measure(udm(t, 2))
	assert.Equal(t, 16, m.Pairs)
	assert.Equal(t, 9, m.RelPairs)
	assert.Equal(t, 1, m.Wrong)
	assert.Equal(t, []float64{2. / 16, 2, 4. / 16, 1. / 16}, []float64{m.MAE, m.WCE, m.MSE, m.EP})
	within(t, 2./9/9, m.MRED, 1e-16, "MRED")
	within(t, -2./9/9, m.Bias, 1e-16, "bias")
	within(t, 2./9, m.WCRE, 0, "WCRE")
	within(t, 32./6561, m.Variance, 1e-16, "variance")
	within(t, 2./16/9, m.NMED, 1e-17, "NMED")
	within(t, 100*2./16/16, m.MAEPercent, 0, "MAE%")
	within(t, 12.5, m.WCEPercent, 0, "WCE%")
	assert.Equal(t, RelError{-2. / 9, 3, 3}, m.MaxNegative)
	assert.Equal(t, RelError{}, m.MaxPositive)
}

func TestMeasureZeroProducts(t *testing.T) {
	m := Measure(fill(t, "one", UintFormat(2, 2), func(a, b uint32) uint32 { return max(a*b, 1) }))
	assert.Equal(t, 7, m.Wrong, "wrong at zero")
	assert.Equal(t, 7, m.WrongZero)
	assert.Equal(t, 7./16, m.MAE)
	assert.Equal(t, 0., m.MRED, "but never in a relative way")
}

// Of a wrong pair only the kind that it is of is counted: 1 × 2 is wrong, and so is 0 × 3, in each of two kinds of
// integers.
func TestMeasureWrongZero(t *testing.T) {
	for _, f := range []Format{UintFormat(3, 3), SintFormat(3, 3)} {
		tab := exactInt(t, f)
		tab.Set(1, 2, 3)
		tab.Set(0, 3, 1)
		m := Measure(tab)
		assert.Equal(t, []int{2, 1, 49}, []int{m.Wrong, m.WrongZero, m.RelPairs}, "%v", f)
		within(t, 0.5/49, m.MRED, 1e-17, "MRED")
	}
	assert.Zero(t, Measure(exactMantissa(t, 7, 15)).WrongZero)
}

// Errors that cancel leave a bias of zero, not the noise of rounding; a bias of one unit in one product of many does
// not get lost.
func TestMeasureNoiseLong(t *testing.T) {
	m := Measure(fill(t, "cancels", SintFormat(8, 8), func(a, b uint32) uint32 {
		x, y := Signed.Number(a, 8), Signed.Number(b, 8)
		p := x * y
		if p != 0 && x > 0 && y != -128 { // 1/(x·y) and 1/(x·−y), of which no other row has the opposite
			p++
		}
		return uint32(p) & 0xffff
	}))
	assert.Equal(t, 127*254, m.Wrong)
	assert.Zero(t, m.Bias)
	assert.NotZero(t, m.MRED)
	assert.NotZero(t, m.Variance)

	one := exactInt(t, UintFormat(12, 12))
	one.Set(4095, 4095, 4095*4095+1)
	m = Measure(one)
	const product = 4095. * 4095
	within(t, 1/product/product, m.Bias, 1e-30, "bias")
	within(t, 1/product/product/product, m.Variance, 1e-28, "variance")
}

// The squares of the largest table exceed 64 bits.
func TestMeasureLargestLong(t *testing.T) {
	tab, err := New("nothing", UintFormat(12, 12))
	require.NoError(t, err)
	m := Measure(tab)
	const n = 1<<12 - 1
	squares := float64(n * (n + 1) * (2*n + 1) / 6) // of 1 to n
	within(t, squares*squares/(1<<24), m.MSE, m.MSE*0x1p-52, "MSE")
	assert.Equal(t, float64(n)*n/4*(n+1)*(n+1)/(1<<24), m.MAE)
	assert.Equal(t, []float64{n * n, 1, -1, 0}, []float64{m.WCE, m.MRED, m.Bias, m.Variance})
}

func TestMeasureSigned(t *testing.T) {
	// Magnitudes one too small where the product is -2, one too large at +4.
	f := SintFormat(2, 2)
	tab := exactInt(t, f)
	tab.Set(2, 1, 0xf) // -2 × 1 = -1
	m := Measure(tab)
	assert.Equal(t, RelError{-0.5, 2, 1}, m.MaxNegative, "(-1 − -2) / -2")
	assert.Equal(t, 1./16, m.MAE)
	assert.Equal(t, 1./16/4, m.NMED, "the largest product is -2 × -2")
	assert.Equal(t, &CounterExample{1, 2, 0xe, 0xf}, m.CounterExample)
	assert.False(t, m.Commutes)
}

// Published figures; see shared/design/multipliers.md. The UDM paper divides
// by all pairs, those with a zero product included.
func TestMeasurePublishedLong(t *testing.T) {
	for n, percent := range map[int]float64{2: 1.39, 4: 2.60, 8: 3.25} {
		m := Measure(udm(t, n))
		within(t, percent, 100*m.MRED*float64(m.RelPairs)/float64(m.Pairs), 0.01, "UDM MRED")
		within(t, -m.MRED, m.Bias, 1e-15, "UDM bias")
	}
	for _, tab := range []*Table{mitchellMantissa(t, 7), mitchellMantissa(t, 11), mitchellInt(t, 8), mitchellInt(t, 12)} {
		m := Measure(tab)
		within(t, -1./9, m.MaxNegative.Value, 1e-12, "Mitchell's worst")
		assert.Equal(t, RelError{}, m.MaxPositive, "Mitchell never errs upwards")
		assert.Equal(t, m.WCRE, -m.MaxNegative.Value)
		assert.True(t, m.Commutes)
	}
	within(t, 0.0385, Measure(mitchellMantissa(t, 11)).MRED, 0.0002, "Mitchell's mean, 3.85 % over reals")
	m := Measure(mitchellMantissa(t, 7))
	assert.Equal(t, []uint32{64, 64}, []uint32{m.MaxNegative.A, m.MaxNegative.B}, "1.5 × 1.5 = 2")
	within(t, 0.25, m.WCE, 0, "2.25 − 2")
	within(t, 6.25, m.WCEPercent, 0, "of 4")

	for _, n := range []int{8, 12} { // published for 16 bits: 1.47 %, 6.31 %, almost no bias
		m := Measure(drum(t, 6, n))
		assert.Greater(t, m.MRED, 0.005)
		assert.Less(t, m.MRED, 0.0147)
		assert.Greater(t, m.WCRE, 0.05)
		assert.Less(t, m.WCRE, 0.0636)
		assert.Less(t, math.Abs(m.Bias), 0.006)
	}
}

// Everything again, in rational arithmetic.
func TestMeasureAgainstRationals(t *testing.T) {
	checked := 0
	for _, f := range []Format{FloatFormat(3, 3), FloatFormat(4, 2), FloatFormat(2, 7), UintFormat(5, 4), SintFormat(4, 4), {Kind: Signed, A: 4, B: 3, P: 12}} {
		tab := scrambled(t, f)
		var sum, sq, abs, rel, rel2 big.Rat
		wrong, n := 0, int64(0)
		value := func(num, den int64) *big.Rat { return big.NewRat(num, den) }
		for a := range uint32(f.Rows()) {
			for b := range uint32(f.Cols()) {
				exact, approx := value(tab.ExactInt(a, b), 1), value(tab.Int(a, b), 1)
				if f.Kind == Mantissa {
					v := int64(tab.At(a, b))
					exact = value(tab.ExactInt(a, b), 1<<(2*f.A))
					approx = value((1<<f.P+v%(1<<f.P))<<(v>>f.P), 1<<f.P)
				}
				d := new(big.Rat).Sub(approx, exact)
				ed := new(big.Rat).Abs(d)
				sum.Add(&sum, ed)
				sq.Add(&sq, new(big.Rat).Mul(d, d))
				if d.Sign() != 0 {
					wrong++
				}
				if exact.Sign() != 0 {
					n++
					r := new(big.Rat).Quo(d, exact)
					rel.Add(&rel, r)
					abs.Add(&abs, new(big.Rat).Abs(r))
					rel2.Add(&rel2, new(big.Rat).Mul(r, r))
				}
			}
		}
		mean := func(r *big.Rat, n int64) *big.Rat { return new(big.Rat).Quo(r, value(n, 1)) }
		bias := mean(&rel, n)
		variance := new(big.Rat).Sub(mean(&rel2, n), new(big.Rat).Mul(bias, bias))
		m := Measure(tab)
		assert.Equal(t, wrong, m.Wrong)
		assert.EqualValues(t, n, m.RelPairs)
		for _, c := range []struct {
			what string
			want *big.Rat
			got  float64
			ulps float64
		}{
			{"MAE", mean(&sum, int64(f.Pairs())), m.MAE, 0}, {"MSE", mean(&sq, int64(f.Pairs())), m.MSE, 0},
			{"MRED", mean(&abs, n), m.MRED, 2}, {"bias", bias, m.Bias, 8}, {"variance", variance, m.Variance, 8},
		} {
			want, _ := c.want.Float64()
			within(t, want, c.got, c.ulps*0x1p-52*math.Abs(want), f.String()+" "+c.what)
			checked++
		}
	}
	assert.Equal(t, 30, checked)
}

func TestRelErrors(t *testing.T) {
	tab := udm(t, 2)
	assert.Equal(t, []float64{0, 0, -2. / 9}, tab.RelErrors(3, nil)[1:])
	assert.True(t, math.IsNaN(tab.RelErrors(3, make([]float64, 4))[0]))
}

func TestMetricsAreJSON(t *testing.T) {
	m := Measure(lopsided(t, UintFormat(3, 3)))
	text, err := json.Marshal(m)
	require.NoError(t, err)
	var back Metrics
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, m, back)
	assert.Contains(t, string(text), `"counter_example":{"a":1,"b":2,"ab":0,"ba":2}`)
}

func BenchmarkMeasure12(b *testing.B) {
	tab := mitchellInt(b, 12)
	for b.Loop() {
		Measure(tab)
	}
}
