package lutgen_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

func integers(kind cosim.Kind, a, b int) cosim.Shape {
	return cosim.Shape{Kind: kind, A: a, B: b, P: a + b}
}

// number is the value of a bit pattern.
func number(kind cosim.Kind, v uint32, n int) int64 {
	if kind == cosim.Signed && v>>(n-1)&1 == 1 {
		return int64(v) - 1<<n
	}
	return int64(v)
}

// exactOf is the exact product as a bit pattern.
func exactOf(s cosim.Shape) func(a, b uint32) uint32 {
	return func(a, b uint32) uint32 {
		return uint32(uint64(number(s.Kind, a, s.A)*number(s.Kind, b, s.B)) & (1<<s.P - 1))
	}
}

// approximate is wrong in many products, by much and by little, in either direction,
// and does not commute.
func approximate(s cosim.Shape) func(a, b uint32) uint32 {
	exact := exactOf(s)
	return func(a, b uint32) uint32 {
		p := exact(a, b)
		switch {
		case a%7 == 3:
			return p // whole rows are exact
		case a&3 == 1 && b&5 == 1:
			p += a ^ b
		case b&1 == 1:
			p &^= 6
		}
		return p & uint32(1<<s.P-1)
	}
}

// bruteForce compares pair by pair, with nothing in common with the package.
type bruteForce struct {
	wrong, mismatched, rel           int
	sum, worst                       uint64
	squares, abs, signed             float64
	least, most                      float64
	first                            []lutgen.Mismatch
	small, large                     uint64
	spread                           map[int]uint64
	commutes                         bool
	counterA, counterB, wideA, wideB uint32
}

func brute(s cosim.Shape, product, want func(a, b uint32) uint32) bruteForce {
	f := bruteForce{spread: map[int]uint64{}, commutes: s.A == s.B}
	for a := range uint32(1) << s.A {
		for b := range uint32(1) << s.B {
			p, w := product(a, b), want(a, b)
			e := number(s.Kind, a, s.A) * number(s.Kind, b, s.B)
			d := number(s.Kind, p, s.P) - e
			ed := uint64(max(d, -d))
			f.sum += ed
			f.squares += float64(ed) * float64(ed)
			if ed > f.worst {
				f.worst, f.wideA, f.wideB = ed, a, b
			}
			if d != 0 {
				f.wrong++
				k := bits.Len64(ed)
				if d < 0 {
					k = -k
				}
				f.spread[k]++
			}
			if e != 0 {
				f.rel++
				r := float64(d) / float64(e)
				f.abs += math.Abs(r)
				f.signed += r
				f.least, f.most = min(f.least, r), max(f.most, r)
			}
			if p != w {
				f.mismatched++
				if len(f.first) < lutgen.KeepFirst {
					f.first = append(f.first, lutgen.Mismatch{A: a, B: b, Want: w, Got: p})
				}
				if number(s.Kind, p, s.P) < number(s.Kind, w, s.P) {
					f.small++
				} else {
					f.large++
				}
			}
			if f.commutes && b > a && product(b, a) != p {
				f.commutes, f.counterA, f.counterB = false, a, b
			}
		}
	}
	return f
}

func (f bruteForce) check(t *testing.T, s cosim.Shape, r *lutgen.CheckResult) {
	t.Helper()
	n := 1 << (s.A + s.B)
	m := r.Metrics
	assert.EqualValues(t, n, r.Pairs.Compared)
	assert.Equal(t, []int{n, f.rel, f.wrong}, []int{m.Pairs, m.RelPairs, m.Wrong})
	assert.EqualValues(t, f.mismatched, r.Pairs.Mismatched)
	assert.Equal(t, f.first, r.Pairs.First)
	assert.Equal(t, f.small, r.Pairs.Classes["product too small"])
	assert.Equal(t, f.large, r.Pairs.Classes["product too large"])
	assert.Equal(t, f.spread, map[int]uint64(r.Errors))
	assert.Equal(t, float64(f.sum)/float64(n), m.MAE)
	assert.Equal(t, float64(f.worst), m.WCE)
	if f.worst > 0 {
		assert.Equal(t, &lut.Pair{A: f.wideA, B: f.wideB}, m.Worst)
	}
	near := func(want, got float64, what string) {
		assert.False(t, !(math.Abs(want-got) <= 1e-9*math.Abs(want)), "%s is %v, expected %v", what, got, want)
	}
	near(f.squares/float64(n), m.MSE, "MSE")
	near(f.abs/float64(f.rel), m.MRED, "MRED")
	near(f.signed/float64(f.rel), m.Bias, "bias")
	assert.Equal(t, []float64{f.least, f.most}, []float64{m.MaxNegative.Value, m.MaxPositive.Value})
	assert.Equal(t, f.commutes, m.Commutes)
	if s.A == s.B && !f.commutes {
		require.NotNil(t, m.CounterExample)
		assert.Equal(t, []uint32{f.counterA, f.counterB}, []uint32{m.CounterExample.A, m.CounterExample.B})
	}
}

func rowOf(f func(a, b uint32) uint32) func(a uint32, products []uint32) {
	return func(a uint32, products []uint32) {
		for b := range products {
			products[b] = f(a, uint32(b))
		}
	}
}

// TestExhaustive compares formats that no table holds with a simple loop: all
// figures, mismatches with operands, and the same bytes from one job and from four.
func TestExhaustive(t *testing.T) {
	compared := 0
	for _, s := range []cosim.Shape{
		integers(cosim.Unsigned, 13, 5), integers(cosim.Unsigned, 5, 13), integers(cosim.Signed, 13, 5), integers(cosim.Signed, 2, 16),
		integers(cosim.Unsigned, 16, 1), integers(cosim.Signed, 1, 16), integers(cosim.Signed, 9, 9), integers(cosim.Unsigned, 9, 9),
		{Kind: cosim.Unsigned, A: 13, B: 3, P: 8}, {Kind: cosim.Signed, A: 3, B: 13, P: 14},
		{Kind: cosim.Unsigned, A: 3, B: 13, P: 20}, {Kind: cosim.Signed, A: 13, B: 3, P: 32},
	} {
		for name, product := range map[string]func(a, b uint32) uint32{"exact": exactOf(s), "approximate": approximate(s)} {
			for against, want := range map[string]func(a, b uint32) uint32{"exact": exactOf(s), "approximate": approximate(s)} {
				t.Run(fmt.Sprintf("%v/%s/%s", s, name, against), func(t *testing.T) {
					f := brute(s, product, want)
					for _, ref := range []lutgen.Reference{{Row: rowOf(want)}, {Side: &lutgen.Side{Opener: pure(s, want)}}, {}} {
						if ref.Row == nil && ref.Side == nil && (against != "exact" || s.P < s.A+s.B) {
							continue
						}
						var said []string
						for _, jobs := range []int{1, 4} {
							r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, product)}, ref, lutgen.ExhaustiveOptions{Jobs: jobs})
							require.NoError(t, err)
							f.check(t, s, r)
							text, err := json.Marshal(r)
							require.NoError(t, err)
							said = append(said, string(text))
							compared++
						}
						assert.Equal(t, said[0], said[1])
					}
				})
			}
		}
	}
	t.Logf("%d comparisons", compared)
}

// TestExhaustiveIsMeasure: both roads to the figures give the same bits.
func TestExhaustiveIsMeasure(t *testing.T) {
	for _, name := range []string{"exact_u8", "drum6_u8", "mitchell_s8", "bamh2v6_s8", "roba_u8", "mbm_u8", "udm_u4", "trunc2_s5"} {
		m, err := golden.Lookup(name)
		require.NoError(t, err)
		kind := cosim.Unsigned
		if m.Format.Kind == lut.Signed {
			kind = cosim.Signed
		}
		for _, jobs := range []int{1, 3} {
			r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(integers(kind, m.Format.A, m.Format.B), m.Entry)},
				lutgen.Reference{Row: rowOf(m.Entry)}, lutgen.ExhaustiveOptions{Jobs: jobs})
			require.NoError(t, err)
			assert.Equal(t, lut.Measure(m.Table()), *r.Metrics, name)
			assert.True(t, r.Equal())
		}
	}
}

// TestExhaustiveMutants: one wrong product in 2^17 or 2^18 is found, with its
// operands, wherever it is.
func TestExhaustiveMutants(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for _, s := range []cosim.Shape{integers(cosim.Signed, 13, 4), integers(cosim.Unsigned, 5, 13), integers(cosim.Signed, 9, 9), integers(cosim.Unsigned, 16, 2)} {
		minimum := [2]uint32{1 << (s.A - 1), 1 << (s.B - 1)} // of both signed operands
		pairs := [][2]uint32{minimum, {0, 0}, {1<<s.A - 1, 1<<s.B - 1}, {0, 1<<s.B - 1}}
		for range 4 {
			pairs = append(pairs, [2]uint32{rng.Uint32N(1 << s.A), rng.Uint32N(1 << s.B)})
		}
		exact := exactOf(s)
		for i, at := range pairs {
			flip := uint32(1) << (i * (s.P - 1) / (len(pairs) - 1))
			mutant := func(a, b uint32) uint32 {
				if a == at[0] && b == at[1] {
					return exact(a, b) ^ flip
				}
				return exact(a, b)
			}
			want := []lutgen.Mismatch{{A: at[0], B: at[1], Want: exact(at[0], at[1]), Got: exact(at[0], at[1]) ^ flip}}
			for _, ref := range []lutgen.Reference{{}, {Row: rowOf(exact)}, {Side: &lutgen.Side{Opener: pure(s, exact)}}} {
				r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, mutant)}, ref, lutgen.ExhaustiveOptions{})
				require.NoError(t, err)
				assert.False(t, r.Equal())
				assert.EqualValues(t, 1, r.Pairs.Mismatched)
				assert.Equal(t, want, r.Pairs.First)
				assert.Equal(t, 1, r.Metrics.Wrong)
				assert.Equal(t, &lut.Pair{A: at[0], B: at[1]}, r.Metrics.Worst)
				found++
			}
			// A simulator that has this product, where the other one has the exact one.
			_, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, exact), Others: []cosim.Opener{pure(s, mutant)}},
				lutgen.Reference{}, lutgen.ExhaustiveOptions{})
			var e *lutgen.DisagreeError
			require.ErrorAs(t, err, &e)
			assert.Equal(t, at, [2]uint32{uint32(e.A), uint32(e.B)})
			assert.Equal(t, []string{fmt.Sprintf("%#x", want[0].Want), fmt.Sprintf("%#x", want[0].Got)},
				[]string{e.Voices[0].Product, e.Voices[1].Product})
			assert.EqualValues(t, 1, e.Differ)
		}
	}
	assert.Equal(t, 4*8*3, found)
	s := integers(cosim.Signed, 13, 13)
	assert.EqualValues(t, 1<<24, exactOf(s)(1<<12, 1<<12), "the square of the lowest number")
}

// TestExhaustiveSample: of 2^18 pairs another simulator forms 2^13, in whole rows,
// the directed ones among them; what is wrong in a sampled row is found.
func TestExhaustiveSample(t *testing.T) {
	s := integers(cosim.Unsigned, 14, 4)
	exact := exactOf(s)
	asked := make([]bool, 1<<s.A) // rows, by one job
	other := func(bad uint32) *fake {
		return pure(s, func(a, b uint32) uint32 {
			asked[a] = true
			if a == bad && b == 3 {
				return exact(a, b) ^ 1
			}
			return exact(a, b)
		})
	}
	check := func(bad uint32) (*lutgen.CheckResult, error) {
		return lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, exact), Others: []cosim.Opener{other(bad)}, Sample: 1 << 13},
			lutgen.Reference{}, lutgen.ExhaustiveOptions{Jobs: 1})
	}
	r, err := check(1 << 20)
	require.NoError(t, err)
	assert.Equal(t, []lut.Witness{{Products: 1 << 18}, {Products: 1 << 13, Sample: true}}, r.Witnesses)
	assert.EqualValues(t, 1<<18, r.Pairs.Compared)
	rows := 0
	for _, yes := range asked {
		if yes {
			rows++
		}
	}
	assert.Equal(t, 1<<9, rows)
	for _, a := range []uint32{0, 1, 2, 3, 1<<14 - 1, 1<<14 - 2, 1 << 13, 1<<13 - 1, 1<<13 + 1, 1 << 7, 1<<7 + 1, 1<<7 - 1} {
		assert.True(t, asked[a], "row %#x", a)
	}
	_, err = check(1 << 13)
	var e *lutgen.DisagreeError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, [2]uint32{1 << 13, 3}, [2]uint32{uint32(e.A), uint32(e.B)})
}

// TestExhaustiveState: without a proof, pairs are visited several times, and what
// depends on the pair before or on open bits is no multiplier.
func TestExhaustiveState(t *testing.T) {
	s := integers(cosim.Unsigned, 13, 4)
	exact := exactOf(s)
	for name, product := range map[string]func(s *state, a, b uint32) uint32{
		"state": func(s *state, a, b uint32) uint32 {
			if s.lastA == 5000 && s.lastB == 3 {
				return exact(a, b) ^ 1
			}
			return exact(a, b)
		},
		"open": func(s *state, a, b uint32) uint32 {
			if s.fill == cosim.FillRandom && a == 77 {
				return exact(a, b) ^ 1
			}
			return exact(a, b)
		},
	} {
		for _, ref := range []bool{false, true} {
			bad, good := lutgen.Side{Opener: &fake{shape: s, product: product}, Visits: 3}, lutgen.Side{Opener: pure(s, exact)}
			design, golden := bad, good
			if ref {
				design, golden = good, bad
			}
			_, err := lutgen.Exhaustive(t.Context(), design, lutgen.Reference{Side: &golden}, lutgen.ExhaustiveOptions{})
			var e *lutgen.ImpureError
			require.ErrorAs(t, err, &e, name)
			assert.Equal(t, name == "open", e.Open)
		}
	}
}

// TestExhaustiveFloats compares two floating-point designs pair by pair, with
// classes.
func TestExhaustiveFloats(t *testing.T) {
	m, err := golden.Lookup("mitchell_e8m2")
	require.NoError(t, err)
	table := m.Table()
	s := cosim.Shape{Kind: cosim.Float, A: 11, B: 11, P: 11}
	broken := func(a, b uint32) uint32 {
		if a == 0x3fc && b == 0 { // infinity times zero
			return a
		}
		return table.MulNarrow(a, b)
	}
	r, err := lutgen.Exhaustive(t.Context(), lutgen.Side{Opener: pure(s, broken)},
		lutgen.Reference{Side: &lutgen.Side{Opener: pure(s, table.MulNarrow)}}, lutgen.ExhaustiveOptions{})
	require.NoError(t, err)
	assert.EqualValues(t, 1<<22, r.Pairs.Compared)
	assert.Equal(t, []lutgen.Mismatch{{A: 0x3fc, B: 0, Want: 0x3fe, Got: 0x3fc}}, r.Pairs.First)
	assert.Equal(t, map[string]uint64{"NaN expected": 1}, r.Pairs.Classes)
	assert.Nil(t, r.Metrics)
}

func TestExhaustiveRefusals(t *testing.T) {
	zero := func(a, b uint32) uint32 { return 0 }
	side := func(kind cosim.Kind, a, b, p int) lutgen.Side {
		return lutgen.Side{Opener: pure(cosim.Shape{Kind: kind, A: a, B: b, P: p}, zero)}
	}
	other := side(cosim.Unsigned, 13, 14, 26)
	for _, c := range []struct {
		design lutgen.Side
		ref    lutgen.Reference
		text   string
	}{
		{side(cosim.Unsigned, 17, 4, 21), lutgen.Reference{}, "no format of which all pairs"},
		{side(cosim.Mantissa, 7, 7, 8), lutgen.Reference{}, "no format of which all pairs"},
		{side(cosim.Float, 16, 16, 16), lutgen.Reference{}, "with a table's rules"},
		{side(cosim.Float, 17, 17, 17), lutgen.Reference{}, "out of reach"},
		{side(cosim.Unsigned, 13, 13, 20), lutgen.Reference{}, "the exact product of 13 × 13 bits has 26"},
		{side(cosim.Unsigned, 13, 13, 26), lutgen.Reference{Side: &other}, "cannot be compared"},
	} {
		_, err := lutgen.Exhaustive(t.Context(), c.design, c.ref, lutgen.ExhaustiveOptions{})
		assert.ErrorContains(t, err, c.text)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := lutgen.Exhaustive(ctx, side(cosim.Unsigned, 16, 16, 32), lutgen.Reference{}, lutgen.ExhaustiveOptions{})
	assert.ErrorIs(t, err, context.Canceled)
}
