package golden

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/lut"
)

// bigProduct is the product of two codes by integers of any size: the third road beside the binary64 of
// exactFloat and the tables of package lut.
func bigProduct(f lut.Format, nearest bool, a, b uint32) uint32 {
	x, m, p, bias := f.ExponentBits(), f.A, f.P, int(f.One())
	top := 1<<x - 1
	type number struct {
		nan, inf, neg bool
		sig           int64 // the number is sig · 2^exp
		exp           int
	}
	read := func(c uint32) number {
		field, frac := int(c>>m)&top, int64(c)&(1<<m-1)
		n := number{neg: c>>(x+m) == 1, sig: frac + 1<<m, exp: field - bias - m}
		switch {
		case field == top && f.Float.Finite:
			n.nan = frac == 1<<m-1
		case field == top:
			n.inf, n.nan = frac == 0 && m > 0, frac != 0 || m == 0
		case field == 0 && f.Float.Subnormals == lut.Flush:
			n.sig = 0
		case field == 0:
			n.sig, n.exp = frac, 1-bias-m
		}
		return n
	}
	u, v := read(a), read(b)
	sign, largest := uint32(0), uint32(top)<<p-1
	if u.neg != v.neg {
		sign = 1 << (x + p)
	}
	nan, inf := uint32(top)<<p|1<<p>>1, uint32(top)<<p
	if f.Float.Finite || p == 0 {
		nan = 1<<(x+p) - 1
		inf = nan
	}
	if f.Float.Finite {
		largest = nan - 1
	}
	over := sign | inf
	if inf == nan {
		over = nan
	}
	switch {
	case u.nan || v.nan, u.inf && v.sig == 0, v.inf && u.sig == 0:
		return nan
	case u.inf || v.inf:
		return over
	case u.sig == 0 || v.sig == 0:
		return 0
	}
	q := new(big.Int).Mul(big.NewInt(u.sig), big.NewInt(v.sig)) // · 2^exp
	exp := u.exp + v.exp
	// In units of the last place of the result, 2^unit.
	unit := exp + q.BitLen() - 1 - p
	if least := 1 - bias - p; f.Float.Subnormals != lut.Flush && unit < least {
		unit = least
	}
	const room = 512 // all shifts are to the left by less, then to the right
	q.Lsh(q, uint(room+exp-unit))
	kept, rest := new(big.Int), new(big.Int)
	kept.DivMod(q, new(big.Int).Lsh(big.NewInt(1), room), rest)
	if half := new(big.Int).Lsh(big.NewInt(1), room-1); nearest && (rest.Cmp(half) > 0 || rest.Cmp(half) == 0 && kept.Bit(0) == 1) {
		kept.Add(kept, big.NewInt(1))
	}
	if kept.BitLen() == p+2 {
		kept.Rsh(kept, 1)
		unit++
	}
	k, field := uint32(kept.Int64()), unit+p+bias
	switch {
	case k == 0, k>>p == 0 && f.Float.Subnormals == lut.Flush, field < 1:
		return 0
	case k>>p == 0:
		return sign | k
	case field > top, uint32(field-1)<<p+k > largest:
		if f.Float.Saturate {
			return sign | largest
		}
		return over
	}
	return sign | (uint32(field-1)<<p + k)
}

var smallFloats = []string{"e4m3", "e4m3fn", "e4m3fn-saturate", "e4m3fn-ieee", "e4m3b3fn-ieee-saturate", "e5m2", "e5m2-ieee",
	"e5m2-ieee-saturate", "e3m4-ieee", "e3m4", "e2m5-ieee", "e2m1fn-ieee", "e6m1-ieee", "e5m0", "e4m0-ieee"}

// Every pair of codes of 8 bits and less: binary64 against big integers and, of a truncating multiplier or one
// without subnormals, against the rules that a table follows.
func TestExactFloatsEveryPair(t *testing.T) {
	for _, format := range smallFloats {
		for _, design := range []string{"exact", "exact-rne", "exact-full"} {
			m, err := Lookup(design + "_" + format)
			require.NoError(t, err)
			f := m.Format
			table := m.Table()
			n := f.FloatExtra() + f.A
			row := make([]uint32, 1<<n)
			twice := 0
			for a := range uint32(1) << n {
				m.Row(a, row)
				for b := range uint32(1) << n {
					want := bigProduct(f, design == "exact-rne", a, b)
					if got := m.Product(a, b); got != want || row[b] != want {
						t.Fatalf("%s: %#x × %#x = %#x, row %#x, expected %#x", m.Name, a, b, got, row[b], want)
					}
					if table.MulNarrow(a, b) != want {
						twice++
					}
				}
			}
			if design != "exact-rne" || f.Float.Subnormals == lut.Flush {
				assert.Zero(t, twice, "%s: a table's rules", m.Name)
			} else if f.A > 1 {
				assert.Positive(t, twice, "%s: subnormal results are rounded twice", m.Name)
				t.Logf("%s: %d of %d products of a table are rounded twice to another number", m.Name, twice, 1<<(2*n))
			}
		}
	}
}

// Formats of 16 bits: directed and random pairs.
func TestExactFloatsSampled(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 10))
	for _, format := range []string{"e5m10", "e5m10-ieee", "e5m10-ieee-saturate", "e6m9-ieee", "e7m8fn-ieee", "e8m7-ieee", "e5m10b20-ieee",
		"e8m11-ieee", "e7m11b63-ieee"} {
		for _, design := range []string{"exact", "exact-rne", "exact-full"} {
			f, err := lut.ParseFormat(format)
			require.NoError(t, err)
			m, err := Lookup(design + "_" + f.String())
			require.NoError(t, err)
			f = m.Format
			n, x := f.FloatExtra()+f.A, f.ExponentBits()
			var codes []uint32
			for _, e := range []uint32{0, 1, 2, f.One() / 2, f.One() - 1, f.One(), f.One() + 1, 1<<x - 3, 1<<x - 2, 1<<x - 1} {
				for _, frac := range []uint32{0, 1, 2, 1 << f.A >> 1, 1<<f.A - 2, 1<<f.A - 1} {
					codes = append(codes, e<<f.A|frac, e<<f.A|frac|1<<(n-1))
				}
			}
			check := func(a, b uint32) {
				if got, want := m.Product(a, b), bigProduct(f, design == "exact-rne", a, b); got != want {
					t.Fatalf("%s: %#x × %#x = %#x, expected %#x", m.Name, a, b, got, want)
				}
			}
			for _, a := range codes {
				for _, b := range codes {
					check(a, b)
				}
			}
			for range 10000 {
				// Exponents whose product is around the least normal number, and any.
				a, b := r.Uint32N(1<<n), r.Uint32N(1<<n)
				check(a, b)
				e := r.Uint32N(min(f.One()+2, 1<<x-1))
				other := f.One() + 2 - min(e, f.One()+2)
				check(e<<f.A|a&(1<<f.A-1), other<<f.A|b&(1<<f.A-1))
			}
		}
	}
}

func TestFloatNames(t *testing.T) {
	for name, format := range map[string]string{
		"exact_e5m10":              "e5m10",
		"exact_e5m10-ieee":         "e5m10-ieee",
		"exact-rne_e5m10-ieee":     "e5m10-ieee-rne",
		"exact-rne_e5m10-ieee-rne": "e5m10-ieee-rne",
		"exact-full_e4m3fn-ieee":   "e4m3p7fn-ieee",
		"mitchell_e5m10-ieee-rne":  "e5m10-ieee-rne",
		"drum5_e4m3fn":             "",
		"drum4_e5m10":              "e5m10",
		"exact_e5m10-ieee-rne":     "",
		"exact_e5m10p12":           "",
		"mitchell_e5m0":            "",
		"exact_e5m0":               "e5m0",
		"exact_e5m10b15":           "",
	} {
		m, err := Lookup(name)
		assert.Equal(t, format != "", IsName(name), name)
		if format == "" {
			assert.Error(t, err, name)
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, format, m.Format.String(), name)
		assert.Empty(t, m.RTL.File, "the library has 8 exponent bits")
		require.NotNil(t, m.Product)
		// 1 · 1, as fractions and as codes.
		one := m.Format.One() << m.Format.A
		if name[0] == 'e' {
			assert.Zero(t, m.Entry(0, 0), name)
			assert.Equal(t, m.Format.One()<<m.Format.P, m.Product(one, one), name)
		}
	}
	m, err := Lookup("mitchell_e5m10-ieee")
	require.NoError(t, err)
	table := m.Table()
	for i := range uint32(100000) {
		a, b := i*40503&0xffff, i*30011&0xffff
		if m.Product(a, b) != table.MulNarrow(a, b) {
			t.Fatalf("%#x × %#x", a, b)
		}
	}
	plain, err := Lookup("exact_e8m7")
	require.NoError(t, err)
	assert.Nil(t, plain.Product)
}

func BenchmarkExactFloatRow(b *testing.B) {
	m, err := Lookup("exact-rne_e5m10-ieee")
	require.NoError(b, err)
	row, a := make([]uint32, 1<<16), uint32(0)
	for b.Loop() {
		m.Row(a&0xffff, row)
		a += 0x9e37
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<16), "ns/product")
}
