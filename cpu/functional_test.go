package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

// needCompiler skips a test where there is no C compiler; a machine that should
// have one fails.
func needCompiler(t testing.TB) {
	if _, err := exec.LookPath("cc"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C compiler")
	}
}

// builtin returns the model of a design of m mantissa bits and its reference.
func builtin(t testing.TB, design string, m int) (device.Model, func(a, b float32) float32) {
	name := design + "_" + lut.FloatFormat(m, m).String()
	model, err := cmodel.Builtin(name, design, m)
	require.NoError(t, err)
	if m > lut.MaxMantissa {
		w, err := golden.LookupWide(name)
		require.NoError(t, err)
		return model, w.Mul
	}
	g, err := golden.Lookup(name)
	require.NoError(t, err)
	return model, g.Table().MulFloat32
}

// strange is a model that shares nothing with the built-in ones: no product by a
// zero is a zero, infinities are numbers, subnormals count, and it does not commute.
var strange = device.Model{Name: "strange", Func: "f", File: "strange.c",
	Source: "static float g(float a) { return a > 1 ? a - 1 : a < 1e-30f && a > -1e-30f ? 3.0f : a; }\n" +
		"float f(float a, float b) { return g(a) + 0.5f * (b != b ? 1 : b); }\n"}

func strangeProduct(a, b float32) float32 {
	switch {
	case a > 1:
		a--
	case a < 1e-30 && a > -1e-30:
		a = 3
	}
	if b != b {
		b = 1
	}
	return a + float32(0.5*b)
}

func TestModels(t *testing.T) {
	needCompiler(t)
	run := func(model device.Model, mul func(a, b float32) float32) {
		for _, threads := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, %d threads", model.Name, threads), func(t *testing.T) {
				devicetest.RunModel(t, &Device{threads: threads, level: levels()[0]}, model, mul)
			})
		}
	}
	run(strange, strangeProduct)
	run(builtin(t, "mitchell", 23))
	run(builtin(t, "mbm", 14))
}

// products compares all products of x and y with the reference.
func products(t *testing.T, d *Device, m device.Multiplier, mul func(a, b float32) float32, x, y buffer) int {
	z := make(buffer, len(x)*len(y))
	d.Gemm(m, device.Gemm{M: len(x), N: len(y), K: 1}, x, y, z)
	require.NoError(t, d.Sync())
	for i, a := range x {
		for j, b := range y {
			want, got := mul(a, b), z[i*len(y)+j]
			if math.Float32bits(want) != math.Float32bits(got) && !(want != want && got != got) {
				require.Failf(t, "wrong", "%v × %v (%#08x × %#08x) is %v (%#08x), expected %v (%#08x)", a, b, math.Float32bits(a),
					math.Float32bits(b), got, math.Float32bits(got), want, math.Float32bits(want))
			}
		}
	}
	return len(z)
}

// TestWideModelsLong compares the built-in models in C with the definitions in Go.
// Operands are random over all of binary32, near where products leave its range,
// and those at which rules change.
func TestWideModelsLong(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 2, level: generic}
	total := 0
	for _, name := range golden.WideNames() {
		w, err := golden.LookupWide(name)
		require.NoError(t, err)
		model, mul := builtin(t, w.Design, w.Mantissa)
		m, err := d.Functional(model)
		require.NoError(t, err)
		s := rand.New(rand.NewPCG(uint64(w.Mantissa), 7))
		compared := 0
		for range 8 {
			x := append(corners(w.Mantissa), make(buffer, 100)...)
			y := append(corners(w.Mantissa), make(buffer, 100)...)
			for _, z := range []buffer{x, y} {
				for i := range 100 {
					bits := s.Uint32()
					switch i % 4 {
					case 1:
						bits = bits&0x807fffff | (63+s.Uint32N(3))<<23 // products next to the smallest
					case 2:
						bits = bits&0x807fffff | (190+s.Uint32N(2))<<23 // and the largest number
					case 3:
						bits = bits&0x807fffff | 127<<23
					}
					z[len(z)-100+i] = math.Float32frombits(bits)
				}
			}
			compared += products(t, d, m, mul, x, y)
		}
		require.Greater(t, compared, 250_000, name)
		total += compared
	}
	t.Logf("%d products compared", total)
	require.Greater(t, total, 16_000_000)
}

// corners are numbers at which the rules of a multiplier of m mantissa bits change.
func corners(m int) buffer {
	var x buffer
	last := uint32(1) << (23 - m)
	for _, e := range []uint32{0, 1, 2, 63, 64, 126, 127, 128, 190, 191, 192, 253, 254, 255} {
		for _, f := range []uint32{0, 1, last - 1, last, 1 << 22, 1<<22 + last, 1<<23 - 1, 1<<23 - last} {
			x = append(x, math.Float32frombits(e<<23|f&(1<<23-1)))
			if f == last || f == 0 {
				x = append(x, math.Float32frombits(signBit|e<<23|f&(1<<23-1)))
			}
		}
	}
	return x
}

// TestNarrowModelsLong compares the same C, for 1 to 11 mantissa bits, with the tables
// of the golden models: all pairs of fractions, and the numbers at the corners.
func TestNarrowModelsLong(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 2, level: generic}
	for _, design := range []string{"mitchell", "mbm", "exact"} {
		compared := 0
		for m := 1; m <= lut.MaxMantissa; m++ {
			model, mul := builtin(t, design, m)
			mult, err := d.Functional(model)
			require.NoError(t, err)
			all := make(buffer, 1<<m)
			for i := range all {
				all[i] = math.Float32frombits(127<<23 | uint32(i)<<(23-m) | uint32(i%3)) // the low bits are dropped
			}
			n := products(t, d, mult, mul, all, all)
			require.Equal(t, 1<<(2*m), n)
			compared += n + products(t, d, mult, mul, corners(m), corners(m))
		}
		t.Logf("%s: %d products compared", design, compared)
		require.Greater(t, compared, 5_592_404)
	}
}

// TestModelCache: what was compiled is found again for the same source only.
func TestModelCache(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	for _, factor := range []float32{2, 3, 2} {
		model := device.Model{Name: "f.c", Func: "f", File: "f.c",
			Source: fmt.Sprintf("float f(float a, float b) { return %v * a * b; }", factor)}
		first, err := compileModel(model, trainedBuild)
		require.NoError(t, err)
		info, err := os.Stat(first)
		require.NoError(t, err)
		again, err := compileModel(model, trainedBuild)
		require.NoError(t, err)
		require.Equal(t, first, again)
		same, err := os.Stat(again)
		require.NoError(t, err)
		require.Equal(t, info.ModTime(), same.ModTime(), "compiled twice")
		m, err := d.Functional(model)
		require.NoError(t, err)
		products(t, d, m, func(a, b float32) float32 { return float32(factor*a) * b }, buffer{1, 5, 0.1}, buffer{-1, 0.7})
	}
}

func TestModelErrors(t *testing.T) {
	needCompiler(t)
	d, err := NewLevel(1, "")
	require.NoError(t, err)
	for _, c := range []struct {
		name, source, want string
	}{
		{"syntax", "float f(float a, float b) {\n  return a * c;\n}\n", `(?s)does not accept the model f\.c.*f\.c:2:.*c`},
		{"link", "float g(float, float); float f(float a, float b) { return g(a, b); }", `(?s)does not accept the model f\.c.*undefined reference to .g`},
		{"type", "int f; ", `(?s)does not accept the model f\.c`},
		{"state", "static int n; float f(float a, float b) { return a * b + n++; }", `f\.c: f\(.*keep no state`},
	} {
		_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c", Source: c.source})
		require.Error(t, err, c.name)
		assert.Regexp(t, c.want, err.Error(), c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
	_, err = d.Functional(device.Model{Name: "f.cc", Func: "f", File: "f.cc", CXX: true,
		Source: "#include <cmath>\ntemplate <class T> static T f(T a, T b) { return std::fabs(a) * b; }\n"})
	require.NoError(t, err)
	t.Setenv("CC", "no-such-compiler")
	_, err = d.Functional(strange)
	require.ErrorContains(t, err, "no-such-compiler is not installed")
	require.ErrorContains(t, err, "apt-get install gcc")
	require.Equal(t, fault.Missing, fault.Status(err))
}
