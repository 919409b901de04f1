package calibrate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
)

// sorted returns numbers, or their magnitudes, in order.
func sorted(x []float32, magnitudes bool) (y []float64) {
	for _, v := range x {
		if magnitudes {
			v = float32(math.Abs(float64(v)))
		}
		y = append(y, float64(v))
	}
	slices.Sort(y)
	return y
}

// TestPercentile: a slow percentile of sorted numbers, which the range exceeds by a bucket at most.
func TestPercentile(t *testing.T) {
	const least = 0x1p-133 // the bucket of 0 ends there
	far := func(v, outward float64) float64 { return v + outward*(math.Abs(v)*0x1p-7+least) }
	for _, n := range []int{1, 2, 3, 99, 100, 101, 9_999, 10_000, 20_001} {
		for name, x := range tensors(max(10, n)) {
			x = x[:n]
			for _, p := range []struct {
				percentile  float64
				part, whole int // the share that is left out
			}{{99.99, 1, 10_000}, {99, 1, 100}, {99.9, 1, 1000}, {50, 1, 2}, {100, 0, 1}, {0, 1, 10_000}} {
				about := fmt.Sprintf("%s %d %v", name, n, p.percentile)
				out := n * p.part / p.whole
				o := Options{Observer: Percentile, Percentile: p.percentile, Form: device.TwosComplement, Bits: 8, Symmetric: true}
				from, to := seen(o, x...).ends()
				exact := sorted(x, true)[n-1-out]
				require.Equal(t, -to, from, about)
				require.GreaterOrEqual(t, to, exact, about)
				require.LessOrEqual(t, to, far(exact, 1), about)

				o.Symmetric, out = false, n*p.part/p.whole/2
				from, to = seen(o, x...).ends()
				y := sorted(x, false)
				require.GreaterOrEqual(t, to, y[n-1-out], about)
				require.LessOrEqual(t, to, far(y[n-1-out], 1), about)
				require.LessOrEqual(t, from, y[out], about)
				require.GreaterOrEqual(t, from, far(y[out], -1), about)
				if p.percentile == 100 {
					require.Equal(t, []float64{y[0], y[n-1]}, []float64{from, to}, about)
				}
			}
		}
	}
}

// TestLeftOut: shares that binary64 rounds, exactly.
func TestLeftOut(t *testing.T) {
	for _, c := range []struct {
		n          uint64
		percentile float64
		ends       int64
		want       uint64
	}{{1_000_000, 99.99, 1, 100}, {1_000_000, 99.99, 2, 50}, {10_000, 99.99, 1, 1}, {9_999, 99.99, 1, 0},
		{10_000, 99.99, 2, 0},
		{1000, 99.9, 1, 1}, {1_000_000, 99.9999, 1, 1}, {100, 99.3, 1, 0}, {1000, 99.3, 1, 7},
		{1 << 60, 50, 2, 1 << 58}, {7, 100, 1, 0}} {
		assert.Equal(t, c.want, leftOut(c.n, c.percentile, c.ends), c)
	}
}

// TestOutlier: one number of a million does not move the percentile by more than a bucket.
func TestOutlier(t *testing.T) {
	x := tensors(1_000_000)["gaussian"]
	for _, o := range []Options{{Form: device.Affine}, {Form: device.Affine, Symmetric: true},
		{Form: device.SignMagnitude}} {
		o.Observer, o.Bits = Percentile, 8
		before, err := seen(o, x...).Quantizer()
		require.NoError(t, err)
		after, err := seen(o, append(slices.Clone(x), 1e30)...).Quantizer()
		require.NoError(t, err)
		assert.InEpsilon(t, before.Scale[0], after.Scale[0], 0.01, o)
		assert.Less(t, after.Scale[0], float32(0.05), o)
		o.Observer = MinMax
		after, err = seen(o, append(slices.Clone(x), 1e30)...).Quantizer()
		require.NoError(t, err)
		assert.Greater(t, after.Scale[0], float32(1e27), o)
	}
}

// raw returns the squared error of numbers, one by one.
func raw(x []float32, q device.Quantizer) (sum float64) {
	for _, v := range x {
		d := float64(v) - float64(q.Number(q.Code(v, 0), 0))
		sum += d * d
	}
	return sum
}

// TestLeastSquares: among all candidates none is much better for the numbers themselves than the one that the histogram
// led to, whose error is as expected.
func TestLeastSquares(t *testing.T) {
	all := tensors(2000)
	all["levels"] = []float32{-1, 0, 0.5, 1}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		x := all[name]
		for _, form := range forms {
			for _, bits := range []int{3, 8} {
				for _, symmetric := range []bool{false, true} {
					o, err := Options{Observer: MSE, Form: form, Bits: bits, Symmetric: symmetric}.filled()
					require.NoError(t, err)
					about := fmt.Sprintf("%s %+v", name, o)
					seen := seen(o, x...)
					q, err := seen.Quantizer()
					require.NoError(t, err)
					got := raw(x, q)
					y := sorted(x, o.Symmetric)
					from, to := min(0, y[0]), max(0, y[len(y)-1])
					best := math.Inf(1)
					for k := range 16 {
						for m := 17; m <= 32; m++ {
							c := float64(m) / 32 / float64(int(1)<<k)
							best = min(best, raw(x, o.codes(from*c, to*c)))
							if k == 0 && !o.Symmetric && from < 0 && to > 0 { // an end alone
								best = min(best, raw(x, o.codes(from, to*c)), raw(x, o.codes(from*c, to)))
							}
						}
					}
					switch name {
					case "levels", "outliers": // few numbers make the error: buckets know them less well
						require.LessOrEqual(t, got, best*1.2+1e-9, about)
					default:
						require.LessOrEqual(t, got, best*1.03, about)
						require.InEpsilon(t, got, squared(seen.all.buckets(), q), 0.1, about)
					}
				}
			}
		}
	}
}

// TestTails: an end with an outlier is clipped alone.
func TestTails(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, outlier := range []float32{40, -40} {
		x := make([]float32, 20_000)
		for i := range x {
			x[i] = -float32(math.Copysign(r.Float64(), float64(outlier)))
		}
		x[0] = outlier
		from, to := seen(Options{Observer: MSE, Form: device.Affine, Bits: 4}, x...).ends()
		if outlier < 0 {
			from, to = -to, -from
		}
		assert.Less(t, from, -0.9)
		assert.Less(t, to, 15.0)
		assert.Positive(t, to)
	}
}

// TestMinMax: a second computation from sorted numbers.
func TestMinMax(t *testing.T) {
	for name, x := range tensors(300) {
		if name == "large" {
			continue // TestCodes has the scales that are lowered
		}
		for bits := 2; bits <= 12; bits++ {
			half, whole := float64(int(1)<<(bits-1)), float64(int(1)<<bits)
			y, m := sorted(x, false), sorted(x, true)
			from, to := min(0, y[0]), max(0, y[len(y)-1])
			for _, c := range []struct {
				form           device.CodeForm
				symmetric      bool
				scale, lo, end float64 // end is the code of from
			}{
				{device.TwosComplement, true, m[len(m)-1] / (half - 1), -half, 0},
				{device.SignMagnitude, false, m[len(m)-1] / (whole - 1), 1 - whole, 0},
				{device.Affine, true, m[len(m)-1] / (half - 1), 0, 0},
				{device.TwosComplement, false, (to - from) / (whole - 1), -half, -half},
				{device.Affine, false, (to - from) / (whole - 1), 0, 0},
			} {
				q, err := seen(Options{Observer: MinMax, Form: c.form, Bits: bits, Symmetric: c.symmetric}, x...).Quantizer()
				require.NoError(t, err)
				require.Equal(t, float32(c.scale), q.Scale[0], name)
				require.EqualValues(t, c.lo, q.Lo, name)
				switch {
				case c.form == device.Affine && c.symmetric:
					require.EqualValues(t, half, q.Zero[0], name)
				case c.symmetric || c.form == device.SignMagnitude:
					require.Zero(t, q.Zero[0], name)
				default:
					require.InDelta(t, c.end-from/c.scale, q.Zero[0], 0.5001, name)
				}
			}
		}
	}
}

// TestSquared: the error of buckets is that of many numbers spread over them.
func TestSquared(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		from := r.NormFloat64() * 5
		b := bucket{from, from + r.ExpFloat64()*math.Exp2(float64(-r.IntN(12))), 3}
		q := device.PerTensor(int32(-r.IntN(8)), int32(r.IntN(8)), float32(0.1+r.Float64()), 0)
		const n = 20_000
		sum := 0.0
		for i := range n {
			x := b.from + (b.to-b.from)*(float64(i)+0.5)/n
			d := math.Inf(1)
			for c := q.Lo; c <= q.Hi; c++ {
				d = min(d, math.Abs(x-float64(c)*float64(q.Scale[0])))
			}
			sum += d * d
		}
		require.InEpsilon(t, 3*sum/n, squared([]bucket{b}, q), 1e-3, "%+v %+v", b, q)
	}
	q := device.PerTensor(-2, 1, 2, 0)
	assert.InDelta(t, 4*(4+9+0.25), squared([]bucket{{-6, -6, 4}, {5, 5, 4}, {0.5, 0.5, 4}}, q), 1e-12, "points")
	assert.InDelta(t, 2*4.0/12, squared([]bucket{{-3, 1, 2}}, q), 1e-12)
}

// slowEntropy returns the divergence of each number of bins, from sorted magnitudes.
func slowEntropy(magnitudes []float64, levels, bins int) (divergence map[int]float64) {
	most := magnitudes[len(magnitudes)-1]
	counts := make([]float64, bins)
	for _, m := range magnitudes {
		if m > 0 {
			counts[min(bins-1, int(m/most*float64(bins)))]++
		}
	}
	return slowDivergences(counts, levels)
}

func slowDivergences(counts []float64, levels int) (divergence map[int]float64) {
	bins := len(counts)
	divergence = map[int]float64{}
	for n := levels; n <= bins; n += bins / 2048 {
		p, q := make([]float64, n), make([]float64, n)
		copy(p, counts)
		for _, c := range counts[n:] {
			p[n-1] += c
		}
		held, places := make([]float64, levels), make([]float64, levels)
		level := func(i int) int { // the one with n·l/levels ≤ i < n·(l + 1)/levels, rounded down
			l := i * levels / n
			for n*(l+1)/levels <= i {
				l++
			}
			return l
		}
		for i := range n {
			held[level(i)] += counts[i]
			if p[i] != 0 {
				places[level(i)]++
			}
		}
		sumP, sumQ := 0.0, 0.0
		for i := range n {
			sumP += p[i]
			sumQ += counts[i]
		}
		d := 0.0
		for i := range n {
			if p[i] != 0 {
				q[i] = math.Max(held[level(i)]/places[level(i)], 1e-4)
				d += p[i] / sumP * math.Log(p[i]/sumP/(q[i]/sumQ))
			}
		}
		if sumQ == 0 {
			d = math.Inf(1)
		}
		divergence[n] = d
	}
	return divergence
}

// TestEqualBins: no number but 0 is lost or counted twice, and up to the end of any bin there are as many as the
// numbers have, but for those of one bucket.
func TestEqualBins(t *testing.T) {
	for name, x := range tensors(5000) {
		var h Histogram
		h.Add(x)
		y := sorted(x, true)
		most := y[len(y)-1]
		bins := equalBins(h.magnitudes(), most, 2048)
		sum, zeros := 0.0, 0.0
		for y[int(zeros)] == 0 {
			zeros++
		}
		y = y[int(zeros):]
		upTo := func(x float64) float64 { n, _ := slices.BinarySearch(y, x); return float64(n) }
		for i, c := range bins {
			sum += c
			end := most * float64(i+1) / 2048
			if i < 2047 {
				require.LessOrEqual(t, sum, upTo(end*(1+0x1p-7))+1e-6, name)
				require.GreaterOrEqual(t, sum, upTo(end*(1-0x1p-7))-1e-6, name)
			}
		}
		require.InDelta(t, len(y), sum, 1e-6, name)
	}
}

// TestDivergence: of any bins, the divergences are those of a plain computation.
func TestDivergence(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, levels := range []int{2, 3, 100, 128} {
		bins, weighted := make([]float64, 2048), make([]float64, 2048)
		for i := range bins {
			if r.IntN(3) > 0 && i%500 > 20 {
				bins[i] = math.Floor(1e5 * math.Exp(-float64(i)/200) * r.Float64())
			}
			weighted[i] = entropies(bins[i])
		}
		bins[2047], weighted[2047] = 5, entropies(5)
		for n, want := range slowDivergences(bins, levels) {
			if got := divergence(bins, weighted, n, levels); math.IsInf(want, 1) {
				require.Equal(t, want, got)
			} else {
				require.InDelta(t, want, got, 1e-11, "%d levels, %d bins", levels, n)
			}
		}
	}
}

// TestEntropy: the threshold has about the least divergence of the numbers themselves.
func TestEntropy(t *testing.T) {
	all := tensors(50_000)
	for _, c := range []struct {
		o      Options
		levels int
	}{
		{Options{Form: device.TwosComplement, Bits: 8, Symmetric: true}, 128},
		{Options{Form: device.TwosComplement, Bits: 4, Symmetric: true}, 8},
		{Options{Form: device.SignMagnitude, Bits: 8}, 256},
	} {
		c.o.Observer = Entropy
		for _, name := range []string{"gaussian", "rectified", "outliers", "negative", "uniform"} {
			y := sorted(all[name], true)
			_, to := seen(c.o, all[name]...).ends()
			bins := max(2048, 16*c.levels)
			slow := slowEntropy(y, c.levels, bins)
			at := bins
			if to < y[len(y)-1] {
				at = int(math.Round(to/y[len(y)-1]*float64(bins) - 0.5))
			}
			best := slices.Min(slices.Collect(maps.Values(slow)))
			require.Contains(t, slow, at)
			assert.LessOrEqual(t, slow[at], best*1.5+1e-4)
		}
	}
}

// TestEntropyClips: a Gaussian with few numbers far away, or a rectified one, keeps the Gaussian and leaves out those.
func TestEntropyClips(t *testing.T) {
	for _, name := range []string{"gaussian", "rectified"} {
		x := append(slices.Clone(tensors(100_000)[name]), 100, 90, 80)
		for _, form := range forms {
			for _, bits := range []int{4, 8} {
				for _, symmetric := range []bool{false, true} {
					o := Options{Observer: Entropy, Form: form, Bits: bits, Symmetric: symmetric}
					from, to := seen(o, x...).ends()
					assert.Less(t, to, 15.0)
					assert.Greater(t, to, 2.5)
					assert.Less(t, raw(x[:100_000], o.codes(from, to)), raw(x[:100_000], o.codes(-100, 100)))
				}
			}
		}
	}
}
