package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// TestEmulatedAVX512Long checks the AVX-512 functions on an emulated processor, so that
// they are checked on machines that lack it: packed panels against the layout that
// their documentation gives, sums of tiles against the portable Go.
func TestEmulatedAVX512Long(t *testing.T) {
	e := newEmulator(t)
	s := rand.New(rand.NewPCG(3, 4))
	var checks []func() int
	all := specials()

	muls := []multiplier{native{}}
	for i, f := range kernelFormats[:5] {
		for _, r := range []lut.Rounding{lut.Truncate, lut.NearestEven} {
			muls = append(muls, newTable(randomTable(t, f, r, uint64(i))))
		}
	}
	for _, m := range muls {
		name := "fp32"
		var k *kernel
		if table, ok := m.(*table); ok {
			name = fmt.Sprintf("%v, rounding %v", table.lut.Format, table.rounding)
			k = tableKernel(avx512, table)
		} else {
			k = nativeKernel(avx512)
		}
		const width = 64
		require.Equal(t, width, k.width)
		entries := put(e, k.table)

		// Panels of special values, packed.
		if table, ok := m.(*table); ok {
			const n = 9
			x := make([]float32, n*width)
			for i := range x {
				x[i] = math.Float32frombits(s.Uint32())
				if s.IntN(3) == 0 {
					x[i] = all[s.IntN(len(all))]
				}
			}
			guard := make([]byte, n*k.column+64)
			for i := range guard {
				guard[i] = 0xa5
			}
			half, odd := table.rounder()
			dst, span := put(e, guard), put(e, newSpans()[:])
			e.call(packVBMIAVX512, put(e, x), dst, n, span, uint64(half)|uint64(odd)<<32, uint64(23-table.m))
			checks = append(checks, func() int {
				want, bounds := packVBMI(table, x)
				require.Equal(t, append(want, guard[:64]...), get[byte](e, dst, len(guard)), "panels, %s", name)
				require.Equal(t, bounds, (*spans)(get[uint32](e, span, 16)).bounds(), "bounds, %s", name)
				return len(x)
			})
		}

		// Tiles.
		for _, tile := range k.tiles {
			for _, terms := range []int{1, 2, 7, 64} {
				a, b := numbers(s, tile.rows*terms), numbers(s, terms*width)
				before := make([]float32, (tile.rows+1)*(width+16))
				for i := range before {
					before[i] = float32(s.NormFloat64())
				}
				var rows, panel []byte
				if table, ok := m.(*table); ok {
					rows = packRows(table, a)
					panel, _ = packVBMI(table, b)
				} else {
					rows, panel = bytesOf(a), bytesOf(b)
				}
				c := put(e, before)
				e.call(tile.add, entries, put(e, rows), uint64(terms*k.operand), put(e, panel), uint64(terms), c, 4*(width+16))
				checks = append(checks, func() int {
					got := get[float32](e, c, len(before))
					for r := range tile.rows {
						sum := make([]float32, width)
						for i := range terms {
							m.addRow(a[r*terms+i], b[i*width:][:width], sum)
						}
						for j, v := range sum {
							before[r*(width+16)+j] += v
						}
					}
					if i := differ(before, got); i >= 0 {
						require.Failf(t, "wrong", "%s, %d rows, %d terms: place %d is %v, expected %v", name, tile.rows, terms, i, got[i], before[i])
					}
					return tile.rows * width * terms
				})
			}
		}
	}
	e.run()
	compared := 0
	for _, check := range checks {
		compared += check()
	}
	t.Logf("%d operands and products compared", compared)
	require.Greater(t, compared, 500_000)
}
