package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/device"
	"approxtrain/lut"
)

// panelFormats are formats whose tables have a kernel, one for each.
var panelFormats = []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(6, 5), lut.FloatFormat(5, 7), lut.FloatFormat(4, 4), lut.FloatFormat(2, 1)}

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
		assert.Equal(t, c.want, c.b.fit(c.a), "A %v, B %v", c.a, c.b)
	}
}

// drive computes a product of x (m × k) and y (k × n) by panels.
func drive(mul panelMultiplier, m, n, k, threads int, x, y []float32) []float32 {
	d := &Device{threads: threads, level: avx2}
	c := make([]float32, m*n)
	d.gemmPanels(mul, device.Gemm{M: m, N: n, K: k}, x, y, c)
	return c
}

// TestPanelBounds drives tiles across every bound of the kernels: one operand on
// each side at the bound or one beyond it, with the least and the greatest
// entries of the table. It knows from a kernel whose table is wrong which way a
// tile goes, so that a fast path which is never taken fails.
func TestPanelBounds(t *testing.T) {
	if !hasAVX2(t) {
		t.Skip("this machine has only generic")
	}
	f := lut.FloatFormat(7, 7)
	exact, err := newTable(randomTable(t, f, lut.Truncate, 3))
	require.NoError(t, err)
	for a := range 128 { // carries next to none
		exact.entries[a<<7], exact.entries[a<<7|1] = 0, 1<<24-1<<16
	}
	mul := accelerate(avx2, exact).(*shuffled)
	wrong := accelerate(avx2, exact).(*shuffled)
	wrong.bytes = make([]byte, len(mul.bytes))
	for i, b := range mul.bytes {
		wrong.bytes[i] = b ^ 1
	}
	const m, n, k = 4, 64, 9
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
				y[3*n+37] = math.Float32frombits(eb<<23 | fraction | signBit)
				want := make([]float32, m*n)
				for i := range m {
					for j := range k {
						exact.addRow(x[i*k+j], y[j*n:][:n], want[i*n:][:n])
					}
				}
				got := drive(mul, m, n, k, 1, x, y)
				if i := differ(want, got); i >= 0 {
					require.Failf(t, "wrong", "exponents %d and %d: element %d is %v, expected %v", ea, eb, i, got[i], want[i])
				}
				tile := drive(wrong, m, n, k, 1, x, y)[32:][:32] // row 0, of the same tile
				expected := bounds{min(127, max(1, eb)), max(128, eb)}
				if eb == 0 {
					expected.least = 127
				}
				rows := bounds{min(127, max(1, ea)), max(127, ea)}
				if ea == 0 {
					rows.least = 127
				}
				if expected.fit(rows) {
					fast++
					require.GreaterOrEqual(t, differ(want[32:][:32], tile), 0, "exponents %d and %d: the kernel did not run", ea, eb)
				} else {
					slow++
					require.Negative(t, differ(want[32:][:32], tile), "exponents %d and %d: the kernel ran", ea, eb)
				}
			}
		}
	}
	t.Logf("%d tiles by the kernel, %d by rows", fast, slow)
	require.Greater(t, fast, 1000)
	require.Greater(t, slow, 1000)
}

// TestPack compares packed operands, and their bounds, with the portable Go's.
func TestPack(t *testing.T) {
	if !hasAVX2(t) {
		t.Skip("this machine has only generic")
	}
	all := specials()
	compared := 0
	for i, f := range panelFormats {
		for _, r := range []lut.Rounding{lut.Truncate, lut.NearestEven} {
			exact, err := newTable(randomTable(t, f, r, uint64(i)))
			require.NoError(t, err)
			mul := accelerate(avx2, exact).(*shuffled)
			s := rand.New(rand.NewPCG(uint64(i), 6))
			numbers := func(n, special int) []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = math.Float32frombits(s.Uint32()&0x807fffff | (100+s.Uint32N(50))<<23)
					if s.IntN(special) == 0 {
						x[i] = all[s.IntN(len(all))]
					}
				}
				return x
			}
			for n := range 41 {
				for _, special := range []int{1, 3, 100} {
					x0, x1 := numbers(n, special), numbers(n, special)
					guard := pair{-5, 77}
					want, got := make([]pair, 2*n+1), make([]pair, 2*n+1)
					want[2*n], got[2*n] = guard, guard
					bounds := exact.packPairs(x0, x1, want[:2*n])
					require.Equal(t, bounds, mul.packPairs(x0, x1, got[:2*n]))
					for i := range want { // not by ==: scales of NaNs and infinities have signs
						require.Equal(t, want[i].row, got[i].row)
						require.Equal(t, math.Float32bits(want[i].scale)&infinity, math.Float32bits(got[i].scale)&infinity)
						require.True(t, same(want[i].operand(f.A), got[i].operand(f.A)), "place %d of %v, %v", i, x0, x1)
					}
					x := numbers(n*panelWidth, special)
					cols, fast := make([]column, n+1), make([]column, n+1)
					bounds = exact.packColumns(x, cols[:n])
					require.Equal(t, bounds, mul.packColumns(x, fast[:n]))
					var y, z [panelWidth]float32
					for k := range cols {
						require.Equal(t, cols[k].index, fast[k].index)
						cols[k].unpack(f.A, y[:])
						fast[k].unpack(f.A, z[:])
						require.Negative(t, differ(y[:], z[:]))
					}
					compared += len(x0) + len(x1) + len(x)
				}
			}
		}
	}
	require.Greater(t, compared, 100_000)
}

// TestPanels compares products by panels with the portable Go: edges of panels,
// pairs, blocks and chunks, every kernel, both roundings.
func TestPanels(t *testing.T) {
	if !hasAVX2(t) {
		t.Skip("this machine has only generic")
	}
	all := specials()
	for i, f := range panelFormats {
		for _, r := range []lut.Rounding{lut.Truncate, lut.NearestEven} {
			exact, err := newTable(randomTable(t, f, r, uint64(i)))
			require.NoError(t, err)
			mul, ok := accelerate(avx2, exact).(panelMultiplier)
			require.True(t, ok, "no kernel for %v", f)
			s := rand.New(rand.NewPCG(uint64(i), 5))
			for _, shape := range []struct{ m, n, k int }{
				{1, 1, 1}, {2, 32, 5}, {3, 31, 7}, {5, 33, 64}, {4, 65, 1023}, {3, 32, 1024}, {2, 40, 1025}, {32, 32, 3}, {33, 7, 3},
				{67, 96, 12}, {3, 5, 3100}, {4, 4, 0},
			} {
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
					want := make([]float32, shape.m*shape.n)
					var acc sums
					for i := range shape.m {
						acc.begin(shape.n)
						for k := range shape.k {
							exact.addRow(x[i*shape.k+k], y[k*shape.n:][:shape.n], acc.at(k))
						}
						acc.store(want[i*shape.n:][:shape.n])
					}
					for _, threads := range []int{1, 3} {
						got := drive(mul, shape.m, shape.n, shape.k, threads, x, y)
						if i := differ(want, got); i >= 0 {
							require.Failf(t, "wrong", "%v, rounding %v, %+v, %d threads: element %d is %v, expected %v", f, r, shape, threads, i, got[i], want[i])
						}
					}
				}
			}
		}
	}
}

// BenchmarkGemm measures one thread; gather is the table looked up by addRow.
func BenchmarkGemm(b *testing.B) {
	g := device.Gemm{M: 384, N: 512, K: 1152}
	s := rand.New(rand.NewPCG(1, 2))
	x, y := make(buffer, g.M*g.K), make(buffer, g.K*g.N)
	for _, v := range []buffer{x, y} {
		for i := range v {
			v[i] = float32(s.NormFloat64())
		}
	}
	z := make(buffer, g.M*g.N)
	run := func(name string, m multiplier, l level) {
		b.Run(name, func(b *testing.B) {
			d := &Device{threads: 1, level: l}
			for b.Loop() {
				d.Gemm(m, g, x, y, z)
			}
			b.ReportMetric(float64(g.M*g.N*g.K)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
	for _, l := range levels() {
		run(fmt.Sprintf("fp32/%s", l), accelerate(l, native{}), l)
		for _, f := range panelFormats[:4] {
			table, err := lut.New("zero", f)
			require.NoError(b, err)
			exact, err := newTable(table)
			require.NoError(b, err)
			m := accelerate(l, exact)
			run(fmt.Sprintf("%v/%s", f, l), m, l)
			if p, ok := m.(panelMultiplier); ok && f.A == 7 {
				run(fmt.Sprintf("%v/gather", f), struct{ multiplier }{p}, l)
			}
		}
	}
}

// BenchmarkConv measures one thread; gather is the table looked up by addRow.
func BenchmarkConv(b *testing.B) {
	c := device.Conv{N: 8, H: 16, W: 16, C: 32, OutC: 64, KH: 3, KW: 3, PadH: 1, PadW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1}
	x, w, y := make(buffer, c.InLen()), make(buffer, c.WeightLen()), make(buffer, c.OutLen())
	s := rand.New(rand.NewPCG(1, 2))
	for _, v := range []buffer{x, w, y} {
		for i := range v {
			v[i] = float32(s.NormFloat64())
		}
	}
	table, err := lut.New("zero", lut.FloatFormat(7, 7))
	require.NoError(b, err)
	exact, err := newTable(table)
	require.NoError(b, err)
	fast := accelerate(avx2, exact)
	d := &Device{threads: 1, level: avx2}
	dx, dw, dy := d.Alloc(len(x)), d.Alloc(len(w)), d.Alloc(len(y))
	for _, m := range []named{{"generic", exact}, {"gather", struct{ multiplier }{fast}}, {"avx2", fast}} {
		for name, run := range map[string]func(){
			"forward":         func() { d.ConvForward(m.multiplier, c, x, w, dy) },
			"input gradient":  func() { d.ConvInputGrad(m.multiplier, c, y, w, dx) },
			"weight gradient": func() { d.ConvWeightGrad(m.multiplier, c, x, y, dw) },
		} {
			b.Run(name+"/"+m.name, func(b *testing.B) {
				for b.Loop() {
					run()
				}
				b.ReportMetric(float64(c.OutLen()*c.KH*c.KW*c.C)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
