package baseline

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
)

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "baseline-test-")
	if err != nil {
		return "", err
	}
	return Build(context.Background(), dir)
})

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// start starts the programs.
func start(t *testing.T) *Process {
	t.Helper()
	path, err := build()
	if errors.Is(err, ErrNoCompiler) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	p, err := Start(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// shapes are at and around the edges of tiles, blocks and chunks.
var shapes = []device.Gemm{
	{M: 1, N: 1, K: 1}, {M: 2, N: 16, K: 4}, {M: 5, N: 33, K: 7}, {M: 6, N: 32, K: 256}, {M: 7, N: 31, K: 257}, {M: 13, N: 65, K: 191},
	{M: 12, N: 64, K: 193}, {M: 3, N: 5, K: 1023}, {M: 4, N: 40, K: 1024}, {M: 3, N: 34, K: 1025}, {M: 2, N: 3, K: 2600},
	{M: 385, N: 17, K: 9}, {M: 383, N: 15, K: 300}, {M: 3, N: 4, K: 0},
}

// operands returns n normal numbers; two of them have a normal product.
func operands(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(r.Uint32()&0x807fffff | (97+r.Uint32N(60))<<23)
	}
	return x
}

// TestTables compares the programs with a table, bit by bit, with sums of the
// scalar multiply.
func TestTables(t *testing.T) {
	p := start(t)
	g, err := golden.Lookup("mitchell_e8m7")
	require.NoError(t, err)
	mitchell := g.Table()
	random, err := lut.New("random", lut.FloatFormat(7, 7))
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	for a := range uint32(128) {
		for b := range uint32(128) {
			random.Set(a, b, r.Uint32N(256))
		}
	}
	compared := map[string]int{}
	for name, table := range map[string]*lut.Table{Direct: mitchell, Gather: random} {
		if !p.Has(name) {
			t.Logf("no %s on this machine", name)
			continue
		}
		require.NoError(t, p.Table(table))
		for _, s := range shapes {
			a, b := operands(r, s.M*s.K), operands(r, s.K*s.N)
			require.NoError(t, p.Load(s, a, b))
			_, macs, err := p.Run(name, s.M)
			require.NoError(t, err)
			require.EqualValues(t, s.M*s.N*s.K, macs)
			c, err := p.Result(s.M)
			require.NoError(t, err)
			for i := range s.M {
				for j := range s.N {
					var sum device.Sum
					for k := range s.K {
						sum.Add(k, table.MulFloat32(a[i*s.K+k], b[k*s.N+j]))
					}
					want, got := sum.Value(), c[i*s.N+j]
					if math.Float32bits(want) != math.Float32bits(got) {
						require.Failf(t, "wrong", "%s, %+v: element %d, %d is %v, expected %v", name, s, i, j, got, want)
					}
					compared[name]++
				}
			}
		}
		require.Greater(t, compared[name], 10_000)
	}
	t.Logf("elements compared: %v", compared)
}

// TestModel compares the functional model with the table over all fractions of
// 7 bits, with digits below them, which the exact carry depends on.
func TestModel(t *testing.T) {
	p := start(t)
	g, err := golden.Lookup("mitchell_e8m7")
	require.NoError(t, err)
	table := g.Table()
	require.NoError(t, p.Table(table))
	compared := 0
	for _, low := range []uint32{0, 1, 0x8000, 0xffff} {
		s := device.Gemm{M: 128, N: 128, K: 1}
		a, b := make([]float32, 128), make([]float32, 128)
		for i := range a {
			a[i] = math.Float32frombits(uint32(127<<23|i<<16) | low)
			b[i] = -math.Float32frombits(uint32(100<<23|i<<16) | low)
		}
		require.NoError(t, p.Load(s, a, b))
		_, _, err := p.Run(Direct, s.M)
		require.NoError(t, err)
		c, err := p.Result(s.M)
		require.NoError(t, err)
		for i := range a {
			for j := range b {
				require.Equal(t, table.MulFloat32(a[i], b[j]), c[i*128+j], "fractions %d and %d, low bits %#x", i, j, low)
				compared++
			}
		}
	}
	require.Equal(t, 4*128*128, compared)

	// An exact product halfway between 2 and the number below: 2^25 − 1 is 31 · 601 · 1801.
	x, y := float32(31*0x1p-4), float32(601*1801*0x1p-20)
	require.NoError(t, p.Load(device.Gemm{M: 1, N: 1, K: 1}, []float32{x}, []float32{y}))
	_, _, err = p.Run(Direct, 1)
	require.NoError(t, err)
	c, err := p.Result(1)
	require.NoError(t, err)
	require.Equal(t, table.MulFloat32(x, y), c[0])
}

// TestNative compares the native products with sums in binary64.
func TestNative(t *testing.T) {
	p := start(t)
	require.NoError(t, p.Table(lutOfZeros(t)))
	r := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{FMAAVX2, FMAAVX512} {
		t.Run(name, func(t *testing.T) {
			if !p.Has(name) {
				t.Skip("not on this machine")
			}
			compared := 0
			for _, s := range shapes {
				a, b := operands(r, s.M*s.K), operands(r, s.K*s.N)
				require.NoError(t, p.Load(s, a, b))
				_, _, err := p.Run(name, s.M)
				require.NoError(t, err)
				c, err := p.Result(s.M)
				require.NoError(t, err)
				compared += s.M * s.N
				require.NoError(t, CompareNative(s, a, b, c))
			}
			require.Greater(t, compared, 10_000)
		})
	}
}

// TestCompareNative sees what CompareNative refuses.
func TestCompareNative(t *testing.T) {
	s := device.Gemm{M: 1, N: 2, K: 2}
	a, b := []float32{1, 2}, []float32{3, 4, 5, -6}
	require.NoError(t, CompareNative(s, a, b, []float32{13, -8}))
	for _, c := range [][]float32{{13, -8.001}, {13, float32(math.NaN())}, {float32(math.Inf(1)), -8}, {13.001, -8}} {
		require.Error(t, CompareNative(s, a, b, c), "%v", c)
	}
}

func TestPeak(t *testing.T) {
	p := start(t)
	require.NoError(t, p.Table(lutOfZeros(t)))
	require.NoError(t, p.Load(device.Gemm{}, nil, nil))
	for _, name := range []string{PeakAVX2, PeakAVX512} {
		if p.Has(name) {
			seconds, macs, err := p.Run(name, 0)
			require.NoError(t, err)
			require.Positive(t, seconds)
			require.Greater(t, macs, 1e6)
		}
	}
}

// TestErrors: what is wrong is said, and by the process when it is the process.
func TestErrors(t *testing.T) {
	p := start(t)
	require.ErrorContains(t, p.Load(device.Gemm{M: 1, N: 1, K: 1, TransA: true}, []float32{1}, []float32{1}), "no plain product")
	require.ErrorContains(t, p.Load(device.Gemm{M: 2, N: 1, K: 1}, []float32{1}, []float32{1}), "elements, expected")
	table, err := lut.New("wide", lut.FloatFormat(9, 9))
	require.NoError(t, err)
	require.ErrorContains(t, p.Table(table), "table wide is not e8m7")
	_, _, err = p.Run(Direct, 1)
	require.ErrorContains(t, err, "no such request") // nothing is loaded

	t.Setenv("CC", "no-such-compiler")
	_, err = Build(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrNoCompiler)
	t.Setenv("CC", "false")
	_, err = Build(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "compiling the comparison programs with")
}

func lutOfZeros(t *testing.T) *lut.Table {
	t.Helper()
	table, err := lut.New("zero", lut.FloatFormat(7, 7))
	require.NoError(t, err)
	return table
}
