package errsum

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// both runs a function with the vector instructions, where the machine has them, and without. It returns the results of
// both.
func both[T any](t *testing.T, f func() T) (fast, slow T) {
	t.Helper()
	have := vector
	if !have {
		t.Log("this machine has no AVX2, or portable Go is asked for: it alone is tested")
	}
	defer func() { vector = have }()
	fast = f()
	vector = false
	return fast, f()
}

// errors returns differences and exact products: of every magnitude and sign, with zeros among both.
func errors(rng *rand.Rand, n int) (diff, exact []int64) {
	some := func(most int) int64 {
		if rng.IntN(8) == 0 {
			return 0
		}
		v := int64(rng.Uint64() >> (64 - 1 - rng.IntN(most)))
		if rng.IntN(2) == 0 {
			return -v
		}
		return v
	}
	for range n {
		diff, exact = append(diff, some(32)), append(exact, some(51))
	}
	return diff, exact
}

// TestDistances has all sums equal with and without vector instructions, for lengths that are no multiple of four too, and
// equal to sums of whole numbers.
func TestDistances(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 3, 4, 5, 8, 31, 1024, 1027} {
		diff, _ := errors(rng, n)
		fast, slow := both(t, func() Distances {
			s := Distances{Worst: [Lanes]uint64{1, 2, 3, 1 << 20}}
			s.Add(diff)
			s.Add(diff[:n&^3])
			return s
		})
		require.Equal(t, slow, fast, n)
		sum, square, exact, worst := new(big.Int), new(big.Int), 0, uint64(1<<20)
		for _, d := range append(diff, diff[:n&^3]...) {
			e := new(big.Int).Abs(big.NewInt(d))
			worst = max(worst, e.Uint64())
			sum.Add(sum, e)
			square.Add(square, e.Mul(e, e))
			if d == 0 {
				exact++
			}
		}
		hi, lo := fast.Squares()
		got := new(big.Int).SetUint64(hi)
		got.Lsh(got, 64).Add(got, new(big.Int).SetUint64(lo))
		assert.Equal(t, sum.Uint64(), Total(&fast.Sum))
		assert.Equal(t, square.String(), got.String())
		assert.Equal(t, uint64(exact), Total(&fast.Exact))
		assert.Equal(t, worst, fast.Largest())
	}
}

// words shows floats as their bits: assert.Equal takes −0 for 0.
func words(s Relative) (out []uint64) {
	for _, lanes := range [][Lanes]float64{s.Abs, s.Signed, s.Shift, s.Square, s.Most, s.Least} {
		for _, v := range lanes {
			out = append(out, math.Float64bits(v))
		}
	}
	return append(append(out, s.Zero[:]...), s.WrongZero[:]...)
}

// TestRelativeLevels has all sums equal to the bit with and without vector instructions.
func TestRelativeLevels(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 3, 4, 5, 8, 31, 1024, 1027} {
		diff, exact := errors(rng, n)
		fast, slow := both(t, func() Relative {
			var s Relative
			s.Add(diff, exact, 0.3)
			s.Add(diff, exact, -7)
			return s
		})
		require.Equal(t, words(slow), words(fast), n)
	}
}

// TestRelative compares the sums of relative errors with those of long arithmetic.
func TestRelative(t *testing.T) {
	diff, exact := errors(rand.New(rand.NewPCG(5, 6)), 1000)
	diff[0], exact[0] = 5, 0
	var s Relative
	s.Add(diff, exact, 0.25)
	long := func() *big.Float { return new(big.Float).SetPrec(200) }
	abs, signed, shift, square := long(), long(), long(), long()
	zero, wrong, most, least := 0, 0, 0.0, 0.0
	for i, e := range exact {
		if e == 0 {
			zero++
			if diff[i] != 0 {
				wrong++
			}
			continue
		}
		r := long().Quo(big.NewFloat(float64(diff[i])), big.NewFloat(float64(e)))
		x := long().Sub(r, big.NewFloat(0.25))
		abs.Add(abs, long().Abs(r))
		signed.Add(signed, r)
		shift.Add(shift, x)
		square.Add(square, long().Mul(x, x))
		v, _ := r.Float64()
		most, least = max(most, v), min(least, v)
	}
	for _, c := range []struct {
		want *big.Float
		got  float64
	}{{abs, Sum(&s.Abs)}, {signed, Sum(&s.Signed)}, {shift, Sum(&s.Shift)}, {square, Sum(&s.Square)}} {
		want, _ := c.want.Float64()
		assert.InEpsilon(t, want, c.got, 1e-12)
	}
	assert.Equal(t, uint64(zero), Total(&s.Zero))
	assert.Equal(t, uint64(wrong), Total(&s.WrongZero))
	assert.Positive(t, wrong)
	gotMost, gotLeast := s.Extremes()
	assert.Equal(t, most, gotMost)
	assert.Equal(t, least, gotLeast)
}

// TestDifferences has products of all widths, read with and without a sign, of operands of either sign.
func TestDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 4, 6, 255, 1024} {
		words, halves, bytes := make([]uint32, n), make([]uint16, n), make([]uint8, n)
		for i := range words {
			words[i] = rng.Uint32()
			halves[i], bytes[i] = uint16(words[i]), uint8(words[i])
		}
		for _, x := range []int64{0, 1, -32768, 65535} {
			for _, y := range []int64{0, -32768, 40000} {
				compare(t, words, x, y, 0, func(v uint32) int64 { return int64(v) })
				compare(t, words, x, y, 32, func(v uint32) int64 { return int64(int32(v)) })
				compare(t, words, x, y, 40, func(v uint32) int64 { return int64(int32(v<<8) >> 8) })
				compare(t, halves, x, y, 48, func(v uint16) int64 { return int64(int16(v)) })
				compare(t, bytes, x, y, 0, func(v uint8) int64 { return int64(v) })
			}
		}
	}
}

func compare[T uint8 | uint16 | uint32](t *testing.T, got []T, x, y int64, shift int, number func(T) int64) {
	t.Helper()
	fast, slow := both(t, func() [2][]int64 {
		diff, exact := make([]int64, len(got)), make([]int64, len(got))
		Differences(diff, exact, got, x, y, shift)
		return [2][]int64{diff, exact}
	})
	require.Equal(t, slow, fast)
	for i, v := range got {
		want := x * (y + int64(i))
		require.Equal(t, want, fast[1][i])
		require.Equal(t, number(v)-want, fast[0][i])
	}
}

func BenchmarkSums(b *testing.B) {
	diff, exact := errors(rand.New(rand.NewPCG(9, 10)), 1024)
	have := vector
	defer func() { vector = have }()
	for _, level := range []bool{true, false} {
		name := map[bool]string{true: "vector", false: "portable"}[level]
		run := func(kind string, f func()) {
			b.Run(kind+"/"+name, func(b *testing.B) {
				vector = level && have
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/product")
			})
		}
		got := make([]uint32, 1024)
		run("distances", func() { var d Distances; d.Add(diff) })
		run("relative", func() { var r Relative; r.Add(diff, exact, 0.5) })
		run("differences", func() { Differences(diff, exact, got, 3, 5, 0) })
	}
}
