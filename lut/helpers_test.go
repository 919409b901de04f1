package lut

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Reference multipliers of the tests, written from the formulas in
// shared/design/multipliers.md. Package golden has the real ones.

// fill makes a table whose entries are f's.
func fill(t testing.TB, name string, format Format, f func(a, b uint32) uint32) *Table {
	t.Helper()
	tab, err := New(name, format)
	require.NoError(t, err)
	for a := range uint32(format.Rows()) {
		for b := range uint32(format.Cols()) {
			tab.Set(a, b, f(a, b))
		}
	}
	return tab
}

// scrambled has entries that obey no rule: what a format must be able to hold.
func scrambled(t testing.TB, format Format) *Table {
	r := rand.New(rand.NewPCG(1, uint64(format.A<<16|format.B<<8|format.P)))
	tab := fill(t, "scrambled_"+format.String(), format, func(a, b uint32) uint32 {
		return r.Uint32() >> (32 - format.ValueBits())
	})
	tab.Set(0, 0, 1<<format.ValueBits()-1)
	return tab
}

func exactInt(t testing.TB, f Format) *Table {
	return fill(t, "exact_"+f.String(), f, func(a, b uint32) uint32 {
		x, y := int64(a), int64(b)
		if f.Kind == Signed {
			x -= x >> (f.A - 1) << f.A
			y -= y >> (f.B - 1) << f.B
		}
		return uint32(x*y) & (1<<f.P - 1)
	})
}

func exactMantissa(t testing.TB, m, p int) *Table {
	return fill(t, "exact", FloatFormat(m, p), func(x, y uint32) uint32 {
		q := uint64(1<<m+x) * uint64(1<<m+y)
		c := q >> (2*m + 1)
		frac := q << p >> (2*m + int(c)) & (1<<p - 1)
		return uint32(c<<p | frac)
	})
}

func mitchellMantissa(t testing.TB, m int) *Table {
	return fill(t, "mitchell", FloatFormat(m, m), func(x, y uint32) uint32 { return x + y })
}

// lopsided does not commute: A's low bit is ignored.
func lopsided(t testing.TB, f Format) *Table {
	return fill(t, "lopsided", f, func(a, b uint32) uint32 { return a &^ 1 * b })
}

func mitchellInt(t testing.TB, n int) *Table {
	return fill(t, "mitchell", UintFormat(n, n), func(a, b uint32) uint32 {
		if a == 0 || b == 0 {
			return 0
		}
		f := n - 1
		ka, kb := bits.Len32(a)-1, bits.Len32(b)-1
		s := (a-1<<ka)<<(f-ka) + (b-1<<kb)<<(f-kb)
		c, frac := s>>f, s&(1<<f-1)
		return uint32(uint64(1<<f+frac) << (ka + kb + int(c)) >> f)
	})
}

func drum(t testing.TB, k, n int) *Table {
	clip := func(v uint32) (uint32, int) {
		l := bits.Len32(v) - 1
		if l < k {
			return v, 0
		}
		return v>>(l-k+1) | 1, l - k + 1
	}
	return fill(t, "drum", UintFormat(n, n), func(a, b uint32) uint32 {
		x, i := clip(a)
		y, j := clip(b)
		return x * y << (i + j)
	})
}

func udm(t testing.TB, n int) *Table {
	var mul func(a, b uint32, n int) uint32
	mul = func(a, b uint32, n int) uint32 {
		if n == 2 {
			if a == 3 && b == 3 {
				return 7
			}
			return a * b
		}
		h := n / 2
		lo := uint32(1)<<h - 1
		return mul(a>>h, b>>h, h)<<n + (mul(a>>h, b&lo, h)+mul(a&lo, b>>h, h))<<h + mul(a&lo, b&lo, h)
	}
	return fill(t, "udm", UintFormat(n, n), func(a, b uint32) uint32 { return mul(a, b, n) })
}

// formats covers each kind, each entry width, and unequal operand widths.
var formats = []Format{
	FloatFormat(1, 1), FloatFormat(3, 3), FloatFormat(7, 7), FloatFormat(3, 7), FloatFormat(4, 9), FloatFormat(5, 17),
	UintFormat(1, 1), UintFormat(4, 4), UintFormat(8, 8), UintFormat(2, 5), UintFormat(9, 9), {Kind: Unsigned, A: 6, B: 6, P: 9},
	SintFormat(1, 1), SintFormat(4, 4), SintFormat(8, 8), SintFormat(5, 3), SintFormat(9, 9), {Kind: Signed, A: 4, B: 4, P: 13},
	{Kind: SignedByUnsigned, A: 4, B: 3, P: 7}, {Kind: UnsignedBySigned, A: 8, B: 8, P: 8, Part: Part{LSB: 8}},
}
