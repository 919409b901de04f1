package lowrank

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/realdata"
	"github.com/approxtrain/approxtrain/lut"
)

// known is a table whose ranks another program found (modulo 2^61 − 1), and for how many native products of 8 bits it
// found factors, 0 if it looked for none because the rank exceeds 20.
type known struct {
	name        string
	rank, error int
	native      int
}

// circuits are those of EvoApproxLib.
var circuits = []known{
	{"mul8s_1KR3", 1, 1, 1}, {"mul8s_1KR6", 3, 3, 3}, {"mul8s_1KR8", 1, 1, 1}, {"mul8s_1KRC", 4, 4, 4},
	{"mul8s_1KV8", 1, 0, 1}, {"mul8s_1KVA", 3, 2, 3}, {"mul8s_1KVB", 4, 3, 4}, {"mul8s_1L1G", 1, 2, 1},
	{"mul8s_1L2H", 1, 2, 1}, {"mul8u_125K", 5, 4, 5}, {"mul8u_13QR", 4, 5, 6}, {"mul8u_1446", 2, 1, 2},
	{"mul8u_14VP", 12, 11, 12}, {"mul8u_150Q", 10, 9, 10}, {"mul8u_17C8", 3, 4, 5}, {"mul8u_17KS", 18, 19, 25},
	{"mul8u_17QU", 3, 4, 5}, {"mul8u_185Q", 150, 150, 0}, {"mul8u_19DB", 90, 90, 0}, {"mul8u_1AGV", 10, 11, 14},
	{"mul8u_1CMB", 50, 49, 0}, {"mul8u_1JFF", 1, 0, 1}, {"mul8u_2AC", 11, 10, 11}, {"mul8u_2P7", 7, 6, 7},
	{"mul8u_7C1", 9, 8, 10}, {"mul8u_CK5", 10, 9, 10}, {"mul8u_DM1", 81, 81, 0}, {"mul8u_E9R", 0, 1, 0},
	{"mul8u_GS2", 8, 7, 8}, {"mul8u_JQQ", 4, 3, 4}, {"mul8u_KEM", 16, 15, 16}, {"mul8u_L40", 193, 192, 0},
	{"mul8u_LM7", 5, 4, 5}, {"mul8u_QJD", 12, 11, 12}, {"mul8u_QKX", 52, 51, 0}, {"mul8u_RCG", 26, 25, 0},
	{"mul8u_Y48", 2, 1, 2}, {"mul8u_YX7", 128, 127, 0}, {"mul8u_ZFB", 112, 111, 0},
}

// families are built-in designs, and multipliers with approximate compressors. The other program's MBM has rank 134: it
// does not saturate the largest product.
var families = []known{
	{"exact_u8", 1, 0, 1}, {"trunc2_u8", 1, 2, 1}, {"trunc4_u8", 1, 2, 1}, {"drum3_u8", 1, 2, 1}, {"drum4_u8", 1, 2, 1},
	{"drum6_u8", 1, 2, 1}, {"roba_u8", 2, 1, 2}, {"udm_u8", 2, 1, 2}, {"bamh0v4_u8", 5, 4, 5}, {"bamh0v6_u8", 7, 6, 7},
	{"bamh0v8_u8", 7, 8, 7}, {"bamh2v5_u8", 4, 4, 4}, {"bamh4v8_u8", 4, 5, 5}, {"mitchell_u8", 128, 127, 0},
	{"mbm_u8", 135, 135, 0}, {"compressors6", 10, 9, 10}, {"compressors8", 19, 18, 19}, {"compressors12", 25, 24, 0},
}

func TestCircuits(t *testing.T) {
	dir := realdata.Dir(t, "evoapprox")
	files, err := filepath.Glob(filepath.Join(dir, "*.npy.xz"))
	require.NoError(t, err)
	require.Len(t, circuits, len(files), "a circuit is not in the list")
	for _, k := range circuits {
		k.check(t, circuit(t, dir, k.name))
	}
}

func TestFamilies(t *testing.T) {
	for _, k := range families {
		var table *lut.Table
		if columns, ok := strings.CutPrefix(k.name, "compressors"); ok {
			var n int
			_, err := fmt.Sscan(columns, &n)
			require.NoError(t, err)
			table = tableOf(t, "u8", func(a, b uint32) int64 { return compressors(a, b, n) })
		} else {
			m, err := golden.Lookup(k.name)
			require.NoError(t, err)
			table = m.Table()
		}
		k.check(t, table)
	}
}

// check compares a table's ranks with the known ones, and multiplies the factors out.
func (k known) check(t *testing.T, table *lut.Table) {
	t.Helper()
	r, err := Factor(table, Most)
	require.NoError(t, err, k.name)
	p, _ := matrixOf(table).eliminate(modulus(0), 256)
	e, _ := errorsOf(table).eliminate(modulus(0), 256)
	assert.Equal(t, []int{k.rank, k.error}, []int{p.rank(), e.rank()}, k.name)
	assert.Equal(t, min(k.rank, Most+1), r.Rank, k.name)
	if k.rank > Most {
		assert.Nil(t, r.Factors, k.name)
		assert.Equal(t, -1, r.Error, k.name)
		return
	}
	assert.Equal(t, min(k.error, Most+1), r.Error, k.name)
	require.NotNil(t, r.Factors, k.name)
	assert.LessOrEqual(t, r.Factors.NativeProducts(), k.native, k.name)
	multiplyOut(t, table, r.Factors)
}

// multiplyOut compares factors with the table's numbers, with integers of any size and no code of the package.
func multiplyOut(t *testing.T, table *lut.Table, f *Factors) {
	t.Helper()
	require.Len(t, f.B, len(f.A))
	wrong := 0
	for a := range uint32(table.Format.Rows()) {
		for b := range uint32(table.Format.Cols()) {
			var sum int64
			var over big.Int
			for r := range f.A {
				x, y := int64(f.A[r][a]), int64(f.B[r][b])
				if sum += x * y; x > 1<<28 || x < -1<<28 || y > 1<<28 || y < -1<<28 {
					over.SetInt64(1)
				}
			}
			if over.Sign() != 0 {
				over.SetInt64(0)
				for r := range f.A {
					over.Add(&over, new(big.Int).Mul(big.NewInt(int64(f.A[r][a])), big.NewInt(int64(f.B[r][b]))))
				}
				if !over.IsInt64() {
					wrong++
				}
				sum = over.Int64()
			}
			if sum != table.Int(a, b) {
				wrong++
			}
		}
	}
	assert.Zero(t, wrong, "%s: entries that the factors do not give", table.Name)
}

func circuit(t *testing.T, dir, name string) *lut.Table {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join(dir, name+".npy.xz"))
	require.NoError(t, err)
	xz := exec.Command("xz", "-dc")
	xz.Stdin = bytes.NewReader(packed)
	plain, err := xz.Output()
	require.NoError(t, err)
	format := lut.UintFormat(8, 8)
	if strings.HasPrefix(name, "mul8s") {
		format = lut.SintFormat(8, 8)
	}
	table, err := lut.ReadNPY(bytes.NewReader(plain), format, name)
	require.NoError(t, err)
	return table
}

// tableOf returns a table of the low bits of a function of operand patterns.
func tableOf(t *testing.T, format string, number func(a, b uint32) int64) *lut.Table {
	t.Helper()
	f, err := lut.ParseFormat(format)
	require.NoError(t, err)
	table, err := lut.New("table", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			table.Set(a, b, uint32(number(a, b))&(1<<f.P-1))
		}
	}
	return table
}

// compressors multiplies 8-bit numbers. In the lowest columns of the partial products, each group of four bits is
// replaced by one bit of the column and a carry: (x1 ^ x2) | (x3 ^ x4) and (x1 & x2) | (x3 & x4).
func compressors(a, b uint32, columns int) (sum int64) {
	var column [15][]int64
	for i := range 8 {
		for j := range 8 {
			column[i+j] = append(column[i+j], int64(a>>i&1&(b>>j&1)))
		}
	}
	for c, x := range column {
		if c >= columns {
			for _, bit := range x {
				sum += bit << c
			}
			continue
		}
		for ; len(x)%4 != 0; x = append(x, 0) {
		}
		for i := 0; i < len(x); i += 4 {
			sum += ((x[i]^x[i+1])|(x[i+2]^x[i+3]))<<c + (x[i]&x[i+1]|x[i+2]&x[i+3])<<(c+1)
		}
	}
	return sum
}

var integerFormats = []string{"u8", "s8", "u8xs8", "s8xu8", "u5x7", "s7x4", "s1x8", "u1", "s1", "u3xs6", "u6p8", "s6p9",
	"u6p6mod", "s4x5p9"}

// TestSums makes tables as sums of products of small integers.
func TestSums(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	for _, format := range integerFormats {
		f, err := lut.ParseFormat(format)
		require.NoError(t, err)
		for terms := range 6 {
			top := max(1, int64(math.Sqrt(float64(int64(1)<<(f.P-1)/int64(max(1, terms)))))/2)
			a, b := numbersBelow(random, top, terms, f.Rows()), numbersBelow(random, top, terms, f.Cols())
			if !f.Kind.SignedProduct() {
				abs(a)
				abs(b)
			}
			table := tableOf(t, format, func(x, y uint32) (sum int64) {
				for r := range terms {
					sum += a[r][x] * b[r][y]
				}
				return sum
			})
			if f.Part.Modulo || f.P < 5 {
				r, err := Factor(table, Most)
				require.NoError(t, err)
				if r.Rank <= Most {
					require.NotNil(t, r.Factors)
					multiplyOut(t, table, r.Factors)
				}
				continue // sums do not fit
			}
			r, err := Factor(table, Most)
			require.NoError(t, err)
			name := fmt.Sprint(format, " ", terms)
			assert.LessOrEqual(t, r.Rank, terms, name)
			assert.Equal(t, rationalRank(numbersOf(table)), r.Rank, name)
			assert.Equal(t, rationalRank(numbersOfErrors(table)), min(r.Error, Most+1), name)
			require.NotNil(t, r.Factors, name)
			multiplyOut(t, table, r.Factors)
			changed(t, random, table, r.Rank)
		}
	}
}

// changed changes one entry by 1: the rank changes by 1 at most, and the factors give the new entry.
func changed(t *testing.T, random *rand.Rand, table *lut.Table, rank int) {
	t.Helper()
	a, b := uint32(random.IntN(table.Format.Rows())), uint32(random.IntN(table.Format.Cols()))
	table.Set(a, b, table.At(a, b)^1)
	r, err := Factor(table, Most)
	require.NoError(t, err)
	assert.InDelta(t, rank, r.Rank, 1)
	require.NotNil(t, r.Factors)
	multiplyOut(t, table, r.Factors)
}

func numbersBelow(random *rand.Rand, top int64, rows, cols int) [][]int64 {
	m := make([][]int64, rows)
	for i := range m {
		m[i] = make([]int64, cols)
		for j := range m[i] {
			m[i][j] = random.Int64N(2*top+1) - top
		}
	}
	return m
}

func abs(m [][]int64) {
	for i := range m {
		for j, x := range m[i] {
			m[i][j] = max(x, -x)
		}
	}
}

func numbersOf(t *lut.Table) [][]int64 {
	m := make([][]int64, t.Format.Rows())
	for a := range m {
		for b := range uint32(t.Format.Cols()) {
			m[a] = append(m[a], t.Int(uint32(a), b))
		}
	}
	return m
}

func numbersOfErrors(t *lut.Table) [][]int64 {
	m := numbersOf(t)
	for a := range m {
		for b := range m[a] {
			m[a][b] -= t.ExactInt(uint32(a), uint32(b))
		}
	}
	return m
}

// rationalRank returns the rank by elimination without fractions, column by column, Most + 1 for a higher one.
func rationalRank(numbers [][]int64) int {
	m := make([][]*big.Int, len(numbers))
	for i, row := range numbers {
		for _, x := range row {
			m[i] = append(m[i], big.NewInt(x))
		}
	}
	rank, last := 0, big.NewInt(1)
	for c := 0; c < len(m[0]) && rank < len(m) && rank <= Most; c++ {
		at := rank
		for at < len(m) && m[at][c].Sign() == 0 {
			at++
		}
		if at == len(m) {
			continue
		}
		m[rank], m[at] = m[at], m[rank]
		for i := rank + 1; i < len(m); i++ {
			for j := len(m[i]) - 1; j >= c; j-- {
				x := new(big.Int).Mul(m[i][j], m[rank][c])
				x.Sub(x, new(big.Int).Mul(m[i][c], m[rank][j]))
				m[i][j] = x.Quo(x, last)
			}
		}
		last = m[rank][c]
		rank++
	}
	return rank
}

// TestSmallTables compares the rank with that of a second program for all tables of 1 × 1 bits and for random ones of
// 2 × 2 and 3 × 3 bits.
func TestSmallTables(t *testing.T) {
	one := func(table *lut.Table) int {
		t.Helper()
		r, err := Factor(table, Most)
		require.NoError(t, err)
		require.Equal(t, rationalRank(numbersOf(table)), r.Rank)
		require.Equal(t, rationalRank(numbersOfErrors(table)), r.Error)
		require.NotNil(t, r.Factors)
		require.GreaterOrEqual(t, r.Factors.Rank(), r.Rank)
		multiplyOut(t, table, r.Factors)
		return r.Rank
	}
	for _, format := range []string{"u1", "s1", "u1xs1", "s1xu1"} {
		for n := range 256 {
			one(tableOf(t, format, func(a, b uint32) int64 { return int64(n) >> (2 * (2*a + b)) & 3 }))
		}
	}
	random := rand.New(rand.NewPCG(3, 3))
	ranks := map[int]int{}
	for _, format := range []string{"u2", "s2", "u3", "s3", "u3xs2"} {
		for i := range 300 {
			bits := 1 + i%6
			few := make([]uint32, 1<<(i%8)) // values
			for j := range few {
				few[j] = random.Uint32N(1 << bits)
			}
			table := tableOf(t, format, func(a, b uint32) int64 {
				if i%3 == 0 { // a sum of few products
					return int64(few[a%uint32(len(few))]*few[b%uint32(len(few))] + few[(a*b+1)%uint32(len(few))])
				}
				return int64(few[random.IntN(len(few))])
			})
			ranks[one(table)]++
		}
	}
	for rank := range 9 {
		assert.NotZero(t, ranks[rank], "no table of rank %d", rank)
	}
}

// TestPrimeDivides has matrices whose minors are multiples of the first prime or of the first two, which have a lower
// rank modulo these.
func TestPrimeDivides(t *testing.T) {
	of := func(rows ...[]int64) *matrix {
		return &matrix{len(rows), len(rows[0]), func(a int, dst []int64) { copy(dst, rows[a]) }}
	}
	m := of([]int64{1 << 31, 1}, []int64{1, 1 << 30}) // 2^61 − 1
	p, _ := m.eliminate(modulus(0), 5)
	require.Equal(t, 1, p.rank(), "modulo 2^61 − 1")
	p = m.pivots(5)
	require.Equal(t, 2, p.rank())
	f := m.factor(p)
	require.NotNil(t, f)
	require.NoError(t, f.verify(m))
	m = of([]int64{-1 << 31, -1}, []int64{-1, -1 << 30})
	require.Equal(t, 2, m.pivots(5).rank())
	// Every entry a multiple of the second prime, and one minor of the first.
	q := int64(modulus(1))
	m = of([]int64{q, 0, 0, 0}, []int64{0, 1 << 31, 1, 0}, []int64{0, 1, 1 << 30, 0}, []int64{0, 0, 0, 1})
	for i, want := range []int{3, 3, 4} {
		p, _ = m.eliminate(modulus(i), 5)
		require.Equal(t, want, p.rank(), i)
	}
	require.Equal(t, 4, m.pivots(5).rank())
	require.Equal(t, 3, m.pivots(2).rank())
	require.Equal(t, 4, m.pivots(3).rank())
}

// TestExtremes has the largest and smallest numbers of tables and of 32 bits.
func TestExtremes(t *testing.T) {
	for _, format := range []string{"u12x2p24", "s3x12p24", "u5p24", "s1x2p24", "u1xs3p24"} {
		for _, number := range []func(a, b uint32) int64{
			func(a, b uint32) int64 { return -1 },
			func(a, b uint32) int64 { return -1 << 23 },
			func(a, b uint32) int64 { return 1<<23 - 1 },
			func(a, b uint32) int64 { return int64(a&1)<<23 - int64(b&1) },
			func(a, b uint32) int64 { return 16777213 * int64(1-a&b&1) }, // a prime
		} {
			table := tableOf(t, format, number)
			r, err := Factor(table, Most)
			require.NoError(t, err)
			require.NotNil(t, r.Factors, format)
			require.LessOrEqual(t, r.Rank, 2)
			multiplyOut(t, table, r.Factors)
		}
	}
	m := &matrix{4, 4, func(a int, dst []int64) {
		copy(dst, [][]int64{{math.MinInt32, math.MaxInt32, 0, -1}, {math.MaxUint32, 0, 1, math.MinInt32},
			{0, 0, 0, 0}, {-1 << 33, 1 << 33, -1, 0}}[a])
	}}
	p := m.pivots(Most)
	require.Equal(t, 3, p.rank())
	if f := m.factor(p); f != nil {
		require.NoError(t, f.verify(m))
	}
	large := &matrix{2, 2, func(a int, dst []int64) { dst[0], dst[1] = 4294967291, 0 }} // a prime
	p = large.pivots(Most)
	require.Equal(t, 1, p.rank())
	require.Nil(t, large.factor(p), "factors are beyond 32 bits")
}

func TestZero(t *testing.T) {
	for _, format := range integerFormats {
		table := tableOf(t, format, func(a, b uint32) int64 { return 0 })
		r, err := Factor(table, 0)
		require.NoError(t, err)
		require.Zero(t, r.Rank)
		require.NotNil(t, r.Factors)
		require.Zero(t, r.Factors.Rank())
		require.Equal(t, "table: exact rank 0, all products are 0", r.String())
		table.Set(1, 1, 1)
		r, err = Factor(table, 0)
		require.NoError(t, err)
		require.Equal(t, 1, r.Rank)
		require.Nil(t, r.Factors)
		require.Equal(t, "table: exact rank above 0", r.String())
	}
}

// TestParts has products in another unit, and modulo 2^n.
func TestParts(t *testing.T) {
	high := tableOf(t, "u8p8lsb8", func(a, b uint32) int64 { return int64(a>>4) * int64(b>>4) })
	r, err := Factor(high, Most)
	require.NoError(t, err)
	require.Equal(t, []int{1, -1}, []int{r.Rank, r.Error})
	multiplyOut(t, high, r.Factors)
	low := tableOf(t, "u4p7mod", func(a, b uint32) int64 { return int64(a) * int64(b) })
	r, err = Factor(low, Most)
	require.NoError(t, err)
	require.Equal(t, rationalRank(numbersOf(low)), r.Rank)
	require.Equal(t, rationalRank(numbersOfErrors(low)), r.Error)
	multiplyOut(t, low, r.Factors)
}

// TestUnverified has a search that finds wrong factors.
func TestUnverified(t *testing.T) {
	table := tableOf(t, "u2", func(a, b uint32) int64 { return int64(a * b) })
	for last, right := range map[int32]bool{3: true, 4: false} {
		f := &Factors{[][]int32{{0, 1, 2, 3}}, [][]int32{{0, 1, 2, last}}}
		r, err := factor(table, Most, func(*search) *Factors { return f })
		require.NoError(t, err)
		require.Equal(t, right, r.Factors != nil)
	}
}

func TestNotIntegers(t *testing.T) {
	for _, name := range []string{"mitchell_e8m3", "exact_fp4e2m1-fp4e2m1-bf16"} {
		m, err := golden.Lookup(name)
		require.NoError(t, err)
		_, err = Factor(m.Table(), Most)
		require.ErrorContains(t, err, "expected a format of integers")
		_, err = Load(m.Table(), Most)
		require.ErrorContains(t, err, "expected a format of integers")
	}
	_, err := Factor(tableOf(t, "u2", func(a, b uint32) int64 { return 0 }), -1)
	require.ErrorContains(t, err, "limit of 0 or more pairs, not -1")
}
