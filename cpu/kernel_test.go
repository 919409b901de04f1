package cpu

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

// kernelFormats are formats whose tables are looked up in every way there is.
var kernelFormats = []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(6, 5), lut.FloatFormat(5, 7), lut.FloatFormat(4, 4), lut.FloatFormat(2, 1),
	lut.FloatFormat(7, 8), lut.FloatFormat(8, 3), lut.FloatFormat(9, 23)}

// onFast runs a test on every level that this machine has beyond generic.
func onFast(t *testing.T, test func(t *testing.T, l level)) {
	if !hasAVX2(t) {
		t.Skip("this machine has only generic")
	}
	require.Contains(t, fastLevels(), avx2)
	for _, l := range fastLevels() {
		t.Run(string(l), func(t *testing.T) { test(t, l) })
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		a, b bounds
		want bool
	}{
		{bounds{127, 127}, bounds{127, 127}, true},
		{bounds{1, 127}, bounds{127, 127}, true},
		{bounds{1, 127}, bounds{126, 127}, false}, // may be too small
		{bounds{63, 127}, bounds{65, 127}, true},
		{bounds{63, 127}, bounds{64, 127}, false},
		{bounds{127, 127}, bounds{127, 253}, true},
		{bounds{127, 127}, bounds{127, 254}, false}, // may overflow
		{bounds{127, 126}, bounds{127, 254}, false}, // before A's exponent
		{bounds{127, 190}, bounds{127, 190}, true},
		{bounds{127, 190}, bounds{127, 191}, false},
		{bounds{127, 254}, bounds{127, 126}, true},
		{bounds{127, 255}, bounds{127, 100}, false}, // infinity or NaN
		{noBounds(), bounds{127, 255}, false},
		{bounds{127, 255}, noBounds(), false},
		{noBounds(), bounds{1, 253}, true},
		{bounds{1, 254}, noBounds(), true},
	} {
		assert.Equal(t, c.want, productsFit(c.a, c.b), "A %v, B %v", c.a, c.b)
	}
	assert.True(t, finite(bounds{0, 254}, bounds{0, 254}))
	assert.False(t, finite(bounds{0, 255}, bounds{0, 254}))
	assert.False(t, finite(bounds{0, 254}, bounds{0, 255}))
}

// gemmTiles computes a product of x (m × k) and y (k × n) by tiles.
func gemmTiles(mul tiled, m, n, k, threads int, x, y []float32) []float32 {
	d := &Device{threads: threads}
	c := make([]float32, m*n)
	d.tiledGemm(mul, device.Gemm{M: m, N: n, K: k}, x, y, c)
	return c
}

// gemmRows computes the same by the portable Go.
func gemmRows(mul multiplier, m, n, k int, x, y []float32) []float32 {
	c := make([]float32, m*n)
	var acc sums
	for i := range m {
		acc.begin(n)
		for j := range k {
			mul.addRow(x[i*k+j], y[j*n:][:n], acc.at(j))
		}
		acc.store(c[i*n:][:n])
	}
	return c
}

// wrongKernel is a multiplier whose kernel, and nothing else, is wrong, so that its
// results tell which way a tile went.
type wrongKernel struct {
	tiled
	bad *kernel
}

func newWrong(m tiled) wrongKernel {
	k := *m.kernel()
	k.tiles = nil
	for _, t := range m.kernel().tiles {
		k.tiles = append(k.tiles, tile{t.rows, func(_, _ *byte, _ uint64, _ *byte, _ int, c *float32, _ uint64) { *c = 12345 }})
	}
	return wrongKernel{m, &k}
}

func (w wrongKernel) kernel() *kernel { return w.bad }

// TestBoundsLong drives tiles across every bound of the kernels: one operand on each
// side at the bound or one beyond it, with the least and the greatest entries of
// the table. Each tile must go the way that its operands ask for.
func TestBoundsLong(t *testing.T) {
	onFast(t, func(t *testing.T, l level) {
		for _, f := range []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(7, 8)} {
			exact := newTable(randomTable(t, f, lut.Truncate, 3))
			for a := range 128 { // carries next to none
				exact.entries[a<<7], exact.entries[a<<7|1] = 0, (1<<(f.P+1)-1)<<(23-f.P)
			}
			mul := accelerate(l, exact).(tiled)
			wrong := newWrong(mul)
			width := mul.kernel().width
			m, n, k := 6, 2*width, 9
			fast, slow := 0, 0
			for _, ea := range []uint32{0, 1, 2, 62, 63, 64, 65, 100, 126, 127, 128, 189, 190, 191, 252, 253, 254, 255} {
				for eb := range uint32(256) {
					for _, fraction := range []uint32{0, 1 << 16} {
						x, y := make([]float32, m*k), make([]float32, k*n)
						for i := range x {
							x[i] = float32(i%3) - 1
						}
						for i := range y {
							y[i] = float32(i%5) - 2
						}
						clear(x[k : 2*k]) // nothing hides the product, however small
						x[1*k+3] = math.Float32frombits(ea<<23 | 1<<20)
						y[3*n+width+5] = math.Float32frombits(eb<<23 | fraction | signBit)
						want := gemmRows(exact, m, n, k, x, y)
						got := gemmTiles(mul, m, n, k, 1, x, y)
						if i := differ(want, got); i >= 0 {
							require.Failf(t, "wrong", "exponents %d and %d: element %d is %v, expected %v", ea, eb, i, got[i], want[i])
						}
						columns, rows := bounds{127, 128}, bounds{127, 127}
						if eb > 0 {
							columns = columns.join(bounds{eb, eb})
						}
						if ea > 0 {
							rows = rows.join(bounds{ea, ea})
						}
						ran := gemmTiles(wrong, m, n, k, 1, x, y)[width] == 12345 // the first of the tile
						require.Equal(t, productsFit(rows, columns), ran, "exponents %d and %d: whether the kernel ran", ea, eb)
						if ran {
							fast++
						} else {
							slow++
						}
					}
				}
			}
			t.Logf("%v: %d tiles by the kernel, %d by rows", f, fast, slow)
			require.Greater(t, fast, 1000)
			require.Greater(t, slow, 1000)
		}
	})
}

// TestTiles compares products by tiles with the portable Go: edges of panels,
// tiles, blocks and chunks, both ways round, every kernel, both roundings.
func TestTiles(t *testing.T) {
	all := specials()
	shapes := []struct{ m, n, k int }{
		{1, 1, 1}, {2, 32, 5}, {3, 31, 7}, {5, 33, 64}, {4, 65, 1023}, {3, 64, 1024}, {6, 40, 1025}, {7, 64, 9}, {12, 128, 3}, {33, 7, 3},
		{64, 6, 25}, {129, 5, 8}, {67, 96, 12}, {100, 100, 17}, {3, 5, 3100}, {4, 4, 0},
	}
	onFast(t, func(t *testing.T, l level) {
		compared := 0
		check := func(name string, exact multiplier, seed uint64) {
			mul, ok := accelerate(l, exact).(tiled)
			require.True(t, ok, "no kernel for %s", name)
			s := rand.New(rand.NewPCG(seed, 5))
			for _, shape := range shapes {
				for _, special := range []int{0, 500, 10} { // one number in so many is special
					operands := func(n int) []float32 {
						x := make([]float32, n)
						for i := range x {
							switch {
							case special > 0 && s.IntN(special) == 0:
								x[i] = all[s.IntN(len(all))]
							case s.IntN(5) > 0:
								x[i] = float32(s.NormFloat64())
							}
						}
						return x
					}
					x, y := operands(shape.m*shape.k), operands(shape.k*shape.n)
					want := gemmRows(exact, shape.m, shape.n, shape.k, x, y)
					for _, threads := range []int{1, 3} {
						got := gemmTiles(mul, shape.m, shape.n, shape.k, threads, x, y)
						if i := differ(want, got); i >= 0 {
							require.Failf(t, "wrong", "%s, %+v, %d threads: element %d is %v, expected %v", name, shape, threads, i, got[i], want[i])
						}
						compared += len(got)
					}
				}
			}
		}
		check("fp32", native{}, 77)
		for i, f := range kernelFormats {
			for _, r := range []lut.Rounding{lut.Truncate, lut.NearestEven} {
				exact := newTable(randomTable(t, f, r, uint64(i)))
				check(fmt.Sprintf("%v, rounding %v", f, r), exact, uint64(i))
			}
		}
		t.Logf("%d sums compared", compared)
		require.Greater(t, compared, 1_000_000)
	})
}

// TestGuards sees that tiles write to their own rows and columns only, and panels
// and rows to their own memory.
func TestGuards(t *testing.T) {
	onFast(t, func(t *testing.T, l level) {
		muls := []multiplier{native{}}
		for i, f := range kernelFormats {
			exact := newTable(randomTable(t, f, lut.Truncate, uint64(i)))
			muls = append(muls, exact)
		}
		for _, exact := range muls {
			k := accelerate(l, exact).(tiled).kernel()
			const terms, guard = 5, 0xa5
			raw := make([]float32, terms*k.width)
			for i := range raw {
				raw[i] = float32(i%7) - 3
			}
			guarded := func(n int) []byte {
				b := make([]byte, n+64)
				for i := range b {
					b[i] = guard
				}
				return b
			}
			intact := func(b []byte) {
				for _, v := range b[len(b)-64:] {
					require.EqualValues(t, guard, v)
				}
			}
			panel := guarded(terms * k.column)
			k.packPanel(raw, panel[:terms*k.column])
			intact(panel)
			for _, tile := range k.tiles {
				stride := 8 * k.operand
				a := guarded(tile.rows * stride)
				for r := range tile.rows {
					k.packRow(raw[r:][:8], a[r*stride:][:stride])
				}
				intact(a)
				ldc := k.width + 3
				c := make([]float32, tile.rows*ldc)
				for i := range c {
					c[i] = 7
				}
				tile.add(&k.table[0], &a[0], uint64(stride), &panel[0], terms, &c[0], uint64(4*ldc))
				for r := range tile.rows {
					require.Equal(t, []float32{7, 7, 7}, c[r*ldc+k.width:][:3], "between the rows")
					require.NotEqual(t, make([]float32, k.width), c[r*ldc:][:k.width])
				}
			}
		}
	})
}

// TestPadding compares weight gradients that leave padding out with the portable
// Go, over more than one chunk of pixels.
func TestPadding(t *testing.T) {
	onFast(t, func(t *testing.T, l level) {
		exact := newTable(randomTable(t, lut.FloatFormat(7, 7), lut.Truncate, 9))
		for i, c := range []device.Conv{
			{N: 70, H: 4, W: 4, C: 20, OutC: 9, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1},
			{N: 150, H: 5, W: 4, C: 40, OutC: 34, KH: 3, KW: 3, PadH: 2, PadW: 1, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 2, Groups: 2},
		} {
			require.True(t, worthPicking(c))
			s := rand.New(rand.NewPCG(uint64(i), 6))
			x, g := buffer(numbers(s, c.InLen())), buffer(numbers(s, c.OutLen()))
			x[7] = float32(math.Inf(1))
			want, got := make(buffer, c.WeightLen()), make(buffer, c.WeightLen())
			(&Device{threads: 2, level: generic}).ConvWeightGrad(exact, c, x, g, want)
			(&Device{threads: 2, level: l}).ConvWeightGrad(accelerate(l, exact), c, x, g, got)
			require.Negative(t, differ(want, got))
		}
	})
}
