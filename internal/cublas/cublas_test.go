package cublas

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/baseline"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// standIn compiles libraries that have the functions on the host.
func standIn(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "libstandin.so")
	out, err := exec.Command("cc", "-O1", "-shared", "-fPIC", "-o", path, "testdata/stand_in.c").CombinedOutput()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no C compiler: %v", err)
	}
	require.NoError(t, err, string(out))
	return path
}

func TestGemm(t *testing.T) {
	path := standIn(t)
	l, err := open(path, []string{"libnothing.so", filepath.Join(filepath.Dir(path), "*.so")})
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	s := device.Gemm{M: 5, N: 7, K: 3}
	a, b := make([]float32, s.M*s.K), make([]float32, s.K*s.N)
	for _, x := range [][]float32{a, b} {
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
	}
	g, err := l.gemm(1, s.M, s.N, s.K, a, b)
	require.NoError(t, err)
	for range 2 {
		seconds, err := g.Round()
		require.NoError(t, err)
		require.Positive(t, seconds)
	}
	c, err := g.Result()
	require.NoError(t, err)
	require.NoError(t, baseline.CompareNative(s, a, b, c))
	require.NoError(t, g.Close())

	_, err = l.gemm(0, s.M, s.N, s.K, a, b)
	require.ErrorContains(t, err, "cuBLAS: opening the GPU: cuDeviceGet: status 101")
	_, err = l.gemm(1, s.M, s.N, s.K, b, a)
	require.ErrorContains(t, err, "21 and 15 numbers are not those of 5 × 7 × 3")
}

func TestMissing(t *testing.T) {
	path := standIn(t)
	_, err := open("libnothing.so", nil)
	require.ErrorContains(t, err, "there is no driver")
	require.Equal(t, fault.Missing, fault.Status(err))
	_, err = open(path, []string{"libnothing.so", "/nothing/*/lib.so"})
	require.ErrorContains(t, err, "there is no libcublas.so")
	require.Equal(t, fault.Missing, fault.Status(err))
	_, err = open(path, []string{"libm.so.6"})
	require.ErrorContains(t, err, "lacks cublasCreate_v2")
}
