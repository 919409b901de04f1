package gpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/emulation"
)

func TestDivider(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	divisors := []int{1, 2, 3, 5, 7, 10, 641, 1 << 16, 1<<16 + 1, 1<<30 - 1, 1 << 30, 1<<30 + 1, math.MaxInt32}
	for range 200 {
		divisors = append(divisors, 1+rng.IntN(1<<(1+rng.IntN(31))-1))
	}
	for _, n := range divisors {
		d := newDivider(n)
		quotients := []int{0, 1, math.MaxInt32 / n, math.MaxInt32/n - 1}
		for range 100 {
			quotients = append(quotients, rng.IntN(math.MaxInt32/n+1))
		}
		for _, q := range quotients {
			for _, x := range []int{n*q - 1, n * q, n*q + 1, math.MaxInt32} {
				if x >= 0 && x <= math.MaxInt32 {
					require.Equal(t, x/n, int(uint64(x)*uint64(d.multiplier)>>d.shift), "%d / %d", x, n)
				}
			}
		}
	}
}

func TestMemory(t *testing.T) {
	d := emulated(t, emulation.Options{Memory: 1 << 20})
	a := d.Alloc(1000).(*buffer)
	at := a.at
	a.Write(numbers(rand.New(rand.NewPCG(1, 1)), 1000, false))
	a.Free()
	b := d.Alloc(990).(*buffer) // of the same class
	assert.Equal(t, at, b.at, "memory is reused")
	x := make([]float32, 990)
	require.NoError(t, b.Read(x))
	assert.Equal(t, make([]float32, 990), x, "and zero")
	assert.Zero(t, d.memory.kept)
	for _, c := range []struct{ size, class int }{{1, 256}, {256, 256}, {257, 512}, {2048, 2048}, {2049, 2304}, {4097, 4608},
		{1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1<<17}} {
		assert.Equal(t, c.class, d.memory.class(c.size), c.size)
	}

	// What is kept goes back to the driver when it has no more.
	d.Alloc(150 << 8).Free()
	d.Alloc(240 << 10)
	require.NoError(t, d.Sync())

	lost := d.Alloc(1 << 20)
	d.Zero(b) // does nothing
	err := d.Sync()
	require.ErrorContains(t, err, "allocation: out of memory on emulation")
	require.ErrorContains(t, err, "asked for 4.0 MiB, 60 KiB of 1.0 MiB are free")
	d.Zero(lost)
	require.ErrorContains(t, d.Sync(), "zero: a buffer that was freed, or never had")
}

func TestErrors(t *testing.T) {
	d, other := emulated(t, emulation.Options{}), emulated(t, emulation.Options{})
	c, err := cpu.New(1)
	require.NoError(t, err)
	x, y := d.Alloc(4), d.Alloc(4)
	for what, foreign := range map[string]device.Buffer{"*gpu.buffer": other.Alloc(4), "cpu.buffer": c.Alloc(4)} {
		d.ReLU(foreign, y)
		require.ErrorContains(t, d.Sync(), "ReLU: a buffer of another device ("+what+")")
	}
	m, err := other.Multiplier(nil)
	require.NoError(t, err)
	d.Gemm(m, device.Gemm{M: 2, N: 2, K: 2}, x, y, d.Alloc(4))
	require.ErrorContains(t, d.Sync(), "gemm: a multiplier of another device")
	x.Free()
	d.ReLU(x, y)
	require.ErrorContains(t, d.Sync(), "a buffer that was freed")
	require.Error(t, x.Read(make([]float32, 4)))
	d.Alloc(-1)
	require.ErrorContains(t, d.Sync(), "allocation: -1 elements")

	// What a kernel reports names the kernel.
	o, ok := d.begin("something", [2]int{3, 4}, nil)
	require.True(t, ok)
	o.launch("no_kernel", 1, 1)
	require.ErrorContains(t, d.Sync(), "kernel no_kernel: there is no such kernel")
}
