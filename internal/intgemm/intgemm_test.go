package intgemm

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/realdata"
	"github.com/approxtrain/approxtrain/internal/simd"
	"github.com/approxtrain/approxtrain/lut"
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

func TestSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for _, sign := range [][2]bool{{true, true}, {true, false}, {false, true}} {
		for _, span := range [][2]int64{{0, 255}, {0, 65535}, {0, 65534}, {0, 32767}, {-5, 65000}, {7, 65535},
			{60000, 65535}} {
			table := random(rng, 256, 256, span[0], span[1])
			table.SignA, table.SignB = sign[0], sign[1]
			got := compare[int16](t, rng, table, nil, nil, someShapes...)
			if len(Levels()) > 1 && (span[0] >= 0 || !sign[1]) {
				assert.True(t, got["planes "+string(Levels()[0])], "%v %v", sign, span)
			}
		}
		for _, size := range [][2]int{{2, 2}, {64, 16}, {16, 256}, {256, 128}, {32, 2}, {4, 64}} { // fewer patterns than bytes have
			table := random(rng, size[0], size[1], 0, 1000)
			table.SignA, table.SignB = sign[0], sign[1]
			got := compare[int16](t, rng, table, nil, nil, someShapes...)
			if len(Levels()) > 1 {
				assert.True(t, got["planes "+string(Levels()[0])], "%v %v", sign, size)
			}
		}
		for _, span := range []int32{15, 2000} {
			table, a, b := low(rng, 256, 64, 2, span)
			table.SignA, table.SignB = sign[0], sign[1]
			assert.Subset(t, compare[int16](t, rng, table, a, b, someShapes...), ways("avx512 avx2", "rank"))
		}
	}
}

// Rows of a table that are constant need no look-up: also where T[0][b] is not 0, and where there is no other row.
func TestConstantRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for _, sign := range []bool{false, true} {
		for _, all := range []bool{false, true} {
			table := random(rng, 256, 256, 0, 65535)
			for i := range table.Products {
				if a := i / 256; a < 100 || all {
					table.Products[i] = int32(a * 3 % 50)
				}
			}
			if sign {
				table.SignA = true
				compare[int16](t, rng, table, nil, nil, someShapes...)
				table.SignB = true
				compare[int16](t, rng, table, nil, nil, someShapes...)
			} else {
				compare[uint8](t, rng, table, nil, nil, someShapes...)
			}
		}
	}
}

// Sums of more than 2^31: Multiply has them modulo 2^32.
func TestLongSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	s := device.Gemm{M: 25, N: 2, K: 1<<16 + 77}
	table := random(rng, 256, 256, 65000, 65535)
	m, err := New(table, nil, nil, "", "")
	require.NoError(t, err)
	require.True(t, m.Fits(math.MaxInt32/65535))
	require.False(t, m.Fits(math.MaxInt32/65535+1))
	compare[uint8](t, rng, table, nil, nil, s)
	compare[uint8](t, rng, random(rng, 256, 256, -32768, -32000), nil, nil, s)
	signs := random(rng, 256, 256, 0, 65535)
	signs.SignA, signs.SignB = true, true
	compare[int16](t, rng, signs, nil, nil, s)
	exact := Table{Rows: 256, Cols: 256, Products: make([]int32, 65536)}
	for i := range exact.Products {
		exact.Products[i] = int32(i / 256 * (i % 256))
	}
	f := [][]int32{values(256, false)}
	compare[uint8](t, rng, exact, f, f, s)
	compare[uint8](t, rng, near(rng, 256, 256, false, false), nil, nil, s)
	wide, a, b := low(rng, 256, 256, 2, 30000)
	compare[uint8](t, rng, wide, a, b, device.Gemm{M: 7, N: 70, K: 500})
}

// Sums of greatest entries, as many as a kernel adds up in 16 bits and one more.
func TestExtremes(t *testing.T) {
	for _, greatest := range []int32{255, 65535, 65534} {
		for _, sign := range []bool{false, true} {
			table := Table{Rows: 256, Cols: 256, Products: slices.Repeat([]int32{greatest}, 1<<16), SignB: sign}
			for a := range 256 {
				table.Products[a<<8] = 0
			}
			for _, k := range []int{128, 129, 256, 257, 600} {
				for _, n := range []int{64, 128, 256} {
					s := device.Gemm{M: 30, N: n, K: k}
					if sign {
						extremesOf(t, table, s, slices.Repeat([]int16{255}, s.M*s.K), slices.Repeat([]int16{255}, s.K*s.N))
						extremesOf(t, table, s, slices.Repeat([]int16{255}, s.M*s.K), slices.Repeat([]int16{-255}, s.K*s.N))
					} else {
						extremesOf(t, table, s, slices.Repeat([]uint8{255}, s.M*s.K), slices.Repeat([]uint8{255}, s.K*s.N))
					}
				}
			}
		}
	}
}

func extremesOf[C Code](t *testing.T, table Table, s device.Gemm, a, b []C) {
	t.Helper()
	want := table.Products[len(table.Products)-1] * int32(s.K)
	if int(b[0])*int(a[0]) < 0 {
		want = -want
	}
	multipliers(t, table, nil, nil, func(m *Multiplier) {
		c := make([]int32, s.M*s.N)
		Gemm(m, s, a, b, c)
		for i, x := range c {
			require.Equal(t, want, x, "%s: %+v: element %d, %d", m, s, i/s.N, i%s.N)
		}
	})
}

// The published circuits, whose exact ranks are known for some.
func TestPublished(t *testing.T) {
	dir := realdata.Dir(t, "evoapprox")
	rng := rand.New(rand.NewPCG(9, 1))
	files, err := filepath.Glob(filepath.Join(dir, "mul8?_*.npy.xz"))
	require.NoError(t, err)
	require.Len(t, files, 39)
	s := device.Gemm{M: 29, N: 130, K: 77}
	bytesWays := 0
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".npy.xz")
		data, err := exec.Command("xz", "-dc", f).Output()
		require.NoError(t, err, "unpacking %s with xz (Debian: xz-utils)", f)
		format := lut.UintFormat(8, 8)
		if name[4] == 's' {
			format = lut.SintFormat(8, 8)
		}
		l, err := lut.ReadNPY(bytes.NewReader(data), format, name)
		require.NoError(t, err)
		table := Table{Rows: 256, Cols: 256}
		for a := range uint32(256) {
			for b := range uint32(256) {
				table.Products = append(table.Products, int32(l.Int(a, b)))
			}
		}
		got := compare[uint8](t, rng, table, nil, nil, s)
		require.Subset(t, got, ways("avx512 avx2", "planes"), name)
		if got["byte avx512"] {
			bytesWays++
		}
		if name[4] == 'u' {
			table.SignA, table.SignB = true, true
			require.Subset(t, compare[int16](t, rng, table, nil, nil, s), ways("avx512 avx2", "planes"), name)
		}
	}
	if slices.Contains(Levels(), simd.AVX512) {
		assert.Positive(t, bytesWays)
	}
}

// New takes the fastest way for a table.
func TestChoice(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	four, a, b := low(rng, 256, 256, 4, 100)
	nine, c, d := low(rng, 256, 256, 12, 50)
	mixed, e, f := low(rng, 256, 256, 2, 100)
	for x := range e[0] {
		e[0][x] *= 100
	}
	for i := range mixed.Products {
		mixed.Products[i] = e[0][i/256]*f[0][i%256] + e[1][i/256]*f[1][i%256]
	}
	signs := random(rng, 256, 256, 0, 65000)
	signs.SignA = true
	wide := random(rng, 256, 256, 0, 65536)
	for _, c := range []struct {
		table Table
		a, b  [][]int32
		want  map[simd.Level]string
	}{
		{four, a, b, map[simd.Level]string{simd.AVX512: "rank 4, u8 × s8 factors, AVX-512 VNNI",
			simd.AVX2: "rank 4, s16 × s16 factors, AVX2"}},
		{mixed, e, f, map[simd.Level]string{simd.AVX512: "rank 2, u8 × s8 factors, 1 of them s16 × s16, AVX-512 VNNI",
			simd.AVX2: "rank 2, s16 × s16 factors, AVX2"}},
		{nine, c, d, map[simd.Level]string{simd.AVX512: "planes, 2 × 8 bits of a product looked up, AVX-512 VBMI",
			simd.AVX2: "planes, 16 bits of a product looked up, AVX2"}},
		{near(rng, 256, 256, true, true), nil, nil, map[simd.Level]string{
			simd.AVX512: "byte, exact product of signed × signed and 8 bits of error looked up, AVX-512 VNNI and VBMI",
			simd.AVX2:   "planes, 16 bits of a product looked up, AVX2"}},
		{signs, nil, nil, map[simd.Level]string{simd.AVX512: "planes, 2 × 8 bits of a product looked up, AVX-512 VBMI",
			simd.AVX2: "planes, 16 bits of a product looked up, AVX2"}},
		{wide, nil, nil, map[simd.Level]string{
			simd.AVX512: "generic, each product is looked up, portable Go: products from 0 to 65536 span 2^16 or more",
			simd.AVX2:   "generic, each product is looked up, portable Go: products from 0 to 65536 span 65536 or more"}},
	} {
		for l, want := range c.want {
			if !slices.Contains(Levels(), l) {
				continue
			}
			m, err := New(c.table, c.a, c.b, "", l)
			require.NoError(t, err)
			assert.Equal(t, want, m.String())
		}
		m, err := New(c.table, c.a, c.b, "", simd.Generic)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(m.String(), "generic, each product is looked up, portable Go"))
	}
}

// Several goroutines multiply blocks of rows by one packed B. Rows come from a function, or one by one.
func TestConcurrent(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 1))
	table := random(rng, 256, 256, 0, 65535)
	s := device.Gemm{M: 700, N: 70, K: 40}
	a, b := codes[uint8](rng, s.M*s.K, 256, false), codes[uint8](rng, s.K*s.N, 256, false)
	want := triple(table, s, a, b)
	multipliers(t, table, nil, nil, func(m *Multiplier) {
		p := Pack(m, b, s.K, s.N, false)
		c := make([]int32, s.M*s.N)
		var wait sync.WaitGroup
		for from := 0; from < s.M; from += 100 {
			wait.Go(func() {
				p.Multiply(func(i int, room []uint8) []uint8 {
					copy(room, a[i*s.K:])
					return room
				}, from, from+100, c[from*s.N:][:100*s.N])
			})
		}
		wait.Wait()
		for i := range c {
			require.Equal(t, int32(want[i]), c[i])
		}
	})
	m, err := New(table, nil, nil, "", "")
	require.NoError(t, err)
	c := make([]int32, 2*s.N)
	Pack(m, b, s.K, s.N, false).Multiply(Slices([][]uint8{a[s.K : 2*s.K], a[:s.K]}), 0, 2, c)
	assert.EqualValues(t, want[s.N], c[0])
	assert.EqualValues(t, want[0], c[s.N])
}

func TestNewErrors(t *testing.T) {
	good := Table{Rows: 4, Cols: 2, Products: make([]int32, 8)}
	for want, make := range map[string]func() (*Multiplier, error){
		"table of 3 × 2 products: expected powers of two from 2 to 4096": func() (*Multiplier, error) {
			return New(Table{Rows: 3, Cols: 2}, nil, nil, "", "")
		},
		"table of 4 × 8192 products: expected powers of two from 2 to 4096": func() (*Multiplier, error) {
			return New(Table{Rows: 4, Cols: 8192}, nil, nil, "", "")
		},
		"table of 4 × 4 products: it has 8, expected 16": func() (*Multiplier, error) {
			return New(Table{Rows: 4, Cols: 4, Products: good.Products}, nil, nil, "", "")
		},
		"factors of a table: 1 of operand A and 0 of operand B": func() (*Multiplier, error) {
			return New(good, [][]int32{{0}}, nil, "", "")
		},
		"factors of a table of 4 × 2 products: term 0 has 1 × 2 numbers": func() (*Multiplier, error) {
			return New(good, [][]int32{{0}}, [][]int32{{1, 2}}, "", "")
		},
		`way "fast" of products: expected rank, byte, planes or generic`: func() (*Multiplier, error) {
			return New(good, nil, nil, "fast", "")
		},
		`products by way "planes": level generic has only portable Go`: func() (*Multiplier, error) {
			return New(good, nil, nil, "planes", simd.Generic)
		},
	} {
		_, err := make()
		require.EqualError(t, err, want)
	}
	_, err := New(good, nil, nil, "", "mmx")
	require.ErrorContains(t, err, `instructions "mmx": this machine has `)
}

// Codes that a table does not have are never looked up.
func TestPanics(t *testing.T) {
	table := Table{Rows: 16, Cols: 4, Products: make([]int32, 64)}
	table.Products[63] = 1
	panics := func(want string, f func()) {
		t.Helper()
		assert.PanicsWithValue(t, "intgemm: "+want, f)
	}
	for _, l := range Levels() {
		m, err := New(table, nil, nil, "", l)
		require.NoError(t, err)
		for at := range 20 {
			b := make([]uint8, 20)
			b[at] = 4
			panics("code 4 of operand B: expected 0 to 3", func() { Pack(m, b, 20, 1, false) })
			b[at] = 255
			panics("code 255 of operand B: expected 0 to 3", func() { Pack(m, b, 20, 1, true) })
			p := Pack(m, make([]uint8, 20), 20, 1, false)
			b[at] = 16
			panics("code 16 of operand A: expected 0 to 15", func() { p.Multiply(Matrix(b, 20), 0, 1, make([]int32, 1)) })
		}
		panics("code 4 of operand B: expected 0 to 3", func() { Pack(m, []uint16{4}, 1, 1, false) })
		p := Pack(m, make([]uint8, 20), 20, 1, false)
		panics("row 0 of A has 19 codes, expected 20", func() {
			p.Multiply(Slices([][]uint8{make([]uint8, 19)}), 0, 1, make([]int32, 1))
		})
		panics("rows 0 to 1 of 1 sums: C has 2, expected 1", func() {
			p.Multiply64(Slices([][]uint8{make([]uint8, 19)}), 0, 1, make([]int64, 2))
		})
		panics("B of 3 × 2 has 5 codes, expected 6", func() { Pack(m, make([]uint8, 5), 3, 2, false) })
		panics("codes are of type int16 where a side of the table has a sign, and only there",
			func() { Pack(m, make([]int16, 1), 1, 1, false) })
		s := table
		s.SignB = true
		m, err = New(s, nil, nil, "", l)
		require.NoError(t, err)
		for _, code := range []int16{-4, 4, math.MinInt16} {
			panics(fmt.Sprintf("code %d of operand B: expected -3 to 3", code),
				func() { Pack(m, []int16{code}, 1, 1, false) })
		}
		q := Pack(m, []int16{-3}, 1, 1, false)
		panics("code -1 of operand A: expected 0 to 15", func() {
			q.Multiply(Matrix([]int16{-1}, 1), 0, 1, make([]int32, 1))
		})
		wide, err := New(Table{Rows: 512, Cols: 2, Products: make([]int32, 1024)}, nil, nil, "", l)
		require.NoError(t, err)
		panics("codes are of type uint8, and the table has 512 patterns", func() { Pack(wide, []uint8{1}, 1, 1, false) })
	}
}
