package intgemm

import (
	"math/rand/v2"
	"testing"

	"github.com/approxtrain/approxtrain/device"
)

// BenchmarkGemm multiplies 384 × 512 × 1152 codes by each way and level. One MB/s is 10^6 products a second.
func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	s := device.Gemm{M: 384, N: 512, K: 1152}
	exact, wide := values(256, false), values(256, false)
	for i := range wide {
		wide[i] *= 3
	}
	product := func(u, v []int32) Table {
		t := Table{Rows: 256, Cols: 256, Products: make([]int32, 1<<16)}
		for i := range t.Products {
			t.Products[i] = u[i>>8] * v[i&255]
		}
		return t
	}
	signs := random(rng, 256, 256, 0, 65534)
	signs.SignA, signs.SignB = true, true
	for _, l := range Levels() {
		for _, c := range []struct {
			name, way string
			t         Table
			a, b      []int32
		}{
			{"rank", "rank", product(exact, exact), exact, exact},
			{"words", "rank", product(wide, exact), wide, exact},
			{"byte", "byte", near(rng, 256, 256, false, false), nil, nil},
			{"planes", "planes", random(rng, 256, 256, 0, 65535), nil, nil},
			{"signs", "planes", signs, nil, nil},
			{"generic", "generic", signs, nil, nil},
		} {
			var fa, fb [][]int32
			if c.a != nil {
				fa, fb = [][]int32{c.a}, [][]int32{c.b}
			}
			m, err := New(c.t, fa, fb, c.way, l)
			if err != nil {
				continue
			}
			out := make([]int32, s.M*s.N)
			b.Run(c.name+"/"+string(l), func(b *testing.B) {
				b.SetBytes(int64(s.M * s.N * s.K))
				if c.t.SignA {
					x, y := codes[int16](rng, s.M*s.K, 256, true), codes[int16](rng, s.K*s.N, 256, true)
					for b.Loop() {
						Gemm(m, s, x, y, out)
					}
					return
				}
				x, y := make([]uint8, s.M*s.K), make([]uint8, s.K*s.N)
				for i := range x {
					x[i] = uint8(rng.IntN(256))
				}
				for i := range y {
					y[i] = uint8(rng.IntN(256))
				}
				for b.Loop() {
					Gemm(m, s, x, y, out)
				}
			})
		}
	}
}
