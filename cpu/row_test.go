package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/simd"
	"github.com/approxtrain/approxtrain/lut"
)

// hasAVX2 asks the system, not the package that dispatch asks.
func hasAVX2(t *testing.T) bool {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return len(fastLevels()) > 0
	}
	info, err := os.ReadFile("/proc/cpuinfo")
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)^flags.* avx2( |$)`).Match(info) && regexp.MustCompile(`(?m)^flags.* fma( |$)`).Match(info)
}

func TestLevels(t *testing.T) {
	want := generic
	if hasAVX2(t) {
		want = fastLevels()[0]
	}
	t.Setenv(simd.Variable, "")
	d, err := New(2)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("cpu %s, 2 threads", want), d.Name())
	t.Setenv(simd.Variable, "generic")
	d, err = New(1)
	require.NoError(t, err)
	assert.Equal(t, "cpu generic, 1 thread", d.Name())
	m, err := d.Multiplier(nil)
	require.NoError(t, err)
	assert.Equal(t, native{}, m)
	t.Setenv(simd.Variable, "avx9")
	_, err = New(1)
	require.ErrorContains(t, err, `environment variable APPROXTRAIN_CPU: instructions "avx9": this machine has `)
	for _, l := range fastLevels() {
		t.Setenv(simd.Variable, string(l))
		d, err = New(2)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("cpu %s, 2 threads", l), d.Name())
		for _, m := range multipliers(t) {
			assert.NotEqual(t, fmt.Sprintf("%T", m.multiplier), fmt.Sprintf("%T", accelerate(l, m.multiplier)), "no faster path for %s", m.name)
		}
	}
}

type named struct {
	name string
	multiplier
}

// multipliers returns the native one and tables of random entries of each width,
// both roundings.
func multipliers(t *testing.T) []named {
	t.Helper()
	all := []named{{"fp32", native{}}}
	for i, f := range []lut.Format{lut.FloatFormat(7, 7), lut.FloatFormat(4, 4), lut.FloatFormat(5, 7), lut.FloatFormat(6, 3),
		lut.FloatFormat(7, 8), lut.FloatFormat(3, 15), lut.FloatFormat(7, 16), lut.FloatFormat(6, 23), lut.FloatFormat(9, 9)} {
		for _, r := range []lut.Rounding{lut.Truncate, lut.NearestEven} {
			m := newTable(randomTable(t, f, r, uint64(i)))
			all = append(all, named{fmt.Sprintf("%v, rounding %v", f, r), m})
		}
	}
	return all
}

func randomTable(t *testing.T, f lut.Format, r lut.Rounding, seed uint64) *lut.Table {
	t.Helper()
	table, err := lut.New("random", f)
	require.NoError(t, err)
	table.Rounding = r
	s := rand.New(rand.NewPCG(seed, 7))
	for x := range uint32(f.Rows()) {
		for y := range uint32(f.Cols()) {
			table.Set(x, y, s.Uint32N(1<<(f.P+1)))
		}
	}
	return table
}

// specials are the numbers at which a rule changes, both signs.
func specials() []float32 {
	var x []float32
	for _, bits := range []uint32{0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x3f7fffff, 0x3f800000, 0x3fffffff, 0x40000000,
		0x1f800000, 0x20000000, 0x5f000000, 0x5f7fffff, 0x5f800000, 0x7effffff, 0x7f000000, 0x7f7effff, 0x7f7fffff, 0x7f800000,
		0x7f800001, 0x7fc00000, 0x7fffffff} {
		x = append(x, math.Float32frombits(bits), math.Float32frombits(bits|signBit))
	}
	return x
}

// same compares numbers bit by bit; NaNs are equal to each other.
func same(x, y float32) bool {
	return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
}

// differ returns the first place where numbers differ, −1 for none.
func differ(x, y []float32) int {
	for i := range x {
		if !same(x[i], y[i]) {
			return i
		}
	}
	return -1
}

// TestAddRow compares the rows of the fast levels with those of the portable Go.
func TestAddRow(t *testing.T) {
	fast := fastLevels()
	if !hasAVX2(t) {
		t.Skip("this machine has only generic")
	}
	require.Contains(t, fast, avx2)
	const guard = float32(-1234.5)
	all := specials()
	s := rand.New(rand.NewPCG(1, 2))
	number := func() float32 {
		switch s.IntN(4) {
		case 0:
			return all[s.IntN(len(all))]
		case 1:
			return math.Float32frombits(s.Uint32()&0x807fffff | (60+s.Uint32N(8))<<23)
		case 2:
			return math.Float32frombits(s.Uint32()&0x807fffff | (186+s.Uint32N(8))<<23)
		}
		return math.Float32frombits(s.Uint32())
	}
	for _, m := range multipliers(t) {
		for _, l := range fast {
			f := accelerate(l, m.multiplier)
			compared := 0
			checkEach := func(a, b []float32) {
				want, got := make([]float32, len(b)+8), make([]float32, len(b)+8)
				for i := range want {
					want[i], got[i] = guard, guard
				}
				m.addEach(a, b, want[:len(b)])
				f.addEach(a, b, got[:len(b)])
				if i := differ(want, got); i >= 0 {
					require.Failf(t, "wrong", "%s, %s, %d elements each: place %d is %v, expected %v; %x · %x", m.name, l, len(b), i, got[i], want[i], a, b)
				}
				compared += len(b)
			}
			check := func(a float32, b, acc []float32) {
				for lead := range 3 { // alignment
					n := len(b)
					shifted := append(make([]float32, lead, lead+n+8), b...)
					for range 8 {
						shifted = append(shifted, float32(math.NaN()))
					}
					want := []float32{guard, guard, guard}[:lead+1]
					want = append(append(want, acc...), guard, guard, guard, guard, guard, guard, guard, guard, guard)
					got := append([]float32(nil), want...)
					m.addRow(a, shifted[lead:][:n], want[lead+1:][:n])
					f.addRow(a, shifted[lead:][:n], got[lead+1:][:n])
					if i := differ(want, got); i >= 0 {
						require.Failf(t, "wrong", "%s, %s, %d elements from %d: %x · … : place %d is %v, expected %v; b is %x", m.name, l, n, lead,
							math.Float32bits(a), i-lead-1, got[i], want[i], shifted)
					}
					compared += n
				}
			}
			for _, a := range all {
				check(a, all, make([]float32, len(all)))
				same := make([]float32, len(all))
				for i := range same {
					same[i] = a
				}
				checkEach(same, all)
			}
			for n := range 41 {
				for range 12 {
					b, acc := make([]float32, n), make([]float32, n)
					for i := range b {
						b[i], acc[i] = number(), number()+0 // no −0: sums start at +0
					}
					check(number(), b, acc)
					each := make([]float32, n)
					for i := range each {
						each[i] = number()
					}
					checkEach(each, b)
				}
			}
			require.Greater(t, compared, 30_000)
		}
	}
}
