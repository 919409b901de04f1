package gpu

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
	"github.com/approxtrain/approxtrain/lut"
)

func TestIntegerBattery(t *testing.T) {
	for _, way := range []string{"", "generic"} {
		t.Run(way, func(t *testing.T) {
			t.Setenv(device.IntegerVariable, way)
			devicetest.RunIntegers(t, emulated(t, emulation.Options{}))
		})
	}
}

// Tables of low rank, with one plane a factor and two, give sums as the processor looks them up, in each place of
// the operands, beyond a chunk and with each accumulator.
func TestRank(t *testing.T) {
	d := emulated(t, emulation.Options{})
	c, err := cpu.New(0)
	require.NoError(t, err)
	compared := 0
	for _, name := range []string{"exact_s8", "drum6_u8", "udm_u8"} {
		g, err := golden.Lookup(name)
		require.NoError(t, err)
		table := g.Table()
		for _, magnitude := range []bool{false, true} {
			t.Setenv(device.IntegerVariable, "rank")
			about, err := d.PrepareIntegers(table, magnitude)
			require.NoError(t, err)
			require.Contains(t, about, "tensor cores")
			t.Logf("%s: %s", name, about)
			t.Setenv(device.IntegerVariable, "generic")
			formA, formB := device.CodeForms(table.Format, magnitude)
			for _, sums := range []device.Accumulator{{}, {Bits: 19}, {Bits: 64}, {Bits: 18, Overflow: device.Saturate}} {
				want, wantOver := integerSums(t, c, table, formA, formB, magnitude, sums)
				got, gotOver := integerSums(t, d, table, formA, formB, magnitude, sums)
				require.Equal(t, wantOver, gotOver, "%s, %v", name, sums)
				require.Equal(t, want, got, "%s, %v", name, sums)
				compared += len(want)
			}
		}
	}
	t.Logf("%d sums compared", compared)
}

// integerSums are those of products of random codes, and how many did not fit.
func integerSums(t *testing.T, d device.IntegerDevice, table *lut.Table, formA, formB device.CodeForm, magnitude bool,
	sums device.Accumulator) (all []int64, over []int) {
	m, err := d.Multiplier(table)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(4, 5))
	quantizer := func(form device.CodeForm, bits int) device.Quantizer {
		lo, hi := form.Range(bits)
		zero := lo + rng.Int32N(hi-lo+1)
		if form == device.SignMagnitude {
			zero = 0
		}
		return device.PerTensor(lo, hi, 1, zero)
	}
	p := device.IntegerProduct{Multiplier: m, Magnitude: magnitude, Accumulator: sums, A: quantizer(formA, table.Format.A),
		B: quantizer(formB, table.Format.B)}
	put := func(q device.Quantizer, n int) device.Codes {
		x := make([]int16, n)
		for i := range x {
			x[i] = int16(q.Lo + rng.Int32N(q.Hi-q.Lo+1))
		}
		c := d.AllocCodes(n)
		c.Write(x)
		return c
	}
	get := func(s device.Sums) {
		count, first, err := s.Overflows()
		require.NoError(t, err)
		require.NoError(t, d.Sync())
		x := make([]int64, s.Len())
		require.NoError(t, s.Read(x))
		all, over = append(all, x...), append(over, count, first)
	}
	for _, g := range []device.Gemm{{M: 65, N: 70, K: 33}, {M: 3, N: 5, K: 2100, TransB: true}, {M: 17, N: 9, K: 31, TransA: true}} {
		out := d.AllocSums(g.M * g.N)
		d.IntegerGemm(p, g, put(p.A, g.M*g.K), put(p.B, g.K*g.N), out)
		get(out)
	}
	for _, s := range []device.Conv{
		{N: 2, H: 9, W: 8, C: 6, OutC: 70, KH: 3, KW: 3, StrideH: 1, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1},
		{N: 1, H: 7, W: 5, C: 4, OutC: 6, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadH: 2, DilationH: 2, DilationW: 1, Groups: 2},
	} {
		out := d.AllocSums(s.OutLen())
		d.IntegerConv(p, s, put(p.A, s.InLen()), put(p.B, s.WeightLen()), out)
		get(out)
	}
	return all, over
}

// Tensor cores add products of bytes: fragments made by the formulas of the PTX manual (ISA 7.0, 9.7.13.4.8, "Matrix
// fragments for mma.m16n8k32"), and a plain product, for all lanes.
func TestByteProducts(t *testing.T) {
	e, err := emulation.New(emulation.Options{Kernels: `
#include "cuda.cuh"
KERNEL(products)(const uint32_t *a, const uint32_t *b, int *c)
{
	const uint32_t me = thread_x();
	int d[4];
	for (int i = 0; i < 4; i++)
		d[i] = c[4 * me + i];
	const uint32_t x[4] = {a[4 * me], a[4 * me + 1], a[4 * me + 2], a[4 * me + 3]}, y[2] = {b[2 * me], b[2 * me + 1]};
	add_byte_products(d, x, y);
	for (int i = 0; i < 4; i++)
		c[4 * me + i] = d[i];
}
EXPORT(products)
`})
	require.NoError(t, err)
	const warps, m, n, k = 3, 16, 8, 32
	rng := rand.New(rand.NewPCG(1, 3))
	var matrices [warps]struct {
		a [m][k]int8
		b [k][n]int8
		c [m][n]int32
	}
	a, b, c := make([]uint32, warps*32*4), make([]uint32, warps*32*2), make([]int32, warps*32*4)
	for w := range matrices {
		x := &matrices[w]
		for i := range m * k {
			x.a[i/k][i%k] = int8(rng.Uint32())
		}
		for i := range k * n {
			x.b[i/n][i%n] = int8(rng.Uint32())
		}
		for i := range m * n {
			x.c[i/n][i%n] = rng.Int32N(1000) - 500
		}
		for lane := range 32 {
			groupID, threadID := lane>>2, lane%4
			for i := range 16 { // a_i
				row := groupID + 8
				if i < 4 || i >= 8 && i < 12 {
					row = groupID
				}
				col := threadID*4 + i&3
				if i >= 8 {
					col += 16
				}
				a[(w*32+lane)*4+i/4] |= uint32(uint8(x.a[row][col])) << (i % 4 * 8)
			}
			for i := range 8 { // b_i
				row := threadID*4 + i&3
				if i >= 4 {
					row += 16
				}
				b[(w*32+lane)*2+i/4] |= uint32(uint8(x.b[row][groupID])) << (i % 4 * 8)
			}
			for i := range 4 { // c_i
				row := groupID
				if i >= 2 {
					row += 8
				}
				c[(w*32+lane)*4+i] = x.c[row][threadID*2+i&1]
			}
		}
	}
	put := func(bytes []byte) driver.Pointer {
		p, err := e.Alloc(len(bytes))
		require.NoError(t, err)
		require.NoError(t, e.Upload(p, bytes))
		return p
	}
	result := put(bytesOf(c))
	require.NoError(t, e.Launch("products", driver.Dim{X: 1, Y: 1, Z: 1}, driver.Dim{X: warps * 32, Y: 1, Z: 1}, 0, put(bytesOf(a)), put(bytesOf(b)), result))
	require.NoError(t, e.Sync())
	require.NoError(t, e.Download(bytesOf(c), result))
	for w, x := range matrices {
		for lane := range 32 {
			for i := range 4 {
				row, col := lane/4+i/2*8, lane%4*2+i%2
				want := x.c[row][col]
				for j := range k {
					want += int32(x.a[row][j]) * int32(x.b[j][col])
				}
				require.Equal(t, want, c[(w*32+lane)*4+i], "warp %d, row %d, column %d", w, row, col)
			}
		}
	}
	require.NoError(t, e.Close())
}

// The codes of sums are those of the published test vectors.
func TestVectors(t *testing.T) {
	t.Parallel()
	devicetest.RunVectors(t, emulated(t, emulation.Options{}), "../docs/vectors/requantize.csv")
}

// A network of integers gives the logits that it gives on the processor.
func TestQuantizedNetwork(t *testing.T) {
	t.Parallel()
	gputest.ComputesIntegersAsCPU(t, emulated(t, emulation.Options{}))
}
