package lut

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// codedFormat is the format of a name.
func codedFormat(t testing.TB, name string) Format {
	t.Helper()
	f, err := ParseFormat(name)
	require.NoError(t, err)
	require.Equal(t, Coded, f.Kind)
	return f
}

func coding(t testing.TB, name string) Coding {
	t.Helper()
	c, ok := BuiltinCoding(name)
	require.True(t, ok, name)
	return c
}

// positRing returns the positive posits of n bits, with 0 and infinity at the ends, as J. Gustafson and I. Yonemoto
// construct them ("Beating Floating Point at its Own Game", 2017): from 0, 1 and infinity by adding a bit at a time,
// which puts a number between any two neighbours. positValue reads bits; this reads none.
func positRing(n, es int) []float64 {
	useed := math.Ldexp(1, 1<<es)
	ring := []float64{0, 1, math.Inf(1)}
	for bits := 2; bits < n; bits++ {
		next := ring[:1:1]
		for i, y := range ring[1:] {
			x := ring[i]
			between := (x + y) / 2
			switch {
			case math.IsInf(y, 1):
				between = x * useed
			case x == 0:
				between = y / useed
			case y/x > 2: // an exponent bit
				between = math.Sqrt(x * y)
			}
			next = append(next, between, y)
		}
		ring = next
	}
	return ring
}

func TestPosits(t *testing.T) {
	for _, n := range []int{3, 4, 5, 7, 8, 9, 12} {
		for es := range 4 {
			name := "posit" + string(rune('0'+n))
			if n > 9 {
				name = "posit1" + string(rune('0'+n-10))
			}
			c := coding(t, name+"es"+string(rune('0'+es)))
			require.Equal(t, n, c.Bits())
			ring := positRing(n, es)
			compared := 0
			for code, want := range ring[:len(ring)-1] {
				require.Equal(t, want, float64(c.Value(uint32(code))), "%v %#x", c.Name(), code)
				compared++
				if code > 0 {
					require.Equal(t, -want, float64(c.Value(uint32(1<<n-code))), "%v -%#x", c.Name(), code)
					compared++
				}
			}
			nar := c.Value(1 << (n - 1))
			require.True(t, nar != nar, "NaR")
			require.Equal(t, 1<<n, compared+1)
			for code := -1<<(n-1) + 1; code < 1<<(n-1)-1; code++ { // in two's complement they ascend
				require.Less(t, c.Value(uint32(code)&(1<<n-1)), c.Value(uint32(code+1)&(1<<n-1)), c.Name())
			}
		}
	}
	// Known numbers: the largest and the least, 1 and 2, and two fractions.
	p := coding(t, "posit8es1")
	for code, want := range map[uint32]float32{0x7f: 4096, 1: 1.0 / 4096, 0x40: 1, 0x50: 2, 0x48: 1.5, 0xc0: -1, 0x41: 1.0625, 0x7e: 1024} {
		assert.Equal(t, want, p.Value(code), "%#x", code)
	}
	assert.Equal(t, float32(1<<24), coding(t, "posit8es2").Value(0x7f))
	assert.Equal(t, float32(64), coding(t, "posit8es0").Value(0x7f))
}

// Small floats are those that Format decodes, where it has them, and those of OCP's MX.
func TestSmallFloats(t *testing.T) {
	for name, format := range map[string]string{"fp8e4m3": "e4m3fn-ieee", "fp8e5m2": "e5m2-ieee", "fp8e3m4": "e3m4-ieee", "bf16": "e8m7-ieee",
		"fp16": "e5m10-ieee"} {
		f, err := ParseFormat(format)
		require.NoError(t, err)
		for code, v := range coding(t, name).Values() {
			want := f.DecodeOperand(uint32(code))
			require.Equal(t, want, math.Float32bits(v)&^signOf(v), "%s %#x", name, code)
		}
	}
	four := []float32{0, 0.5, 1, 1.5, 2, 3, 4, 6}
	for i, want := range four {
		c := coding(t, "fp4e2m1")
		assert.Equal(t, want, c.Value(uint32(i)))
		assert.Equal(t, math.Float32bits(-want), math.Float32bits(c.Value(uint32(8+i)))|signBit, "also of 0")
	}
	for name, want := range map[string][]float32{"fp6e2m3": {0.125, 7.5}, "fp6e3m2": {0.0625, 28}} {
		c := coding(t, name)
		assert.Equal(t, want, []float32{c.Value(1), c.Value(31)}, name)
		assert.False(t, c.HasNaN())
	}
}

// signOf is the sign bit of a NaN, whose sign says nothing.
func signOf(v float32) uint32 {
	if v != v {
		return signBit
	}
	return 0
}

// The logarithms of lns8 are the nearest of binary32 to the roots.
func TestLogarithms(t *testing.T) {
	c := coding(t, "lns8")
	for code, v := range c.Values() {
		l := code & 127
		if l >= 64 {
			l -= 128
		}
		if l == -64 {
			require.Zero(t, v)
			require.Equal(t, code>>7 == 1, math.Signbit(float64(v)))
			continue
		}
		// v^8 lies between those of the two numbers half way to its neighbours.
		power := func(x float64) *big.Float {
			p := big.NewFloat(x).SetPrec(1000)
			for range 3 {
				p.Mul(p, p)
			}
			return p
		}
		want := new(big.Float).SetMantExp(big.NewFloat(1), l)
		x := math.Abs(float64(v))
		down, up := float64(math.Nextafter32(float32(x), 0)), float64(math.Nextafter32(float32(x), 1000))
		require.Negative(t, power((down+x)/2).Cmp(want), "%#x", code)
		require.Positive(t, power((up+x)/2).Cmp(want), "%#x", code)
		require.Equal(t, code>>7 == 1, v < 0)
	}
}

// nearest returns the code of the number nearest to x, by distances: the portable rules of docs/codes.md without
// thresholds. For posits it looks at the posit of one bit more, for logarithms at squares.
func nearest(c Coding, x float32) uint32 {
	rat := func(v float32) *big.Rat { return new(big.Rat).SetFloat64(float64(v)) }
	best, found := uint32(0), false
	for code, v := range c.Values() {
		if !isFinite(v) {
			continue
		}
		if !found {
			best, found = uint32(code), true
			continue
		}
		u, w, old, now := c.Value(best), v, best, uint32(code)
		if u == w {
			continue
		}
		if u > w {
			u, w, old, now = w, u, now, old
		}
		// The one of two numbers u < w that x is rounded to.
		var side int // of x, from the number half way
		switch {
		case c.rule != halfway && x != 0 && (u == 0 && x > 0 || w == 0 && x < 0):
			side = map[bool]int{true: 1, false: -1}[x > 0]
		case c.rule != halfway && (u < 0 && w > 0):
			side = map[bool]int{true: 1, false: -1}[x > 0]
		case c.rule == logRule && u != 0 && w != 0:
			side = new(big.Rat).Mul(rat(x), rat(x)).Cmp(new(big.Rat).Mul(rat(u), rat(w)))
			if u < 0 {
				side = -side
			}
			if (x < 0) != (u < 0) {
				side = map[bool]int{true: 1, false: -1}[x > 0]
			}
		default:
			twice := new(big.Rat).Add(rat(x), rat(x))
			side = twice.Cmp(new(big.Rat).Add(rat(u), rat(w)))
		}
		pick := old
		if side > 0 || side == 0 && (now&1 == 0 && old&1 == 1 || now&1 == old&1 && now < old) {
			pick = now
		}
		best = pick
	}
	return best
}

// Encoders agree with distances: around each threshold, at each number and for random ones.
func TestEncoder(t *testing.T) {
	permuted := make([]float32, 16)
	for i, v := range coding(t, "fp4e2m1").Values() {
		permuted[i*7&15] = v
	}
	csv, err := NewCoding("permuted", permuted)
	require.NoError(t, err)
	wide, err := NewCoding("wide", []float32{math.MaxFloat32, math.SmallestNonzeroFloat32, -1, 1 + 0x1p-23, 1, 0x1p-30, float32(math.NaN()), 3})
	require.NoError(t, err)
	for _, c := range []Coding{csv, wide, coding(t, "fp4e2m1"), coding(t, "fp6e3m2"), coding(t, "fp8e4m3"), coding(t, "fp8e5m2"), coding(t, "lns8")} {
		e := c.Encoder()
		require.True(t, slices.IsSorted(e.Least), c.Name())
		r := rand.New(rand.NewPCG(7, 7))
		xs := append(c.Values(), 0, float32(math.Copysign(0, -1)), math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32)
		for _, v := range e.Least {
			xs = append(xs, v, math.Nextafter32(v, -1e38), math.Nextafter32(v, 1e38))
		}
		if len(xs) > 200 { // of the many, every third
			for i := range len(xs) / 3 {
				xs[i] = xs[3*i+r.IntN(3)]
			}
			xs = xs[:len(xs)/3]
		}
		for range 50 {
			xs = append(xs, math.Float32frombits(r.Uint32()), float32(r.NormFloat64()))
		}
		compared := 0
		for _, x := range xs {
			if !isFinite(x) {
				continue
			}
			compared++
			require.Equal(t, nearest(c, x), e.Encode(x), "%s of %v", c.Name(), x)
		}
		require.Greater(t, compared, 100)
	}
}

// A posit is rounded as the standard says: the bits behind the last one decide, as of an integer.
func TestEncodePosit(t *testing.T) {
	for _, name := range []string{"posit8es0", "posit8es1", "posit8es2", "posit5es1"} {
		c := coding(t, name)
		n, es, _ := parsePosit(name)
		e := c.Encoder()
		long := positRing(n+5, es) // codes of five bits more
		for i, v := range long[1 : len(long)-1] {
			code := uint32(i + 1)
			kept, rest := code>>5, code&31
			if rest > 16 || rest == 16 && kept&1 == 1 {
				kept++
			}
			kept = max(1, min(kept, 1<<(n-1)-1))
			require.Equal(t, kept, e.Encode(float32(v)), "%s of %v", name, v)
			require.Equal(t, -kept&(1<<n-1), e.Encode(float32(-v)), "%s of %v", name, -v)
		}
		for x, want := range map[float32]uint32{0: 0, 1e-40: 1, -1e-40: 1<<n - 1, 1e38: 1<<(n-1) - 1, -1e38: 1<<(n-1) + 1} {
			assert.Equal(t, want, e.Encode(x), "%s of %v", name, x)
		}
	}
}

func TestScaleExponent(t *testing.T) {
	for name, want := range map[string]int{"fp8e4m3": 8, "fp8e5m2": 15, "fp8e3m4": 3, "fp4e2m1": 2, "fp6e2m3": 2, "fp6e3m2": 4, // emax of OCP's MX
		"posit8es0": 0, "posit8es1": 1, "posit8es2": 3, "lns8": 7} {
		assert.Equal(t, want, coding(t, name).Encoder().Exponent, name)
	}
	for largest, want := range map[float32]int{0: 0, 6: 0, 4: 0, 7.9: 0, 8: 1, 3: -1, 1e-40: -60, 1e38: 60, 1: -2} {
		assert.Equal(t, want, ScaleExponent(largest, 2), "%v", largest)
	}
	// The product of the largest operands is in the range of the product's coding.
	ternary, err := NewCoding("ternary", []float32{0, 1, -1, float32(math.NaN())})
	require.NoError(t, err)
	for _, c := range []struct {
		a, b, p Coding
		x, y    int
	}{
		{coding(t, "fp8e4m3"), coding(t, "fp8e4m3"), coding(t, "fp8e4m3"), 3, 4},
		{coding(t, "fp8e4m3"), coding(t, "fp8e4m3"), coding(t, "bf16"), 8, 8},
		{coding(t, "fp8e5m2"), coding(t, "fp8e5m2"), coding(t, "fp8e5m2"), 7, 7},
		{coding(t, "fp4e2m1"), coding(t, "fp4e2m1"), coding(t, "fp4e2m1"), 0, 1},
		{coding(t, "fp4e2m1"), coding(t, "fp8e5m2"), coding(t, "fp8e4m3"), 2, 5},
		{coding(t, "posit8es1"), coding(t, "posit8es1"), coding(t, "posit8es1"), 1, 1},
		{coding(t, "lns8"), coding(t, "lns8"), coding(t, "lns8"), 3, 3},
		{ternary, ternary, ternary, 0, 0},
	} {
		x, y := Codings{c.a, c.b, c.p}.ScaleExponents()
		assert.Equal(t, []int{c.x, c.y}, []int{x, y}, "%v", Codings{c.a, c.b, c.p})
	}
}

func TestNewCoding(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		name   string
		values []float32
		want   string
	}{
		{"", []float32{0, 1}, "expected a name"}, {"a-b", []float32{0, 1}, "expected a name"}, {"1a", []float32{0, 1}, "expected a name"},
		{"a", []float32{0, 1, 2}, "has 3 codes"}, {"a", nil, "has 0 codes"}, {"a", []float32{1}, "has 1 codes"},
		{"u8", []float32{0, 1}, "name of a number format"}, {"e5m2", []float32{0, 1}, "name of a number format"},
		{"posit8es1", []float32{0, 1}, "other values than the built-in"}, {"a", []float32{nan, 1}, "two different finite"},
		{"a", []float32{1, 1, float32(math.Inf(1)), nan}, "two different finite"},
	} {
		_, err := NewCoding(c.name, c.values)
		assert.ErrorContains(t, err, c.want, "%q", c.name)
	}
	p, err := NewCoding("posit8es1", coding(t, "posit8es1").Values())
	require.NoError(t, err)
	assert.Equal(t, coding(t, "posit8es1"), p, "with its rules")
}

// A table of codes comes back from its file with its codings.
func TestCodedFile(t *testing.T) {
	own, err := NewCoding("own", []float32{0, 1, float32(math.NaN()), -1})
	require.NoError(t, err)
	for _, f := range []Format{codedFormat(t, "posit8es1"), codedFormat(t, "fp4e2m1-lns8-bf16"), CodedFormat(Codings{own, coding(t, "fp4e2m1"), own})} {
		u := scrambled(t, f)
		u.Name = "x"
		var buf bytes.Buffer
		_, err := u.WriteTo(&buf)
		require.NoError(t, err)
		assert.EqualValues(t, 3, buf.Bytes()[8], "programs that know no codes refuse it")
		got, err := Read(bytes.NewReader(buf.Bytes()))
		require.NoError(t, err)
		assert.Equal(t, u, got)
	}
	assert.Equal(t, "own-fp4e2m1-own", CodedFormat(Codings{own, coding(t, "fp4e2m1"), own}).String())
}

func TestHostileCodings(t *testing.T) {
	own, err := NewCoding("own", []float32{0, 1, float32(math.NaN()), -1})
	require.NoError(t, err)
	u := scrambled(t, CodedFormat(Codings{own, coding(t, "posit3es0"), own}))
	u.Name = "x"
	var buf bytes.Buffer
	_, err = u.WriteTo(&buf)
	require.NoError(t, err)
	n := int(buf.Bytes()[10]) | int(buf.Bytes()[11])<<8
	head, rows := string(buf.Bytes()[14:14+n]), buf.Bytes()[16+n:]
	const values = "000000000000803f0000c07f000080bf"
	require.Contains(t, head, values)
	_, err = Read(bytes.NewReader(fileOf(3, head, rows)))
	require.NoError(t, err)
	for _, c := range []struct{ old, new, want string }{
		{values, values[:24], "has 3 codes"},
		{values, values[:30], "8 hex digits"},
		{values, "x" + values[1:], "8 hex digits"},
		{values, strings.ToUpper(values), "no writer"},
		{values, "", "has 0 codes"},
		{values, strings.Repeat("00", 4<<16) + "00000000", "65536 codes at most"},
		{values, strings.Repeat("00", 4<<17), "1048576 are possible"},
		{values, strings.Replace(values, "0000c07f", "0100c07f", 1), "NaN is not"},
		{values, strings.Replace(values, "0000c07f", "0000c0ff", 1), "NaN is not"},
		{values, "000000000000803f0000c07f0000803f", ""}, // another coding, but one: other products, so to speak
		{values, strings.Repeat("00000000", 4), "two different finite"},
		{values, strings.Repeat("0000807f", 4), "two different finite"},
		{values, values + values, "ends after 4 of 8 rows"},
		{`"a":"own"`, `"a":"posit3es0"`, "no writer"},
		{`"a":"own"`, `"a":"other"`, "needs the codings"},
		{`"a":"own"`, `"a":"posit8es1"`, "needs the codings"},
		{`{"name":"posit3es0"`, `{"name":"posit3es1"`, "other values than the built-in"},
		{`{"name":"posit3es0"`, `{"name":"own"`, "is there twice"},
		{`{"name":"own"`, `{"name":"u8"`, "name of a number format"},
		{`{"name":"own"`, `{"name":"` + "\u202e" + `"`, "expected a name"},
		{`"format":"own-posit3es0-own"`, `"format":"own"`, "no writer"},
		{`"format":"own-posit3es0-own"`, `"format":"u2x3p2"`, "no writer"},
		{`"codings":[{`, `"codings":[{"name":"more","values":"` + values + `"},{`, "no writer"},
		{`"codings":[`, `"codings":[],"x":[`, ""},
		{`"decode":`, `"decodes":`, ""},
		{`"decode":{`, `"decode":null,"d":{`, ""},
		{`"entry_bits":8`, `"entry_bits":8,"rounding":"truncate"`, "no writer"},
	} {
		require.Contains(t, head, c.old)
		_, err := Read(bytes.NewReader(fileOf(3, strings.Replace(head, c.old, c.new, 1), rows)))
		if c.new == "000000000000803f0000c07f0000803f" {
			assert.NoError(t, err)
			continue
		}
		var damage *CorruptError
		require.ErrorAs(t, err, &damage, "%.80s", c.new)
		assert.ErrorContains(t, err, c.want, "%.80s", c.new)
	}
	for version, want := range map[byte]string{1: "is no number format", 2: "is no number format"} {
		_, err := Read(bytes.NewReader(fileOf(version, head, rows)))
		assert.ErrorContains(t, err, want)
	}
	builtin := scrambled(t, codedFormat(t, "posit3es0"))
	builtin.Name = "x"
	buf.Reset()
	_, err = builtin.WriteTo(&buf)
	require.NoError(t, err)
	n = int(buf.Bytes()[10]) | int(buf.Bytes()[11])<<8
	head = string(buf.Bytes()[14 : 14+n])
	_, err = Read(bytes.NewReader(fileOf(2, head, buf.Bytes()[16+n:])))
	assert.ErrorContains(t, err, "has no decode tables")
	_, err = Read(bytes.NewReader(fileOf(3, strings.Replace(head, `"decode"`, `"x"`, 1), buf.Bytes()[16+n:])))
	assert.ErrorContains(t, err, "has no decode tables")
}

// Error figures are those of the numbers.
func TestMeasureCodes(t *testing.T) {
	own, err := NewCoding("own", []float32{0, 1, 2, float32(math.NaN())})
	require.NoError(t, err)
	u, err := New("x", CodedFormat(Codings{own, own, own}))
	require.NoError(t, err)
	products := [4][4]uint32{{0, 0, 1, 3}, {3, 1, 2, 3}, {0, 1, 2, 3}, {3, 3, 3, 0}}
	for a, row := range products {
		for b, p := range row {
			u.Set(uint32(a), uint32(b), p)
		}
	}
	m := Measure(u)
	// 0·2 = 1 and 1·0 = NaN (wrong zeros), 2·1 = 1 and 2·2 = 2 (−50 %), NaN·NaN = 0; eight pairs are numbers.
	assert.Equal(t, 16, m.Pairs)
	assert.Equal(t, 5, m.Wrong)
	assert.Equal(t, 2, m.WrongZero)
	assert.Equal(t, 2, m.WrongSpecial)
	assert.Equal(t, 4, m.RelPairs)
	assert.Equal(t, []float64{0.25, 0.5, -0.25, 4.0 / 8, 2, 6.0 / 8, 1.0 / 16}, []float64{m.MRED, m.WCRE, m.Bias, m.MAE, m.WCE, m.MSE, m.Variance})
	assert.Equal(t, &Pair{2, 2}, m.Worst)
	assert.Equal(t, &CounterExample{0, 1, 0, 3}, m.CounterExample)
	assert.Equal(t, []float64{-0.5, -0.5}, u.RelErrors(2, nil)[1:3])
	assert.True(t, math.IsNaN(u.RelErrors(2, nil)[0]) && math.IsNaN(u.RelErrors(2, nil)[3]))
}
