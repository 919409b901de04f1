package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/intgemm"
	"github.com/approxtrain/approxtrain/internal/simd"
)

// integers is a benchmark of a product of integer codes through a table, by one way of package intgemm at one level.
type integers struct {
	table   func() (intgemm.Table, [][]int32, [][]int32, error) // with its factors
	way     string
	level   simd.Level
	target  float64 // the least ratio to native FMA; 0 is none
	gathers float64 // the least ratio to the device's way through the same table at this level; 0 is no comparison
}

// integerTurns are the turns of each contestant: more than of other products, since the products are fast.
const integerTurns = 2 * gemmTurns

// checkedRows is the number of rows of a product that are compared with those of portable Go.
const checkedRows = 16

func (i integers) run(ctx context.Context, b *session) (Figure, error) {
	t, factorsA, factorsB, err := i.table()
	if err != nil {
		return Figure{}, err
	}
	m, err := intgemm.New(t, factorsA, factorsB, i.way, i.level)
	if err != nil {
		return Figure{}, fmt.Errorf("%w: %w", errNotHere, err)
	}
	portable, err := intgemm.New(t, nil, nil, "generic", simd.Generic)
	if err != nil {
		return Figure{}, err
	}
	b.watch.Logf("%s", m)
	var own *contestant
	if t.SignA || t.SignB {
		own, err = coded(m, portable, codes[int16](t.Rows, gemmShape.M*gemmShape.K, t.SignA),
			codes[int16](t.Cols, gemmShape.K*gemmShape.N, t.SignB))
	} else {
		own, err = coded(m, portable, codes[uint8](t.Rows, gemmShape.M*gemmShape.K, false),
			codes[uint8](t.Cols, gemmShape.K*gemmShape.N, false))
	}
	if err != nil {
		return Figure{}, err
	}
	fma, err := b.native(ctx)
	if err != nil && !errors.Is(err, errNotHere) {
		return Figure{}, err
	}
	all := []*contestant{own}
	if err == nil {
		all = append(all, fma)
	}
	if err := contest(ctx, integerTurns, all...); err != nil {
		return Figure{}, err
	}
	f := Figure{Value: own.best, Unit: "GMAC/s"}
	if len(all) > 1 {
		f.compare(fma.name, fma.best, i.target)
	}
	if i.gathers == 0 {
		return f, nil
	}
	today, err := b.quantized(i.level)
	if err != nil {
		return Figure{}, err
	}
	if err := contest(ctx, gemmTurns, own, today); err != nil {
		return Figure{}, err
	}
	f.compare("the device's quantized product through the same table", today.best, i.gathers)
	return f, nil
}

// quantized returns the device's product of numbers, quantized, through the table of mitchell_u8.
func (b *session) quantized(level simd.Level) (*contestant, error) {
	d, err := cpu.NewLevel(1, string(level))
	if err != nil {
		return nil, err
	}
	g, err := golden.Lookup("mitchell_u8")
	if err != nil {
		return nil, err
	}
	c, _, err := b.gemm(d, g.Table(), processorTime)
	return c, err
}

// codes returns n uniformly distributed codes.
func codes[C intgemm.Code](patterns, n int, sign bool) []C {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	c := make([]C, n)
	for i := range c {
		x := rng.IntN(patterns)
		if sign && rng.IntN(2) == 1 {
			x = -x
		}
		c[i] = C(x)
	}
	return c
}

// coded returns a product of codes, after comparing its first rows with those of a portable multiplier. A round packs
// operand B.
func coded[C intgemm.Code](m, portable *intgemm.Multiplier, x, y []C) (*contestant, error) {
	z := make([]int32, gemmShape.M*gemmShape.N)
	intgemm.Gemm(m, gemmShape, x, y, z)
	few := gemmShape
	few.M = checkedRows
	want := make([]int32, few.M*few.N)
	intgemm.Gemm(portable, few, x[:few.M*few.K], y, want)
	for i, w := range want {
		if z[i] != w {
			return nil, fmt.Errorf("%s: element %d, %d of the product is %d, portable Go says %d", m, i/few.N, i%few.N, z[i], w)
		}
	}
	return &contestant{name: m.String(), round: func() (float64, error) {
		seconds, err := processorTime(func() { intgemm.Gemm(m, gemmShape, x, y, z) })
		return float64(gemmShape.M) * float64(gemmShape.N) * float64(gemmShape.K) / seconds / 1e9, err
	}}, nil
}

// ranked returns a table of 8 × 8 bits that is the sum of n products of factors of 8 bits.
func ranked(n int) func() (intgemm.Table, [][]int32, [][]int32, error) {
	return func() (t intgemm.Table, a, b [][]int32, _ error) {
		t = intgemm.Table{Rows: 256, Cols: 256, Products: make([]int32, 1<<16)}
		for r := range n {
			u, v := make([]int32, 256), make([]int32, 256)
			for x := range u {
				u[x], v[x] = int32(x&(255<<r)), int32((x*(2*r+1))&255)
			}
			for i := range t.Products {
				t.Products[i] += u[i>>8] * v[i&255]
			}
			a, b = append(a, u), append(b, v)
		}
		return t, a, b, nil
	}
}

// wideFactors returns a table with one factor of more than 8 bits.
func wideFactors() (intgemm.Table, [][]int32, [][]int32, error) {
	t, a, b, _ := ranked(1)()
	for x := range a[0] {
		a[0][x] *= 3
	}
	for i := range t.Products {
		t.Products[i] *= 3
	}
	return t, a, b, nil
}

// nearly returns a table of products whose errors have 8 bits and are no sum of few products.
func nearly() (intgemm.Table, [][]int32, [][]int32, error) {
	t := intgemm.Table{Rows: 256, Cols: 256, Products: make([]int32, 1<<16)}
	for i := range t.Products {
		a, b := i>>8, i&255
		t.Products[i] = int32(a*b - (a*5+b*3)%100)
	}
	return t, nil, nil, nil
}

// anyTable returns the table of mitchell_u8, which has no useful structure, with signs round it or without.
func anyTable(signs bool) func() (intgemm.Table, [][]int32, [][]int32, error) {
	return func() (intgemm.Table, [][]int32, [][]int32, error) {
		g, err := golden.Lookup("mitchell_u8")
		if err != nil {
			return intgemm.Table{}, nil, nil, err
		}
		table := g.Table()
		t := intgemm.Table{Rows: 256, Cols: 256, SignA: signs, SignB: signs, Products: make([]int32, 0, 1<<16)}
		for a := range uint32(256) {
			for b := range uint32(256) {
				t.Products = append(t.Products, int32(table.Int(a, b)))
			}
		}
		return t, nil, nil, nil
	}
}

// codeBenchmarks are the products of integer codes.
func codeBenchmarks() (list []benchmark) {
	add := func(name, about string, i integers) {
		i.level = simd.AVX512
		for _, l := range []simd.Level{simd.AVX512, simd.AVX2} {
			if i.level = l; l == simd.AVX2 {
				switch name {
				case "rank1":
					i.target = 1.2
				case "planes":
					i.target, i.gathers = 0, 5
				case "byte":
					continue
				default:
					i.target = 0
				}
			}
			list = append(list, benchmark{"gemm-codes-" + name + "-" + string(l), about, i.run})
		}
	}
	const same = "the same shape, codes of 8 bits, "
	add("rank1", same+"exact products", integers{table: ranked(1), way: "rank", target: 2.5})
	add("rank2", same+"a table of rank 2", integers{table: ranked(2), way: "rank"})
	add("rank4", same+"a table of rank 4", integers{table: ranked(4), way: "rank", target: 0.7})
	add("words1", same+"a table of rank 1 with factors of 10 bits", integers{table: wideFactors, way: "rank"})
	add("byte", same+"exact products and errors of 8 bits", integers{table: nearly, way: "byte", target: 0.5})
	add("planes", same+"the table of mitchell_u8", integers{table: anyTable(false), way: "planes", target: 0.35})
	add("signs", same+"the table of mitchell_u8, in sign and magnitude",
		integers{table: anyTable(true), way: "planes"})
	return list
}
