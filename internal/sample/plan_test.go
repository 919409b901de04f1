package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
)

var (
	u64      = cosim.Shape{Kind: cosim.Unsigned, A: 64, B: 64, P: 128}
	s24      = cosim.Shape{Kind: cosim.Signed, A: 24, B: 24, P: 48}
	u7x3     = cosim.Shape{Kind: cosim.Unsigned, A: 7, B: 3, P: 10}
	s5x2     = cosim.Shape{Kind: cosim.Signed, A: 5, B: 2, P: 7}
	binary32 = cosim.Shape{Kind: cosim.Float, A: 32, B: 32, P: 32, Float: lut.Float{Subnormals: lut.GradualNearest}}
	tiny     = cosim.Shape{Kind: cosim.Float, A: 6, B: 6, P: 6, Float: lut.Float{Exponent: 3}}
)

func plan(t *testing.T, s cosim.Shape, n, seed uint64) *Plan {
	t.Helper()
	p, err := New(s, n, seed)
	require.NoError(t, err)
	return p
}

func digest(p *Plan) string {
	h := sha256.New()
	for i := range p.Blocks() {
		part, a, b := p.Block(i)
		binary.Write(h, binary.LittleEndian, uint64(part))
		binary.Write(h, binary.LittleEndian, a)
		binary.Write(h, binary.LittleEndian, b)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// The pairs of a seed are the same on every machine, in every version: reports name the seed alone.
func TestSameSeedSamePairs(t *testing.T) {
	assert.Equal(t, "a6faf1c2994e53b9", digest(plan(t, u64, 70_000, 1)))
	assert.Equal(t, "4d7691d3af658ad5", digest(plan(t, s24, 1000, 1)))
	assert.Equal(t, "9b572481f87c7733", digest(plan(t, binary32, 1000, 7)))
	assert.NotEqual(t, digest(plan(t, s24, 1000, 1)), digest(plan(t, s24, 1000, 2)))
}

func TestPlanCountsItsPairs(t *testing.T) {
	for _, s := range []cosim.Shape{u64, s24, u7x3, s5x2, binary32, tiny} {
		p := plan(t, s, 66_000, 3)
		total, parts, drawn := 0, map[Part]int{}, make([]uint64, p.Strata())
		for i := range p.Blocks() {
			part, a, b := p.Block(i)
			require.Equal(t, len(a), len(b))
			require.NotEmpty(t, a)
			if part == Uniform {
				require.Equal(t, uint64(parts[Uniform]), p.Before(i))
			}
			total += len(a)
			parts[part] += len(a)
			for k := range a {
				require.Zero(t, a[k]>>(s.A-1)>>1, "%v: an operand fits its port", s)
				require.Zero(t, b[k]>>(s.B-1)>>1)
				if part == Stratified {
					drawn[p.Stratum(a[k], b[k])]++
				}
			}
		}
		assert.Equal(t, p.Total(), uint64(total), "%v", s)
		assert.Equal(t, 66_000, parts[Uniform])
		for i, n := range drawn {
			assert.Equal(t, p.ofStratum(i), n, "%v: stratum %d", s, i)
		}
	}
}

// Each value has one class, and draws and enumerations stay in theirs.
func TestClasses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range []cosim.Shape{u64, s24, u7x3, s5x2, binary32, tiny} {
		p := plan(t, s, 1000, 1)
		for _, side := range []struct {
			side
			bits int
		}{{p.strata.a, s.A}, {p.strata.b, s.B}} {
			sum := new(big.Int)
			for class := range side.count() {
				n := side.size(class)
				sum.Add(sum, new(big.Int).SetUint64(n))
				for range min(n, 50) {
					require.Equal(t, class, side.of(side.draw(class, rng)), "%v: class %s", s, side.name(class))
				}
				seen := map[uint64]bool{}
				for i := range min(n, 500) {
					v := side.at(class, i)
					require.False(t, seen[v])
					seen[v] = true
					require.Equal(t, class, side.of(v))
				}
				if n > 0 {
					require.Equal(t, class, side.of(side.at(class, n-1)))
				}
			}
			assert.Equal(t, new(big.Int).Lsh(big.NewInt(1), uint(side.bits)), sum, "%v: every value has a class", s)
		}
	}
}

// A bit of a uniform operand is 1 in half of the pairs, whatever other bits are.
func TestUniformBits(t *testing.T) {
	p := plan(t, u64, 60_000, 5)
	_, a, b := p.Block(p.Blocks() - 1)
	for i := range 64 {
		ones, both, neighbour := 0, 0, 0
		for k := range a {
			ones += int(a[k] >> i & 1)
			both += int(a[k] >> i & (b[k] >> i) & 1)
			neighbour += int(a[k] >> i & (a[k] >> ((i + 1) % 64)) & 1)
		}
		n := float64(len(a))
		assert.InDelta(t, n/2, float64(ones), 5*math.Sqrt(n)/2)
		assert.InDelta(t, n/4, float64(both), 5*math.Sqrt(n)/2)
		assert.InDelta(t, n/4, float64(neighbour), 5*math.Sqrt(n)/2)
	}
}

func TestDirectedIntegers(t *testing.T) {
	for _, s := range []cosim.Shape{u64, s24, s5x2} {
		p := plan(t, s, 100, 1)
		has := map[[2]uint64]bool{}
		for i := range p.directed.a {
			k := [2]uint64{p.directed.a[i], p.directed.b[i]}
			require.False(t, has[k], "a pair is there once")
			has[k] = true
		}
		of := func(bits int) (out []uint64) {
			m := mask(bits)
			for k := range bits {
				out = append(out, 1<<k, (1<<k-1)&m, (1<<k+1)&m, -(1<<k)&m)
			}
			return append(out, 0, 1, m, m>>1, m>>1+1)
		}
		for _, a := range of(s.A) {
			for _, b := range of(s.B) {
				require.True(t, has[[2]uint64{a, b}], "%v: %#x, %#x", s, a, b)
			}
		}
		require.True(t, has[[2]uint64{0x1c & mask(s.A), 1}], "a run of ones")
	}
}

func TestDirectedFloats(t *testing.T) {
	d := directedFloats(binary32)
	counts := map[string]int{}
	for i := range d.a {
		x, y := math.Float32frombits(uint32(d.a[i])), math.Float32frombits(uint32(d.b[i]))
		exact := float64(x) * float64(y) // binary64 holds it
		p := x * y
		switch {
		case exact != exact:
			counts["NaN"]++
		case math.IsInf(float64(x), 0) || math.IsInf(float64(y), 0):
			counts["infinity"]++
		case math.IsInf(float64(p), 0):
			counts["overflow"]++
		case exact != 0 && math.Abs(float64(p)) < 0x1p-126:
			counts["subnormal result"]++
		}
		if p == 0 && math.Signbit(float64(p)) {
			counts["negative zero"]++
		}
		// Halfway between neighbours: the last place of the result, in units of which the product has the fraction 1/2.
		if a := math.Abs(exact); a > 0 && a < math.MaxFloat32 {
			ulp := math.Ldexp(1, max(math.Ilogb(a)-23, -149))
			if q := a / ulp; q-math.Floor(q) == 0.5 {
				if a < 0x1p-126 {
					counts["halfway, subnormal"]++
				} else {
					counts["halfway"]++
				}
			}
		}
	}
	for what, least := range map[string]int{"NaN": 1000, "infinity": 500, "overflow": 1000, "subnormal result": 1000, "negative zero": 100,
		"halfway": 100, "halfway, subnormal": 1000} {
		assert.GreaterOrEqual(t, counts[what], least, what)
	}
}

func TestBounds(t *testing.T) {
	// The rate that a sample without wrong pairs excludes leaves it a probability of 5 %.
	for _, n := range []uint64{1, 10, 1000, 1_000_000, 1_000_000_000} {
		r := Upper(0, n)
		assert.InDelta(t, 0.05, math.Exp(float64(n)*math.Log1p(-r)), 1e-9)
	}
	assert.Equal(t, uint64(333_808_200), OneIn(Upper(0, 1_000_000_000))/100*100, "1 in 333 M")
	// With wrong ones, the probability of so few of them is 5 %.
	binomial := func(k, n int, r float64) (sum float64) {
		for i := range k + 1 {
			c, _ := new(big.Float).SetInt(new(big.Int).Binomial(int64(n), int64(i))).Float64()
			sum += c * math.Pow(r, float64(i)) * math.Pow(1-r, float64(n-i))
		}
		return sum
	}
	for _, c := range [][2]int{{1, 20}, {3, 100}, {19, 20}} {
		k, n := c[0], c[1]
		assert.InDelta(t, 0.05, binomial(k, n, Upper(uint64(k), uint64(n))), 1e-6)
		low, high := Interval(uint64(k), uint64(n))
		assert.InDelta(t, 0.025, binomial(k, n, high), 1e-6)
		assert.InDelta(t, 0.025, 1-binomial(k-1, n, low), 1e-6)
	}
	assert.Equal(t, 1.0, Upper(5, 5))
	low, high := Interval(0, 50)
	assert.Zero(t, low)
	assert.InDelta(t, 1-math.Pow(0.025, 1.0/50), high, 1e-9)
	assert.InDelta(t, 1.95996*0.5/math.Sqrt(99), MeanInterval(50, 50, 100), 1e-5)
}

func TestNewRefuses(t *testing.T) {
	for _, s := range []cosim.Shape{
		{Kind: cosim.Unsigned, A: 65, B: 8, P: 73}, {Kind: cosim.Mantissa, A: 23, B: 23, P: 24},
		{Kind: cosim.Float, A: 64, B: 64, P: 64}, {Kind: cosim.Float, A: 24, B: 32, P: 32},
	} {
		_, err := New(s, 1000, 1)
		assert.ErrorContains(t, err, "a sample is taken of pairs of integers of up to 64 bits")
	}
	_, err := New(u64, 99, 1)
	assert.ErrorContains(t, err, "expected 100 to 2^40")
	assert.Equal(t, 64, bits.Len64(mask(64)))
}
