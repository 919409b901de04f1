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
