package gradient

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// multiplier is one of a table.
type multiplier struct{ table *lut.Table }

func (m multiplier) Table() *lut.Table { return m.table }

// product returns a product of codes, all that the table takes less some at either end.
func product(t *lut.Table, magnitude bool, less int32) device.IntegerProduct {
	p := device.IntegerProduct{Multiplier: multiplier{t}, Magnitude: magnitude}
	formA, formB := device.CodeForms(t.Format, magnitude)
	lo, hi := formA.Range(t.Format.A)
	p.A = device.PerTensor(lo+less, hi-less, 1, 0)
	lo, hi = formB.Range(t.Format.B)
	p.B = device.PerTensor(lo+less, hi-less, 1, 0)
	return p
}

// productOf is the product of two codes, as devices compute it.
func productOf(t *lut.Table, magnitude bool, a, b int32) int64 {
	formA, formB := device.CodeForms(t.Format, magnitude)
	sign := int64(1)
	pattern := func(code int32, form device.CodeForm, bits int) uint32 {
		if form == device.SignMagnitude && code < 0 {
			sign = -sign
			code = -code
		}
		return uint32(code) & (1<<bits - 1)
	}
	x, y := pattern(a, formA, t.Format.A), pattern(b, formB, t.Format.B)
	return sign * device.IntegerProductOf(t, x, y)
}

// forms of codes: each kind of table, as affine codes and as magnitudes.
func eachForm(t *testing.T, names []string, f func(t *testing.T, format lut.Format, magnitude bool)) {
	for _, name := range names {
		for _, magnitude := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, magnitude), func(t *testing.T) { f(t, parse(t, name), magnitude) })
		}
	}
}

// Of exact products the derivative of a product of codes by one is the other code, whatever the form and the range of
// codes.
func TestExactCodes(t *testing.T) {
	eachForm(t, []string{"u1", "u4", "s4", "u3xs4", "s3xu5", "u5x3"}, func(t *testing.T, f lut.Format, magnitude bool) {
		table := exact(t, f)
		for _, o := range options(f) {
			g, err := Of(table, o)
			require.NoError(t, err)
			for less := range int32(min(f.A, f.B)) - 1 {
				p := product(table, magnitude, less)
				d, err := g.Derivatives(p)
				require.NoError(t, err)
				require.NoError(t, d.Check(p))
				var ofA, ofB []float32
				if g.OneD {
					ofA, ofB, err = g.Slopes(p)
					require.NoError(t, err)
					require.Len(t, ofA, int(p.A.Hi-p.A.Lo+1))
					require.Len(t, ofB, int(p.B.Hi-p.B.Lo+1))
				}
				i := 0
				for a := p.A.Lo; a <= p.A.Hi; a++ {
					for b := p.B.Lo; b <= p.B.Hi; b++ {
						require.Equal(t, [2]float32{float32(b), float32(a)}, [2]float32{d.A[i], d.B[i]}, "codes %d, %d", a, b)
						if g.OneD {
							require.Equal(t, [2]float32{float32(b), float32(a)}, [2]float32{ofB[b-p.B.Lo], ofA[a-p.A.Lo]}, "codes %d, %d", a, b)
						}
						i++
					}
				}
			}
		}
	})
}

// Of any table, where the window crosses neither an end of the range nor 0, the derivative is the smoothed difference of
// the products of codes.
func TestDifferencesOfCodes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	eachForm(t, []string{"u4", "s4", "u4xs5", "s4xu5", "u5x4"}, func(t *testing.T, f lut.Format, magnitude bool) {
		const h = 1
		table := random(t, f, r)
		g, err := Of(table, Options{Kind: Difference, Half: h})
		require.NoError(t, err)
		p := product(table, magnitude, 0)
		d, err := g.Derivatives(p)
		require.NoError(t, err)
		formA, formB := device.CodeForms(f, magnitude)
		inside := func(x int32, q device.Quantizer, form device.CodeForm) bool {
			far := form != device.SignMagnitude || x > h || x < -h
			return far && x-h-1 >= q.Lo && x+h+1 <= q.Hi
		}
		i, n := 0, 0
		for a := p.A.Lo; a <= p.A.Hi; a++ {
			for b := p.B.Lo; b <= p.B.Hi; b++ {
				var byA, byB int64
				for k, w := range []int64{-1, -1, 0, 1, 1} { // of the numbers from −h − 1 to h + 1
					byA += w * productOf(table, magnitude, min(max(a+int32(k)-2, p.A.Lo), p.A.Hi), b)
					byB += w * productOf(table, magnitude, a, min(max(b+int32(k)-2, p.B.Lo), p.B.Hi))
				}
				if inside(a, p.A, formA) && !(formA == device.SignMagnitude && (a == h+1 || a == -h-1)) {
					require.Equal(t, float32(float64(byA)/6), d.A[i], "∂/∂a at codes %d, %d", a, b)
					n++
				}
				if inside(b, p.B, formB) && !(formB == device.SignMagnitude && (b == h+1 || b == -h-1)) {
					require.Equal(t, float32(float64(byB)/6), d.B[i], "∂/∂b at codes %d, %d", a, b)
					n++
				}
				i++
			}
		}
		assert.Greater(t, n, 200)
	})
}

// With signs round the table, a derivative by an operand is even in it and odd in the other one; 0 has no sign.
func TestSigns(t *testing.T) {
	f := parse(t, "u4x3")
	table := random(t, f, rand.New(rand.NewPCG(7, 8)))
	for _, o := range options(f) {
		g, err := Of(table, o)
		require.NoError(t, err)
		d, err := g.Derivatives(product(table, true, 0))
		require.NoError(t, err)
		const hiA, hiB = 15, 7
		at := func(s []float32, a, b int) float32 { return s[(a+hiA)*(2*hiB+1)+b+hiB] }
		for a := range hiA + 1 {
			for b := range hiB + 1 {
				byA, byB := g.ByA(a, b), g.ByB(a, b)
				assert.Equal(t, byA, at(d.A, a, b))
				assert.Equal(t, byB, at(d.B, a, b))
				if a > 0 {
					assert.Equal(t, byA, at(d.A, -a, b))
					assert.Equal(t, -byB, at(d.B, -a, b))
				}
				if b > 0 {
					assert.Equal(t, -byA, at(d.A, a, -b))
					assert.Equal(t, byB, at(d.B, a, -b))
				}
				if a > 0 && b > 0 {
					assert.Equal(t, -byA, at(d.A, -a, -b))
					assert.Equal(t, -byB, at(d.B, -a, -b))
				}
			}
		}
		for _, x := range append(d.A, d.B...) {
			require.False(t, x == 0 && math.Signbit(float64(x)), "%v has a −0", o)
		}
	}
}

func TestCodesRefused(t *testing.T) {
	f := parse(t, "u3")
	table := exact(t, f)
	g, err := Of(table, Options{Kind: Difference})
	require.NoError(t, err)
	wide := product(table, false, 0)
	wide.B.Hi = 8
	empty := product(table, false, 0)
	empty.A.Lo, empty.A.Hi = 3, 2
	for want, p := range map[string]device.IntegerProduct{
		"another format": product(exact(t, parse(t, "s3")), false, 0),
		"for codes of operand B from 0 to 8: expected a range within 0 … 7": wide,
		"operand A from 3 to 2": empty,
		"format u3":             {Multiplier: multiplier{}},
	} {
		_, err := g.Derivatives(p)
		assert.ErrorContains(t, err, want)
	}
	_, _, err = g.Slopes(product(table, false, 0))
	assert.ErrorContains(t, err, "depend on both operands")
	g.OneD = true
	_, _, err = g.Slopes(wide)
	assert.ErrorContains(t, err, "from 0 to 8")
}
