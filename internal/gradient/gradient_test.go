package gradient

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// formats are those of tables in tests: each kind, unequal widths, the least ones, and parts of products.
var formats = []string{"u1", "s1", "u1x2", "u2", "s2", "u3", "s3", "u4", "s4", "u3x5", "s5x3", "u4xs3", "s3xu4", "s4xu1", "u6p8lsb4", "s4p5lsb3", "s5", "s3p24"}

// parse returns the format of a name.
func parse(t testing.TB, name string) lut.Format {
	f, err := lut.ParseFormat(name)
	require.NoError(t, err, name)
	return f
}

// fill returns a table of a format of which f says each entry, as a number in the range of entries.
func fill(t testing.TB, f lut.Format, entry func(a, b int64) int64) *lut.Table {
	table, err := lut.New("test", f)
	require.NoError(t, err)
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			table.Set(a, b, uint32(entry(f.NumberA(a), f.NumberB(b)))&(1<<f.P-1))
		}
	}
	return table
}

// exact is the table of an exact multiplier, but for bits below the port's lowest one.
func exact(t testing.TB, f lut.Format) *lut.Table {
	return fill(t, f, func(a, b int64) int64 { return a * b >> f.Part.LSB })
}

// random is a table of any entries.
func random(t testing.TB, f lut.Format, r *rand.Rand) *lut.Table {
	return fill(t, f, func(a, b int64) int64 { return int64(r.Uint32()) })
}

// truth is the slow implementation: a table by the values of operands, and slopes from the definition, as fractions.
type truth struct {
	loA, hiA, loB, hiB int
	bitsA, bitsB       int
	product            map[[2]int]*big.Rat
}

func newTruth(t *lut.Table) *truth {
	f := t.Format
	u := &truth{bitsA: f.A, bitsB: f.B, product: map[[2]int]*big.Rat{}}
	for a := range uint32(f.Rows()) {
		for b := range uint32(f.Cols()) {
			x, y := int(f.NumberA(a)), int(f.NumberB(b))
			u.loA, u.hiA, u.loB, u.hiB = min(u.loA, x), max(u.hiA, x), min(u.loB, y), max(u.hiB, y)
			p := new(big.Rat).SetInt64(f.NumberP(t.At(a, b)))
			u.product[[2]int{x, y}] = p.Mul(p, new(big.Rat).SetInt64(1<<f.Part.LSB))
		}
	}
	return u
}

// line is what an operand of a derivative runs through, with the other operand fixed.
type line struct {
	lo, hi, bits int
	at           func(x int) *big.Rat
}

// alongA returns the products by a, for one b; alongB those by b, for one a.
func (u *truth) alongA(b int) line {
	return line{u.loA, u.hiA, u.bitsA, func(a int) *big.Rat { return u.product[[2]int{a, b}] }}
}

func (u *truth) alongB(a int) line {
	return line{u.loB, u.hiB, u.bitsB, func(b int) *big.Rat { return u.product[[2]int{a, b}] }}
}

func whole(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

// mean returns the mean of f over lo … hi.
func mean(lo, hi int, f func(x int) *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for x := lo; x <= hi; x++ {
		sum.Add(sum, f(x))
	}
	return sum.Quo(sum, whole(hi-lo+1))
}

// smoothed returns the mean of the window at x, or nil where it leaves the range.
func (l line) smoothed(x, h int) *big.Rat {
	if x-h < l.lo || x+h > l.hi {
		return nil
	}
	return mean(x-h, x+h, l.at)
}

// difference is the definition of Difference.
func (l line) difference(x, h int) *big.Rat {
	if l.bits < 3 {
		h = 1
	} else {
		h = min(h, 1<<(l.bits-2))
	}
	before, after := l.smoothed(x-1, h), l.smoothed(x+1, h)
	d := new(big.Rat)
	if before == nil || after == nil {
		d.Sub(l.at(l.hi), l.at(l.lo))
		return d.Quo(d, whole(l.hi-l.lo))
	}
	d.Sub(after, before)
	return d.Quo(d, whole(2))
}

// regression is the covariance of x and the product, divided by the variance of x.
func (l line) regression() *big.Rat {
	identity := func(x int) *big.Rat { return whole(x) }
	meanX, meanP := mean(l.lo, l.hi, identity), mean(l.lo, l.hi, l.at)
	moment := func(f, g func(x int) *big.Rat, meanF, meanG *big.Rat) *big.Rat {
		return mean(l.lo, l.hi, func(x int) *big.Rat {
			p, q := new(big.Rat).Sub(f(x), meanF), new(big.Rat).Sub(g(x), meanG)
			return p.Mul(p, q)
		})
	}
	cov := moment(identity, l.at, meanX, meanP)
	return cov.Quo(cov, moment(identity, identity, meanX, meanX))
}

// slope returns the exact slope of a kind along a line, at x.
func (l line) slope(k Kind, x, h int) *big.Rat {
	switch k {
	case Difference:
		return l.difference(x, h)
	case Difference1D:
		return mean(l.lo, l.hi, func(x int) *big.Rat { return l.difference(x, h) })
	}
	return l.regression()
}

// options lists the kinds with slopes, with half windows of a format: the default, the least ones and the largest one.
func options(f lut.Format) []Options {
	all := []Options{{Kind: Regression}}
	for h := 0; h <= MaxHalf(f); h++ {
		if h <= 3 || h == MaxHalf(f) {
			all = append(all, Options{Kind: Difference, Half: h}, Options{Kind: Difference1D, Half: h})
		}
	}
	return all
}

// compare compares a gradient with the slow implementation at each pair of operands, by bits. It returns how many slopes
// were compared.
func compare(t *testing.T, table *lut.Table, o Options) (n int) {
	g, err := Of(table, o)
	require.NoError(t, err)
	u := newTruth(table)
	half := o.Half
	if half == 0 && o.Kind != Regression {
		half = DefaultHalf(table)
	}
	require.Equal(t, half, g.Half)
	byA, byB := map[int]*big.Rat{}, map[int]*big.Rat{}
	for a := u.loA; a <= u.hiA; a++ {
		for b := u.loB; b <= u.hiB; b++ {
			wantA, wantB := byA[b], byB[a]
			if !g.OneD || wantA == nil {
				wantA = u.alongA(b).slope(o.Kind, a, half)
				byA[b] = wantA
			}
			if !g.OneD || wantB == nil {
				wantB = u.alongB(a).slope(o.Kind, b, half)
				byB[a] = wantB
			}
			for name, s := range map[string]struct {
				got  float32
				want *big.Rat
			}{"∂T/∂a": {g.ByA(a, b), wantA}, "∂T/∂b": {g.ByB(a, b), wantB}} {
				want, _ := s.want.Float32()
				require.Equal(t, math.Float32bits(want), math.Float32bits(s.got), "%v, %v: %s at a = %d, b = %d is %v, expected %v = %v",
					table.Format, o, name, a, b, s.got, s.want, want)
				n++
			}
		}
	}
	return n
}

func TestSlopes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 0 // slopes
	for _, name := range formats {
		f := parse(t, name)
		for _, o := range options(f) {
			n += compare(t, random(t, f, r), o)
		}
	}
	assert.Equal(t, 150_304, n)
}

// A quotient is rounded once, also next to the middle of two numbers of binary32.
func TestQuotient(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	n := 0
	check := func(x, y int32) {
		want, _ := big.NewRat(int64(x), int64(y)).Float32()
		require.Equal(t, want, quotient(x, y), "%d / %d", x, y)
		n++
	}
	for range 200_000 {
		y := 1 + r.Int32N(1<<13)
		check(r.Int32N(1<<28)-1<<27, y)
		// The numerator with which the quotient is nearest to a middle, one of 25 bits whose last one is 1.
		middle := (1<<24 + r.Int64N(1<<24)) | 1
		shift := r.IntN(24)
		if x := (middle*int64(y) + 1<<shift/2) >> shift; x < 1<<27 {
			check(int32(x), y)
			check(-int32(x), y)
		}
	}
	assert.Greater(t, n, 300_000)
}

// Tables of designs, which have jumps, and the largest products.
func TestSlopesOfDesigns(t *testing.T) {
	for _, name := range []string{"drum4_u5", "trunc2_s5", "mitchell_u5"} {
		g, err := golden.Lookup(name)
		require.NoError(t, err)
		for _, o := range options(g.Table().Format) {
			compare(t, g.Table(), o)
		}
	}
	f := parse(t, "s4p24")
	extremes := func(a, b int64) int64 { return [2]int64{1<<23 - 1, -1 << 23}[(a^b)&1] }
	for _, o := range options(f) {
		compare(t, fill(t, f, extremes), o)
	}
	f = parse(t, "u10p24") // products too large for 32-bit sums of a row
	for _, o := range []Options{{Kind: Regression}, {Kind: Difference1D, Half: 1}} {
		g, err := Of(fill(t, f, func(a, b int64) int64 { return (1<<24 - 1) * ((a + b) >> 9 & 1) }), o)
		require.NoError(t, err)
		u := &truth{hiA: 1023, hiB: 1023, bitsA: 10, bitsB: 10}
		l := line{0, 1023, 10, func(x int) *big.Rat { return whole((1<<24 - 1) * (x >> 9 & 1)) }}
		want, _ := l.slope(o.Kind, 0, o.Half).Float32()
		assert.Equal(t, want, g.ByA(u.hiA, 0))
		assert.Equal(t, want, g.ByB(0, u.hiB))
	}
}

// Of an exact product every slope is the other operand.
func TestExact(t *testing.T) {
	n := 0
	for _, name := range []string{"u1", "s1", "u2", "s2", "u3", "s4", "u3x5", "s5x3", "u4xs3", "s3xu4", "s2xu6", "u8", "s8"} {
		f := parse(t, name)
		table := exact(t, f)
		for _, o := range options(f) {
			g, err := Of(table, o)
			require.NoError(t, err)
			loA, hiA := g.RangeA()
			loB, hiB := g.RangeB()
			for a := loA; a <= hiA; a++ {
				for b := loB; b <= hiB; b++ {
					if g.ByA(a, b) != float32(b) || g.ByB(a, b) != float32(a) {
						t.Fatalf("%v, %v: slopes %v and %v at a = %d, b = %d", f, o, g.ByA(a, b), g.ByB(a, b), a, b)
					}
					n += 2
				}
			}
		}
	}
	t.Logf("%d slopes", n)
	assert.Greater(t, n, 1_000_000)
}

// A table of products of floating point, of codes or modulo 2^n has no slopes, and neither has a wrong window.
func TestOfRefuses(t *testing.T) {
	table := func(name string) *lut.Table {
		table, err := lut.New("test", parse(t, name))
		require.NoError(t, err)
		return table
	}
	for _, c := range []struct {
		format string
		o      Options
		want   string
	}{
		{"e8m4", Options{Kind: Difference}, "table test has format e8m4, expected one of integers"},
		{"e4m3", Options{Kind: Difference}, "expected one of integers"},
		{"u8p8mod", Options{Kind: Regression}, "has products modulo 2^8"},
		{"u8", Options{Kind: STE}, "gradient ste has no slopes"},
		{"u8", Options{Kind: Table}, "gradient table has no slopes"},
		{"u8", Options{Kind: Difference, Half: 65}, "half window 65: expected 1 to 64 for table test of format u8"},
		{"u8", Options{Kind: Difference1D, Half: -1}, "half window -1: expected 1 to 64"},
		{"u3x2", Options{Kind: Difference, Half: 3}, "half window 3: expected 1 to 2"},
		{"u1", Options{Kind: Difference, Half: 2}, "half window 2: expected 1 to 1"},
		{"u8", Options{Kind: Regression, Half: 4}, "gradient regression has no window"},
		{"u8", Options{Kind: File, Path: "none.npy", Half: 4}, "gradient none.npy has no window"},
		{"u8", Options{Kind: File, Path: "none.npy"}, "no such file"},
	} {
		_, err := Of(table(c.format), c.o)
		require.ErrorContains(t, err, c.want, c.format)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	_, err := Of(table("u2"), Options{Kind: "other"})
	assert.ErrorContains(t, err, `"other" is unknown`)
}

func TestParse(t *testing.T) {
	for _, k := range Kinds {
		o, err := Parse(string(k))
		require.NoError(t, err)
		assert.Equal(t, Options{Kind: k}, o)
		assert.Equal(t, string(k), o.String())
	}
	for _, path := range []string{"x.npy", "a/b.CSV"} {
		o, err := Parse(path)
		require.NoError(t, err)
		assert.Equal(t, Options{Kind: File, Path: path}, o)
		assert.Equal(t, path, o.String())
	}
	for text, want := range map[string]string{
		"diference": `gradient "diference": expected one of ste, table, difference, difference-1d, regression, or a file with slopes (.npy, .csv); did you mean difference?`,
		"":          `gradient "": expected`, "file": `gradient "file"`, "x.txt": "expected one of", "npy": "expected one of",
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, want)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
	assert.Equal(t, "ste|difference|FILE", Usage(STE, Difference))
}

func TestMaxHalf(t *testing.T) {
	for name, want := range map[string]int{"u1": 1, "u2": 1, "u3": 2, "s4": 4, "u8": 64, "u12": 1024, "u3x5": 8, "s6xu2": 16} {
		assert.Equal(t, want, MaxHalf(parse(t, name)), name)
	}
}

func BenchmarkOf(b *testing.B) {
	for _, name := range []string{"u8", "u12"} {
		f := parse(b, name)
		table := random(b, f, rand.New(rand.NewPCG(3, 4)))
		for _, k := range []Kind{Difference, Difference1D, Regression} {
			b.Run(fmt.Sprintf("%s/%s", name, k), func(b *testing.B) {
				for b.Loop() {
					_, err := Of(table, Options{Kind: k})
					require.NoError(b, err)
				}
			})
		}
	}
}
