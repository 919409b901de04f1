package intgemm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/simd"
)

// triple is the product, one term after the other, from what Table says.
func triple[C Code](t Table, s device.Gemm, a, b []C) []int64 {
	c := make([]int64, s.M*s.N)
	for i := range s.M {
		for k := range s.K {
			x, minusX := int(a[s.A(i, k)]), false
			if x < 0 {
				x, minusX = -x, true
			}
			for j := range s.N {
				at := k*s.N + j
				if s.TransB {
					at = j*s.K + k
				}
				y, minusY := int(b[at]), false
				if y < 0 {
					y, minusY = -y, true
				}
				p := int64(t.Products[x*t.Cols+y])
				if minusX != minusY {
					p = -p
				}
				c[i*s.N+j] += p
			}
		}
	}
	return c
}

// codes returns n random codes of a side. One of eight is an extreme one, and one of four is 0.
func codes[C Code](rng *rand.Rand, n, patterns int, sign bool) []C {
	c := make([]C, n)
	for i := range c {
		x := rng.IntN(patterns)
		switch rng.IntN(8) {
		case 0:
			x = patterns - 1
		case 1, 2:
			x = 0
		}
		if sign && rng.IntN(2) == 0 {
			x = -x
		}
		c[i] = C(x)
	}
	return c
}

// multipliers calls test with the multiplier of each way that applies to a table, at each level of this machine.
func multipliers(t *testing.T, table Table, a, b [][]int32, test func(m *Multiplier)) (ways map[string]bool) {
	t.Helper()
	ways = map[string]bool{}
	portable := false
	for _, l := range Levels() {
		for _, force := range []string{"", "rank", "byte", "planes", "generic"} {
			m, err := New(table, a, b, force, l)
			if err != nil {
				require.NotEmpty(t, force)
				require.ErrorContains(t, err, fmt.Sprintf("products by way %q: ", force))
				continue
			}
			if force != "" {
				require.Truef(t, strings.HasPrefix(m.String(), force), "%s: %s", force, m)
			}
			ways[force+" "+string(l)] = true
			if m.way == nil && portable {
				continue // the levels have it in common
			}
			portable = portable || m.way == nil
			test(m)
		}
	}
	return ways
}

// compare multiplies random codes by all of a table's multipliers, and compares the sums with those of triple.
func compare[C Code](t *testing.T, rng *rand.Rand, table Table, fa, fb [][]int32,
	shapes ...device.Gemm) map[string]bool {
	t.Helper()
	type product struct {
		device.Gemm
		a, b []C
		want []int64
	}
	var products []product
	for _, s := range shapes {
		p := product{Gemm: s, a: codes[C](rng, s.M*s.K, table.Rows, table.SignA),
			b: codes[C](rng, s.K*s.N, table.Cols, table.SignB)}
		p.want = triple(table, s, p.a, p.b)
		products = append(products, p)
	}
	return multipliers(t, table, fa, fb, func(m *Multiplier) {
		for _, p := range products {
			a, b := slices.Clone(p.a), slices.Clone(p.b)
			c, d := make([]int32, len(p.want)), make([]int64, len(p.want))
			for i := range c {
				c[i], d[i] = -7, -7 // which Gemm overwrites
			}
			Gemm(m, p.Gemm, a, b, c)
			Gemm64(m, p.Gemm, a, b, d)
			for i, want := range p.want {
				if d[i] != want || c[i] != int32(want) {
					require.Failf(t, "wrong sum", "%s at %s: %+v: element %d, %d is %d and %d, expected %d", m, m.level, p.Gemm,
						i/p.N, i%p.N, c[i], d[i], want)
				}
			}
			require.Equal(t, p.a, a, "A is unchanged")
			require.Equal(t, p.b, b, "B is unchanged")
		}
	})
}

// random returns a table of numbers from least to greatest, both of which occur.
func random(rng *rand.Rand, rows, cols int, least, greatest int64) Table {
	t := Table{Rows: rows, Cols: cols, Products: make([]int32, rows*cols)}
	for i := range t.Products {
		t.Products[i] = int32(least + rng.Int64N(greatest-least+1))
	}
	t.Products[rng.IntN(len(t.Products))] = int32(least)
	for {
		if at := rng.IntN(len(t.Products)); t.Products[at] != int32(least) || least == greatest {
			t.Products[at] = int32(greatest)
			return t
		}
	}
}

// low returns a table of a rank, and its factors, which span so much.
func low(rng *rand.Rand, rows, cols, rank int, span int32) (Table, [][]int32, [][]int32) {
	t := Table{Rows: rows, Cols: cols, Products: make([]int32, rows*cols)}
	var a, b [][]int32
	for range rank {
		u, v := make([]int32, rows), make([]int32, cols)
		at, to := rng.Int32N(span)-span/2, rng.Int32N(span)-span/2
		for i := range u {
			u[i] = at + rng.Int32N(span) - span/2
		}
		for i := range v {
			v[i] = to + rng.Int32N(span) - span/2
		}
		for i := range t.Products {
			t.Products[i] += u[i/cols] * v[i%cols]
		}
		a, b = append(a, u), append(b, v)
	}
	return t, a, b
}

// near returns a table of exact products and errors of up to 8 bits.
func near(rng *rand.Rand, rows, cols int, signA, signB bool) Table {
	t := random(rng, rows, cols, -128, 127)
	a, b := values(rows, signA), values(cols, signB)
	for i := range t.Products {
		t.Products[i] += a[i/cols] * b[i%cols]
	}
	return t
}

// tails are shapes of every odd number from 1 to 130 in each place, and of what stands in whole tiles.
func tails() (list []device.Gemm) {
	for n := 1; n <= 130; n += 2 {
		list = append(list, device.Gemm{M: n, N: 1 + n*7%19, K: 1 + n*5%23}, device.Gemm{M: 1 + n*3%40, N: n, K: 1 + n*5%11},
			device.Gemm{M: 1 + n*5%43, N: 1 + n*7%17, K: n})
	}
	for _, s := range []device.Gemm{{M: 6, N: 64, K: 4}, {M: 12, N: 128, K: 64}, {M: 200, N: 256, K: 128},
		{M: 7, N: 448, K: 68}, {M: 13, N: 321, K: 300}, {M: 0, N: 3, K: 5}, {M: 3, N: 0, K: 5}, {M: 3, N: 5, K: 0}} {
		for _, transposed := range []bool{false, true} {
			s.TransA, s.TransB = transposed, !transposed
			list = append(list, s)
		}
		s.TransA, s.TransB = true, true
		list = append(list, s)
	}
	return list
}

func TestTails(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	compare[uint8](t, rng, random(rng, 256, 256, 0, 65535), nil, nil, tails()...)
	lowTable, a, b := low(rng, 256, 256, 3, 250)
	compare[uint8](t, rng, lowTable, a, b, tails()...)
	compare[uint8](t, rng, near(rng, 256, 256, true, true), nil, nil, tails()...)
	signs := random(rng, 256, 256, 0, 65535)
	signs.SignA, signs.SignB = true, true
	compare[int16](t, rng, signs, nil, nil, tails()...)
	words, a, b := low(rng, 256, 256, 2, 3000)
	compare[uint8](t, rng, words, a, b, tails()...)
}

var someShapes = []device.Gemm{{M: 37, N: 70, K: 131}, {M: 5, N: 260, K: 33}, {M: 1, N: 1, K: 700, TransB: true}}

// every level that a machine can have, and those that this one lacks are named.
func ways(levels string, names ...string) map[string]bool {
	m := map[string]bool{"generic generic": true, " generic": true}
	for _, l := range Levels() {
		if l == simd.Generic {
			continue
		}
		m["generic "+string(l)], m[" "+string(l)] = true, true
		if strings.Contains(levels, string(l)) {
			for _, n := range names {
				m[n+" "+string(l)] = true
			}
		}
	}
	return m
}

func TestLevels(t *testing.T) {
	for _, l := range []simd.Level{simd.AVX512, simd.AVX2} {
		t.Run(string(l), func(t *testing.T) {
			if !slices.Contains(Levels(), l) {
				t.Skipf("this machine has no %s", l)
			}
			m, err := New(Table{Rows: 2, Cols: 2, Products: []int32{0, 0, 0, 1}}, nil, nil, "planes", l)
			require.NoError(t, err)
			assert.Contains(t, m.String(), map[simd.Level]string{simd.AVX512: "AVX-512", simd.AVX2: "AVX2"}[l])
		})
	}
}

func TestRandomTables(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	const both = "avx512 avx2"
	for _, span := range [][2]int64{{0, 255}, {0, 65535}, {-32768, 32767}, {1, 65536}, {-65535, 0}, {-1, 254}, {0, 65534},
		{math.MaxInt32 - 65535, math.MaxInt32}, {math.MinInt32, math.MinInt32 + 65535}, {5, 5}} {
		table := random(rng, 256, 256, span[0], span[1])
		assert.Equal(t, ways(both, "planes"), compare[uint8](t, rng, table, nil, nil, someShapes...), span)
	}
	for _, span := range [][2]int64{{0, 65536}, {-32769, 32767}, {math.MinInt32, math.MaxInt32}} {
		table := random(rng, 256, 256, span[0], span[1])
		assert.Equal(t, ways(both), compare[uint8](t, rng, table, nil, nil, someShapes...), span)
	}
}

func TestSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, rows := range []int{2, 4, 8, 16, 32, 64, 128, 256} {
		for _, cols := range []int{2, 16, 128, 256} {
			table, a, b := low(rng, rows, cols, 2, 20)
			assert.Subset(t, compare[uint8](t, rng, table, a, b, someShapes...), ways("avx512 avx2", "planes", "rank"))
		}
	}
	table := random(rng, 512, 64, -1000, 60000)
	assert.Equal(t, ways(""), compare[uint16](t, rng, table, nil, nil, someShapes...))
	table = random(rng, 4096, 4096, 0, 1<<24-1)
	compare[uint16](t, rng, table, nil, nil, device.Gemm{M: 3, N: 5, K: 400})
	table = random(rng, 256, 16, 0, 4000)
	compare[uint16](t, rng, table, nil, nil, someShapes...) // words of a small table
}

// Factors from those that bytes take to those that words do not.
func TestRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, rank := range []int{1, 2, 3, 5, 8} {
		for _, span := range []int32{2, 100, 256, 257, 5000} {
			table, a, b := low(rng, 256, 128, rank, span)
			got := compare[uint8](t, rng, table, a, b, someShapes...)
			assert.True(t, got["rank generic"] == false && (len(Levels()) == 1 || got["rank "+string(Levels()[0])]), span)
		}
	}
	extreme := func(x ...int32) []int32 { return slices.Repeat(x, 256/len(x)) }
	for _, f := range [][2][]int32{
		{extreme(-32768, 32767), extreme(-32768, 32767)},
		{extreme(0, 65535), extreme(-1, 0)},
		{extreme(-1<<31, -1<<31+255), extreme(0, 1)},
		{extreme(1<<31-256, 1<<31-1), extreme(0, 1)},
		{extreme(-128, 127), extreme(-128, 127)},
		{extreme(0, 255), extreme(0, 255)},
		{extreme(-255, 0), extreme(-255, 0)},
	} {
		table := Table{Rows: 256, Cols: 256, Products: make([]int32, 65536)}
		for i := range table.Products {
			table.Products[i] = f[0][i/256] * f[1][i%256]
		}
		got := compare[uint8](t, rng, table, [][]int32{f[0]}, [][]int32{f[1]}, someShapes...)
		assert.Subset(t, got, ways("avx512 avx2", "rank"))
	}
	table, a, b := low(rng, 256, 256, 1, 2)
	a[0][3], a[0][4] = 40000, -40000
	for i := range table.Products {
		table.Products[i] = a[0][i/256] * b[0][i%256]
	}
	_, err := New(table, a, b, "rank", "")
	require.ErrorContains(t, err, `products by way "rank": `)
	b[0][255]++
	_, err = New(table, a, b, "", "")
	require.ErrorContains(t, err, "factors of a table: they give another product for patterns 0 and 255 than ")
}

func TestByte(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, signA := range []bool{false, true} {
		for _, signB := range []bool{false, true} {
			for _, cols := range []int{256, 32} {
				got := compare[uint8](t, rng, near(rng, 256, cols, signA, signB), nil, nil, someShapes...)
				assert.Subset(t, got, ways("avx512", "byte"))
			}
		}
	}
}
