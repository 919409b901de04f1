package lutgen_test

import (
	"context"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// wide is a design in Go of any width.
type wide struct {
	*fake
	product func(a, b uint64) cosim.Word
}

func (w wide) Open(context.Context) (cosim.DUT, error) {
	return wideDUT{&fakeDUT{fake: w.fake}, w}, nil
}

type wideDUT struct {
	*fakeDUT
	wide wide
}

func (d wideDUT) EvalWords(_ context.Context, a, b []uint64, p []cosim.Word) error {
	for i := range a {
		p[i] = d.wide.product(a[i], b[i])
	}
	return nil
}

// bigNumber returns the number of a pattern.
func bigNumber(v cosim.Word, bits int, signed bool) *big.Int {
	n := v.Big()
	if signed && n.Bit(bits-1) == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	}
	return n
}

// bigProduct multiplies by package big, which package lutgen does not.
func bigProduct(s cosim.Shape) func(a, b uint64) cosim.Word {
	return func(a, b uint64) cosim.Word {
		k := s.Numbers().Kind
		p := new(big.Int).Mul(bigNumber(cosim.Word{Lo: a}, s.A, k.SignedA()), bigNumber(cosim.Word{Lo: b}, s.B, k.SignedB()))
		p.Rsh(p, uint(s.Part.LSB)) // rounds down
		p.And(p, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(s.P)), big.NewInt(1)))
		lo := new(big.Int).And(p, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
		return cosim.Word{Lo: lo, Hi: new(big.Int).Rsh(p, 64).Uint64()}
	}
}

func sampleOf(t *testing.T, s cosim.Shape, n uint64, product func(a, b uint64) cosim.Word, want lutgen.Expected, jobs int) (
	*lutgen.SampleResult, error) {
	t.Helper()
	plan, err := sample.New(s, n, 1)
	require.NoError(t, err)
	design := wide{pure(s, func(a, b uint32) uint32 { return uint32(product(uint64(a), uint64(b)).Lo) }), product}
	return lutgen.Sample(t.Context(), lutgen.Side{Opener: design}, want, plan, lutgen.ExhaustiveOptions{Jobs: jobs})
}

func TestSampleIsExact(t *testing.T) {
	for _, s := range []cosim.Shape{
		{Kind: cosim.Signed, A: 64, B: 64, P: 128}, {Kind: cosim.Unsigned, A: 24, B: 17, P: 50},
		{Kind: cosim.Signed, A: 33, B: 31, P: 66}, {Kind: cosim.Signed, A: 16, B: 16, P: 32},
		{Kind: cosim.SignedByUnsigned, A: 64, B: 64, P: 128}, {Kind: cosim.UnsignedBySigned, A: 64, B: 64, P: 128},
		{Kind: cosim.SignedByUnsigned, A: 24, B: 24, P: 48}, {Kind: cosim.UnsignedBySigned, A: 17, B: 40, P: 60},
	} {
		r, err := sampleOf(t, s, 1000, bigProduct(s), lutgen.Expected{}, 2)
		require.NoError(t, err)
		assert.True(t, r.Equal(), "%v: %+v", s, r.First[:min(3, len(r.First))])
		assert.Zero(t, *r.Figures.EP)
		assert.Equal(t, "0", r.Figures.WCE)
		assert.Greater(t, r.Compared, uint64(5000))
		// One wrong bit, the highest one of one stratum, is counted in it.
		bad := func(a, b uint64) cosim.Word {
			p := bigProduct(s)(a, b)
			if a>>3 == 1 && b>>9 == 1 {
				top := cosim.Word{Lo: 1 << min(s.P-1, 63)}
				if s.P > 64 {
					top = cosim.Word{Hi: 1 << (s.P - 65)}
				}
				p.Lo, p.Hi = p.Lo^top.Lo, p.Hi^top.Hi
			}
			return p
		}
		r, err = sampleOf(t, s, 1000, bad, lutgen.Expected{}, 2)
		require.NoError(t, err)
		require.Len(t, r.Strata.Wrong, 1)
		assert.Equal(t, "2^3", r.Strata.Wrong[0].A)
		assert.Equal(t, "2^9", r.Strata.Wrong[0].B)
		assert.GreaterOrEqual(t, r.Strata.Wrong[0].Mismatched, uint64(10))
		assert.Equal(t, r.Strata.Wrong[0].Mismatched, r.Mismatched)
		assert.False(t, r.Equal())
		assert.Equal(t, new(big.Int).Lsh(big.NewInt(1), uint(s.P-1)).String(), r.Figures.WCE, "%v", s)
	}
}

// TestSampleOfParts has ports with the low bits of the product, the high ones and those between, of operands of all
// kinds, and each with one wrong bit in a directed pair: the most negative operands, or the largest.
func TestSampleOfParts(t *testing.T) {
	for _, s := range []cosim.Shape{
		{Kind: cosim.Unsigned, A: 24, B: 24, P: 24, Part: lut.Part{Modulo: true}},
		{Kind: cosim.Unsigned, A: 24, B: 24, P: 24, Part: lut.Part{LSB: 24}},
		{Kind: cosim.Unsigned, A: 64, B: 64, P: 64, Part: lut.Part{LSB: 64}},
		{Kind: cosim.Unsigned, A: 40, B: 40, P: 20, Part: lut.Part{LSB: 50, Modulo: true}},
		{Kind: cosim.Signed, A: 32, B: 32, P: 32, Part: lut.Part{LSB: 31}},
		{Kind: cosim.Signed, A: 64, B: 64, P: 63, Part: lut.Part{LSB: 65}},
		{Kind: cosim.Signed, A: 64, B: 64, P: 70, Part: lut.Part{LSB: 3, Modulo: true}},
		{Kind: cosim.SignedByUnsigned, A: 24, B: 24, P: 24, Part: lut.Part{LSB: 24}},
		{Kind: cosim.UnsignedBySigned, A: 33, B: 31, P: 20, Part: lut.Part{LSB: 40, Modulo: true}},
	} {
		r, err := sampleOf(t, s, 1000, bigProduct(s), lutgen.Expected{}, 2)
		require.NoError(t, err, "%v", s)
		assert.True(t, r.Equal(), "%v: %+v", s, r.First[:min(3, len(r.First))])
		assert.Nil(t, r.Figures)
		edge := func(bits int, signed bool) uint64 {
			if signed {
				return 1 << (bits - 1)
			}
			return ^uint64(0) >> (64 - bits)
		}
		k := s.Numbers().Kind
		x, y := edge(s.A, k.SignedA()), edge(s.B, k.SignedB())
		r, err = sampleOf(t, s, 1000, func(a, b uint64) cosim.Word {
			p := bigProduct(s)(a, b)
			if a == x && b == y {
				p.Lo ^= 1
			}
			return p
		}, lutgen.Expected{}, 2)
		require.NoError(t, err)
		require.NotEmpty(t, r.First, "%v", s)
		assert.Equal(t, sample.Directed, r.First[0].Part)
		assert.Equal(t, [2]uint64{x, y}, [2]uint64{r.First[0].A.Lo, r.First[0].B.Lo})
		assert.Equal(t, uint64(1), r.Parts["directed"].Mismatched)
	}
	_, err := sample.New(cosim.Shape{Kind: cosim.Unsigned, A: 24, B: 24, P: 24, Part: lut.Part{LSB: 25}}, 1000, 1)
	assert.ErrorContains(t, err, "a sample is taken of pairs of integers")
}

// The figures are those of the uniform pairs, by sums in package big.
func TestSampleFigures(t *testing.T) {
	s := cosim.Shape{Kind: cosim.Signed, A: 40, B: 36, P: 76}
	approximate := func(a, b uint64) cosim.Word { return bigProduct(s)(a&^7, b) }
	r, err := sampleOf(t, s, 5000, approximate, lutgen.Expected{}, 3)
	require.NoError(t, err)
	plan, err := sample.New(s, 5000, 1)
	require.NoError(t, err)
	_, a, b := plan.Block(plan.Blocks() - 1)
	var wrong, mred, bias, mae, mse float64
	for i := range a {
		exact, got := bigNumber(bigProduct(s)(a[i], b[i]), 76, true), bigNumber(approximate(a[i], b[i]), 76, true)
		diff, _ := new(big.Float).SetInt(new(big.Int).Sub(got, exact)).Float64()
		of, _ := new(big.Float).SetInt(exact).Float64()
		if diff != 0 {
			wrong++
		}
		mae += math.Abs(diff)
		mse += diff * diff
		mred += math.Abs(diff / of)
		bias += diff / of
	}
	n, f := 5000.0, r.Figures
	assert.Equal(t, uint64(5000), f.Pairs)
	assert.InDelta(t, wrong/n, *f.EP, 1e-12)
	assert.InDelta(t, 7.0/8, *f.EP, 0.02)
	assert.True(t, f.EPIn[0] < 7.0/8 && f.EPIn[1] > 7.0/8)
	assert.InEpsilon(t, mred/n, f.MRED, 1e-9)
	assert.InEpsilon(t, bias/n, f.Bias, 1e-9)
	assert.InEpsilon(t, mae/n, f.MAE, 1e-9)
	assert.InEpsilon(t, mse/n, f.MSE, 1e-9)
	assert.InEpsilon(t, mae/n/math.Ldexp(1, 74), f.NMED, 1e-9)
	assert.Equal(t, new(big.Int).Lsh(big.NewInt(7), 35).String(), f.WCE, "7 times the least b, a directed pair")
	assert.Less(t, f.MREDIn[0], f.MRED)
	assert.Greater(t, f.MREDIn[1], f.MRED)
}

func TestSampleDoesNotDependOnJobs(t *testing.T) {
	s := cosim.Shape{Kind: cosim.Unsigned, A: 24, B: 24, P: 48}
	bad := func(a, b uint64) cosim.Word { lo := (a | 1) * b; return cosim.Word{Lo: lo & (1<<48 - 1)} }
	var want string
	for jobs := 1; jobs <= 3; jobs++ {
		r, err := sampleOf(t, s, 150_000, bad, lutgen.Expected{}, jobs)
		require.NoError(t, err)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		if want == "" {
			want = string(text)
		}
		require.Equal(t, want, string(text))
	}
	assert.Contains(t, want, `"exhaustive":false,"sample":150000,"seed":1`)
}

func TestSampleDisagreement(t *testing.T) {
	s := cosim.Shape{Kind: cosim.Unsigned, A: 48, B: 48, P: 96}
	plan, err := sample.New(s, 1000, 1)
	require.NoError(t, err)
	right := wide{pure(s, nil), bigProduct(s)}
	other := wide{pure(s, nil), func(a, b uint64) cosim.Word {
		p := bigProduct(s)(a, b)
		if a == 1<<48-1 && b == 1<<40+1 {
			p.Hi ^= 1
		}
		return p
	}}
	_, err = lutgen.Sample(t.Context(), lutgen.Side{Opener: right, Others: []cosim.Opener{other}}, lutgen.Expected{}, plan,
		lutgen.ExhaustiveOptions{Jobs: 2})
	var e *lutgen.DisagreeError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, [2]uint64{1<<48 - 1, 1<<40 + 1}, [2]uint64{e.A, e.B})
	assert.Equal(t, uint64(1), e.Differ)

	// A golden design is compared pair by pair, too.
	r, err := lutgen.Sample(t.Context(), lutgen.Side{Opener: right}, lutgen.Expected{Side: &lutgen.Side{Opener: other}}, plan,
		lutgen.ExhaustiveOptions{Jobs: 2})
	require.NoError(t, err)
	require.Len(t, r.First, 1)
	assert.Equal(t, sample.Directed, r.First[0].Part)
	assert.Equal(t, uint64(1<<40+1), r.First[0].B.Lo)
	assert.Len(t, r.RefWitnesses, 1)
}

// A product that follows the pair before is found where structure does not prove that none does.
func TestSampleState(t *testing.T) {
	s := cosim.Shape{Kind: cosim.Unsigned, A: 16, B: 16, P: 32}
	plan, err := sample.New(s, 1000, 1)
	require.NoError(t, err)
	for name, product := range map[string]func(st *state, a, b uint32) uint32{
		"state": func(st *state, a, b uint32) uint32 { return a*b ^ st.lastA>>15&(st.lastB>>15) },
		"open":  func(st *state, a, b uint32) uint32 { return a*b ^ uint32(st.fill)&1 },
	} {
		side := lutgen.Side{Opener: &fake{shape: s, product: product}, Visits: 3}
		_, err = lutgen.Sample(t.Context(), side, lutgen.Expected{}, plan, lutgen.ExhaustiveOptions{Jobs: 1})
		var e *lutgen.StateError
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, uint64(1), e.First.Lo^e.Second.Lo)
	}
}

// Zeros may have signs or none, the same for all pairs; NaN any pattern. AMSim leaves neither open.
func TestSampleOfFloats(t *testing.T) {
	f := lut.FloatFormat(23, 23)
	f.Float.Subnormals = lut.Gradual
	s := cosim.Shape{Kind: cosim.Float, A: 32, B: 32, P: 32, Float: f.Float}
	model, err := golden.FloatProduct("exact-rne_e8m23-ieee", f)
	require.NoError(t, err)
	want := lutgen.Expected{Product: func(a, b uint64) cosim.Word { return cosim.Word{Lo: uint64(model(uint32(a), uint32(b)))} }}
	hardware := func(a, b uint32) uint32 { return math.Float32bits(math.Float32frombits(a) * math.Float32frombits(b)) }
	rng := rand.New(rand.NewPCG(1, 1))
	for name, c := range map[string]struct {
		product     func(a, b uint32) uint32
		signed, err bool
	}{
		"signed zeros": {hardware, true, false},
		"plain zeros":  {model, false, false},
		"both": {func(a, b uint32) uint32 {
			if p := hardware(a, b); p<<1 != 0 || a&1 == 1 {
				return p
			}
			return 0
		}, false, true},
		"any NaN": {func(a, b uint32) uint32 {
			if p := hardware(a, b); p&(1<<31-1) <= 255<<23 {
				return p
			}
			return 255<<23 | 1 | rng.Uint32N(1<<22)
		}, true, false},
		"infinity for NaN": {func(a, b uint32) uint32 {
			if p := hardware(a, b); p&(1<<31-1) <= 255<<23 {
				return p
			}
			return 255 << 23
		}, true, true},
		"halfway up": {func(a, b uint32) uint32 {
			p := hardware(a, b)
			x, y := float64(math.Float32frombits(a)), float64(math.Float32frombits(b))
			if q := math.Abs(x * y); q > 0x1p-126 && q < 0x1p127 && math.Float64bits(q)<<35 == 1<<63 {
				p = (p | 1) + 0
			}
			return p
		}, true, true},
	} {
		plan, err := sample.New(s, 1000, 1)
		require.NoError(t, err)
		r, err := lutgen.Sample(t.Context(), lutgen.Side{Opener: pure(s, c.product)}, want, plan, lutgen.ExhaustiveOptions{Jobs: 1})
		require.NoError(t, err)
		assert.Equal(t, !c.err, r.Equal(), "%s: %+v", name, r.First[:min(3, len(r.First))])
		if name != "both" {
			assert.Equal(t, c.signed, r.SignedZeros, name)
		}
		if !c.err {
			assert.Nil(t, r.Figures.EP)
			assert.InDelta(t, 2e-8, r.Figures.MRED, 1e-8)
			assert.LessOrEqual(t, r.Figures.WCRE, math.Ldexp(1, -24))
		}
	}
	s.Float = lut.Float{}
	plan, err := sample.New(s, 1000, 1)
	require.NoError(t, err)
	r, err := lutgen.Sample(t.Context(), lutgen.Side{Opener: pure(s, func(a, b uint32) uint32 {
		if p := model(a, b); p != 255<<23|1<<22 {
			return p
		}
		return 255<<23 | 1
	})}, want, plan, lutgen.ExhaustiveOptions{Jobs: 1})
	require.NoError(t, err)
	assert.False(t, r.Equal(), "of AMSim there is one NaN")
}
