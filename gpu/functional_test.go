package gpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/device/devicetest"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// model returns a model in C of a user's.
func model(name, source string) device.Model {
	return device.Model{Name: name, Func: "f", File: name + ".c", Source: source}
}

// strange does not commute, makes something of zeros, subnormals, infinities and NaNs,
// and returns some of each. It has names of the kernels' and of macros.
var strange = model("strange", `
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#define DEVICE 3
#define M (DEVICE + 4)
typedef union { float f; uint32_t u; } number;
static const uint8_t table[M + 1] = {[0] = 1, 0, 2, 0, 3, 5, 0, 7};
static inline uint32_t bits_of(float x) { number n = {.f = x}; return n.u; }
_Bool element(float x) { return isnan(x) || isinf(x); }
float f(float a, float b) {
    static const float steps[] = {0.5f, -2, 1e-44f};
    uint32_t i = bits_of(a) >> 20 & M, lane = 0;
    memcpy(&lane, &b, sizeof lane);
    if (element(a)) return b == 0 ? INFINITY : FLT_MAX;
    if (b == 0) return signbit(b) ? -3 : 1e-41f;
    if (i == 6 && (lane & 0xff00) == 0x4200) return NAN;
    float sum = 0;
    for (uint32_t k = 0; k < table[i]; k++) sum += steps[k % 3] * a;
    int e;
    const float m = frexpf(b, &e);
    return ldexpf(m, e > 60 ? 60 : e) + sum - 0.25f * fabsf(a);
}`)

func strangeProduct(a, b float32) float32 {
	table := [8]int{1, 0, 2, 0, 3, 5, 0, 7}
	steps := [3]float32{0.5, -2, 1e-44}
	special := func(x float32) bool { return x-x != 0 }
	i := math.Float32bits(a) >> 20 & 7
	switch {
	case special(a) && b == 0:
		return float32(math.Inf(1))
	case special(a):
		return math.MaxFloat32
	case b == 0 && math.Signbit(float64(b)):
		return -3
	case b == 0:
		return 1e-41
	case i == 6 && math.Float32bits(b)&0xff00 == 0x4200:
		return float32(math.NaN())
	}
	var sum float32
	for k := range table[i] {
		sum += float32(steps[k%3] * a)
	}
	if m, e := math.Frexp(float64(b)); !special(b) && e > 60 {
		b = float32(math.Ldexp(m, 60))
	}
	return b + sum - float32(0.25*float32(math.Abs(float64(a))))
}

func TestFunctional(t *testing.T) {
	t.Parallel()
	for _, blocks := range []int{0, 1 << 20} {
		d := emulated(t, emulation.Options{Reverse: blocks == 0})
		d.blocks = blocks // all chunks in one block, or as many blocks as there are
		t.Run(fmt.Sprintf("strange, %d blocks", blocks), func(t *testing.T) { devicetest.RunModel(t, d, strange, strangeProduct) })
	}
	w, err := golden.LookupWide("mbm_e8m23")
	require.NoError(t, err)
	t.Run(w.Name, func(t *testing.T) {
		devicetest.RunModel(t, emulated(t, emulation.Options{}), gputest.Model(t, w.Name), w.Mul)
	})
}

// TestSeveralModelsLong has several models at once, and tables beside them, at sizes that fill no tile: as on the
// CPU.
func TestSeveralModelsLong(t *testing.T) {
	d := emulated(t, emulation.Options{})
	compared := 0
	multipliers := []string{"mbm_e8m23", "mitchell_e8m7", "strange", "mbm_e8m23"}
	for _, m := range multipliers {
		compared += odd.compare(t, d, m, true)
	}
	assert.Equal(t, len(multipliers)*odd.results(), compared)
	assert.Len(t, d.compiled, 2, "each model once")
	t.Logf("%d elements compared", compared)
}

// plain are models that say what compiles, and that the result is the CPU's.
var plain = []device.Model{
	model("rounded", `#include <math.h>
#include <stdlib.h>
static double scaled(float a, float b) {
    int e, i;
    const double m = frexp(a, &e);
    frexpf(b, &i);
    return ldexp(m, abs(e)) * 1e-30 + ldexp(ldexp(m, e - 1100) * 3, 1060) + ldexp(b, i) + scalbnf(copysignf(b, a), -i / 2) + lrintf(a * 1e-37f);
}
float f(float a, float b) {
    if (b > 1000) return ldexp(ldexp(0.5 + 0x1p-21 + 0x1p-53, -1054), 1054); // a tie, were it rounded twice
    return sqrt(fabs(a)) * 0.1 + roundf(b) - floor(b) * 0x1p-30 + fmaf(a, b, ceilf(a)) + rint(b) * fmin(a, 1.0f) + scaled(a, b);
}`),
	model("pointers", `#include <stdint.h>
#if 0
#include <stdio.h> // long double
#endif
float f(float a, float b) { uint32_t x = *(uint32_t *)&a; x &= 0xfff00000u; *(uint32_t *)&b ^= x & 0x80000000u; return *(float *)&x + b; }`),
	{Name: "templates", Func: "f", File: "templates.cc", CXX: true, Source: `#include <cmath>
#include <cstdint>
#include <cstring>
namespace { constexpr std::uint32_t mask = 0xffff0000; struct Cut { float operator()(float x) const {
  std::uint32_t u; std::memcpy(&u, &x, sizeof u); u &= mask; std::memcpy(&x, &u, sizeof x); return x; } }; }
template <class T> static T f(T a, T b) { auto cut = Cut(); const auto s = [&](T x) { return std::sqrt(std::abs(x)); }; return cut(a) * cut(b) + s(a) + fabs(b); }`},
}

func TestModelsLong(t *testing.T) {
	d := emulated(t, emulation.Options{})
	c, err := cpu.New(0)
	require.NoError(t, err)
	for _, m := range plain {
		pairs, err := cmodel.Compare(m, c, d)
		require.NoError(t, err)
		require.Equal(t, cmodel.Pairs, pairs)
	}
}

func TestModelErrors(t *testing.T) {
	d := emulated(t, emulation.Options{})
	for name, c := range map[string]struct{ source, want string }{
		"syntax":   {"float f(float a, float b) {\n  return a * c;\n}\n", `the model syntax.c does not compile for gpu emulation(?s:.*)syntax.c:2:.*c`},
		"none":     {"float g(float a, float b) { return a; }", `the model none.c does not compile`},
		"link":     {"float gone(float, float); float f(float a, float b) { return gone(a, b); }", `the model link.c calls gone, which it does not define`},
		"exp":      {"#include <math.h>\nfloat f(float a, float b) { return expf(a); }", `the model exp.c uses expf, which has not the same bits on a GPU as on a CPU`},
		"pow":      {"#include <math.h>\nfloat f(float a, float b) { return pow(a, 2); }", `the model pow.c uses pow, which`},
		"include":  {"#include <stdio.h>\nfloat f(float a, float b) { return a; }", `include.c:1:2: .*<stdio.h> is not there on a GPU; a model may include <float.h>`},
		"long":     {"float f(float a, float b) { return (long  double)a * b; }", `the model long.c computes in long double`},
		"pointers": {"float f(float a, float b) { void *p = &a; float *q = p; return *q; }", `takes C for C\+\+(?s:.*)a void \* needs a cast`},
	} {
		_, err := d.Functional(model(name, c.source))
		require.Error(t, err, name)
		assert.Regexp(t, c.want, err.Error(), name)
		assert.Equal(t, fault.Usage, fault.Status(err), name)
	}
	t.Setenv("CXX", "no-such-compiler")
	_, err := d.Functional(model("late", "float f(float a, float b) { return b; }"))
	require.ErrorContains(t, err, "the model late.c is compiled for gpu emulation")
	require.Equal(t, fault.Missing, fault.Status(err))
}
