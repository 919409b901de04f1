package lowrank

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
)

// TestVerify changes every number of the factors of a table by 1 in turn.
func TestVerify(t *testing.T) {
	m, err := golden.Lookup("bamh2v5_s8")
	require.NoError(t, err)
	table := m.Table()
	r, err := Factor(table, Most)
	require.NoError(t, err)
	f := r.Factors
	require.NoError(t, f.Verify(table))
	for _, side := range [][][]int32{f.A, f.B} {
		for i := range side {
			for j := range side[i] {
				side[i][j]++
				require.ErrorContains(t, f.Verify(table), "the factors give")
				side[i][j]--
			}
		}
	}
	require.NoError(t, f.Verify(table))
	for a := uint32(0); a < 256; a += 85 {
		for b := uint32(0); b < 256; b += 51 {
			table.Set(a, b, table.At(a, b)^1)
			require.ErrorContains(t, f.Verify(table), "the factors give")
			table.Set(a, b, table.At(a, b)^1)
		}
	}
	short := &Factors{f.A, f.B[1:]}
	require.ErrorContains(t, short.Verify(table), "sides A")
	short = &Factors{slices.Clone(f.A), slices.Clone(f.B)}
	short.A[1] = short.A[1][1:]
	require.ErrorContains(t, short.Verify(table), "pair 1 of the factors is of 255 rows")
	short.A[1], short.B[2] = f.A[1], nil
	require.ErrorContains(t, short.Verify(table), "and 0 columns")
	require.Error(t, (&Factors{}).Verify(table))
}

// TestOverflow has factors whose sums are right modulo 2^64 only.
func TestOverflow(t *testing.T) {
	table := tableOf(t, "u1", func(a, b uint32) int64 { return 0 })
	f := &Factors{}
	for range 4 {
		f.A = append(f.A, []int32{math.MinInt32, 0})
		f.B = append(f.B, []int32{math.MinInt32, 0})
	}
	require.ErrorContains(t, f.Verify(table), "may exceed 64 bits")
	f.A, f.B = f.A[:2], f.B[:2]
	require.ErrorContains(t, f.Verify(table), "may exceed 64 bits")
	f.A, f.B = f.A[:1], f.B[:1]
	require.ErrorContains(t, f.Verify(table), "the factors give 4611686018427387904")
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		a, b   []int32
		wa, wb Width
		fit    Fit
		native int
		text   string
	}{
		{[]int32{0, 255}, []int32{-128, 127}, Width{8, false}, Width{8, true}, UnsignedSigned, 1,
			"factors of 8 bits (u8×s8): 1 native product"},
		{[]int32{-128, 127}, []int32{0, 255}, Width{8, true}, Width{8, false}, UnsignedSigned, 1,
			"factors of 8 bits (u8×s8): 1 native product"},
		{[]int32{0, 1}, []int32{0, 1}, Width{1, false}, Width{1, false}, UnsignedSigned, 1,
			"factors of 8 bits (u8×s8): 1 native product"},
		{[]int32{-128, 127}, []int32{-1, 127}, Width{8, true}, Width{8, true}, SignedSigned, 1,
			"factors of 8 bits (s8×s8): 1 native product"},
		{[]int32{0, 255}, []int32{0, 255}, Width{8, false}, Width{8, false}, Shifted, 1,
			"factors of 8 bits (with offsets): 1 native product"},
		{[]int32{-129, 126}, []int32{0, 0}, Width{9, true}, Width{1, false}, Shifted, 1,
			"factors of 8 bits (with offsets): 1 native product"},
		{[]int32{-1, 255}, []int32{0, 1}, Width{9, true}, Width{1, false}, Words, 2,
			"factors of 9 bits: 2 native products of 8 bits, or 1 of 16"},
		{[]int32{-32768, 32767}, []int32{0, 32767}, Width{16, true}, Width{15, false}, Words, 4,
			"factors of 16 bits: 4 native products of 8 bits, or 1 of 16"},
		{[]int32{0, 32768}, []int32{0, 1}, Width{16, false}, Width{1, false}, Wide, 2,
			"factors of 16 bits: 2 native products of 8 bits"},
		{[]int32{math.MinInt32, math.MaxInt32}, []int32{0, 1}, Width{32, true}, Width{1, false}, Wide, 4,
			"factors of 32 bits: 4 native products of 8 bits"},
	} {
		f := &Factors{[][]int32{c.a}, [][]int32{c.b}}
		a, b := f.Bits()
		assert.Equal(t, []Width{c.wa, c.wb}, []Width{a, b}, c)
		assert.Equal(t, c.fit, f.Fit(), c)
		assert.Equal(t, c.native, f.NativeProducts(), c)
		assert.Equal(t, c.text, f.String())
		both := &Factors{[][]int32{{0}, c.a, {1}}, [][]int32{{0}, c.b, {1}}}
		assert.Equal(t, c.fit, both.Fit(), "the worst pair counts")
	}
	a, b := (&Factors{}).Bits()
	assert.Equal(t, []Width{{1, false}, {1, false}}, []Width{a, b})
}

// TestField compares the arithmetic with that of math/big.
func TestField(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	require.Equal(t, uint64(1<<61-1), modulus(0))
	for i := range 20 {
		f := field(modulus(i))
		require.GreaterOrEqual(t, uint64(f), uint64(1)<<modulusBits)
		if i > 0 {
			require.Less(t, uint64(f), modulus(i-1))
		}
		p := new(big.Int).SetUint64(uint64(f))
		require.True(t, p.ProbablyPrime(20))
		mod := func(hi, lo uint64) uint64 {
			x := new(big.Int).Lsh(new(big.Int).SetUint64(hi), 64)
			return x.Mod(x.Or(x, new(big.Int).SetUint64(lo)), p).Uint64()
		}
		edges := []uint64{0, 1, uint64(f) - 1, uint64(f), uint64(f) + 1, 1<<61 - 1, 1 << 61, math.MaxUint64, 1 << 63, 7}
		for range 1000 {
			edges = append(edges, random.Uint64()>>random.IntN(64))
		}
		for j, hi := range edges {
			for _, lo := range []uint64{edges[random.IntN(len(edges))], edges[j%10], math.MaxUint64} {
				require.Equal(t, mod(hi, lo), f.reduce(hi, lo), "%d: %d %d", uint64(f), hi, lo)
			}
		}
		x := 1 + random.Uint64N(uint64(f)-1)
		require.Equal(t, uint64(1), f.times(x, f.power(x, uint64(f)-2)))
		for _, n := range []int64{0, 5, -5, int64(f), -int64(f), int64(f) + 3, math.MaxInt64, -math.MaxInt64} {
			require.Equal(t, new(big.Int).Mod(big.NewInt(n), p).Uint64(), f.residue(n), n)
		}
		// the largest sums of a row
		w := newWide(1)
		w.set([]uint64{uint64(f) - 1})
		want := new(big.Int).SetUint64(uint64(f) - 1)
		for range wideTerms {
			w.add([]uint64{uint64(f) - 1}, uint64(f))
			hi, lo := bits.Mul64(uint64(f)-1, uint64(f))
			want.Add(want, new(big.Int).Or(new(big.Int).Lsh(new(big.Int).SetUint64(hi), 64), new(big.Int).SetUint64(lo)))
		}
		require.LessOrEqual(t, want.BitLen(), 128)
		w.reduce(f)
		require.Equal(t, want.Mod(want, p).Uint64(), w.lo[0])
	}
}

// TestLattice computes bases of random lattices, and reduces them.
func TestLattice(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for n := 1; n <= 9; n++ {
		m := newBig(n, n+5)
		square := newBig(n, n)
		for i := range m {
			for j := range m[i] {
				m[i][j].SetInt64(random.Int64N(2001) - 1000)
				if j < n {
					square[i][j].Set(m[i][j])
				}
			}
		}
		inverse, d, ok := square.inverse()
		require.True(t, ok)
		scaled := square.product(inverse)
		for i := range scaled {
			for j, x := range scaled[i] {
				want := new(big.Int)
				if i == j {
					want.Set(d)
				}
				require.Zero(t, want.Cmp(x))
			}
		}
		basis := hermite(m, new(big.Int).Abs(d))
		v := basis.coordinates(m)
		require.NotNil(t, v, "a column is not in the lattice")
		require.Equal(t, fmt.Sprint(m), fmt.Sprint(basis.transposed().product(v)))
		// The basis is one of the lattice of the columns, not of a larger one: the coordinates span all integers.
		index := hermite(v, new(big.Int).Abs(detOf(t, v, n)))
		for i := range index {
			require.Zero(t, index[i][i].Cmp(big.NewInt(1)))
		}
		for _, u := range []bigMatrix{basis.transposed(), square} {
			x, y := reduce(u.transposed().product(u))
			require.Equal(t, fmt.Sprint(unit(n)), fmt.Sprint(x.product(y)))
			requireReduced(t, u.product(x))
		}
	}
	_, _, ok := newBig(2, 2).inverse()
	require.False(t, ok)
}

// detOf returns a multiple of the unit vectors in the lattice of n coordinates: the minor of the first n columns.
func detOf(t *testing.T, v bigMatrix, n int) *big.Int {
	square := newBig(n, n)
	for i := range square {
		for j := range n {
			square[i][j].Set(v[i][j])
		}
	}
	_, d, ok := square.inverse()
	require.True(t, ok)
	return d
}

// requireReduced says whether columns are a reduced basis, with fractions.
func requireReduced(t *testing.T, u bigMatrix) {
	n := len(u[0])
	dot := func(a, b []*big.Rat) *big.Rat {
		s := new(big.Rat)
		for i := range a {
			s.Add(s, new(big.Rat).Mul(a[i], b[i]))
		}
		return s
	}
	var star [][]*big.Rat
	mu := make([][]*big.Rat, n)
	for j := range n {
		b := make([]*big.Rat, len(u))
		for i := range u {
			b[i] = new(big.Rat).SetInt(u[i][j])
		}
		v := slices.Clone(b)
		for k := range j {
			c := new(big.Rat).Quo(dot(b, star[k]), dot(star[k], star[k]))
			mu[j] = append(mu[j], c)
			require.LessOrEqual(t, new(big.Rat).Abs(c).Cmp(big.NewRat(1, 2)), 0, "size")
			for i := range v {
				v[i] = new(big.Rat).Sub(v[i], new(big.Rat).Mul(c, star[k][i]))
			}
		}
		star = append(star, v)
		if j > 0 {
			bound := new(big.Rat).Sub(big.NewRat(99, 100), new(big.Rat).Mul(mu[j][j-1], mu[j][j-1]))
			bound.Mul(bound, dot(star[j-1], star[j-1]))
			require.GreaterOrEqual(t, dot(v, v).Cmp(bound), 0, "Lovász")
		}
	}
}
