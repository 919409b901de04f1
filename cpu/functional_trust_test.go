package cpu

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const body = "float f(float a, float b) { return a * b; }\n"

// Models that would act when they are loaded, or call what multiplies nothing, are refused by
// name before anything of them runs: each would write a file.
func TestLibraryRefused(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	t.Chdir(t.TempDir())
	const write = "#include <stdio.h>\nstatic void note(void) { FILE *f = fopen(\"ran\", \"w\"); fclose(f); }\n"
	for _, c := range []struct{ name, source, want string }{
		{"constructor", write + "__attribute__((constructor)) static void first(void) { note(); }\n" + body, `^the model f\.c: first runs when the library is loaded`},
		{"early constructor", "__attribute__((constructor(101))) static void begin(void) { static volatile int x; x = 1; }\n" + body, `: begin runs when`},
		{"destructor", "__attribute__((destructor)) static void last(void) { static volatile int x; x = 1; }\n" + body, `: last runs when the library is unloaded`},
		{"array", "static void x(void) { static volatile int y; y = 1; }\n__attribute__((section(\".init_array\"), used)) static void (*const p)(void) = x;\n" + body, `: x runs when the library is loaded`},
		{"DT_INIT", "void _init(void) { }\n" + body, `: _init runs when`},
		{"DT_FINI", "void _fini(void) { }\n" + body, `: _fini runs when`},
		{"named as start files name theirs", "__attribute__((constructor)) static void frame_dummy(void) { static volatile int x; x = 1; }\n" + body, `: frame_dummy runs when`},
		{"ifunc", "static float g(float a) { return a; }\nstatic void *choose(void) { return g; }\nfloat h(float) __attribute__((ifunc(\"choose\")));\n" +
			"float f(float a, float b) { return h(a) * b; }", `: h is chosen by a function that runs when the library is loaded`},
		{"thread-local", "static _Thread_local float last;\nfloat f(float a, float b) { float p = a * b + 0 * last; last = a; return p; }", `: last is one of each thread`},
		{"commands", "#include <stdlib.h>\nfloat f(float a, float b) { if (a == 77777) system(\"true\"); return a * b; }", `: it uses system, where`},
		{"processes", "#include <unistd.h>\nfloat f(float a, float b) { if (a == 77777) fork(); return a * b; }", `: it uses fork, where`},
		{"files, an exit", write + "#include <stdlib.h>\nfloat f(float a, float b) { if (a == 77777) { note(); exit(0); } return a * b; }", `: it uses exit, fclose, fopen, where`},
		{"rounding", "#include <fenv.h>\nfloat f(float a, float b) { if (a == 77777) fesetround(FE_UPWARD); return a * b; }", `: it uses fesetround, where`},
		{"random numbers", "#include <stdlib.h>\nfloat f(float a, float b) { return a * b + 0 * rand(); }", `: it uses rand, where`},
		{"at the end", "#include <stdlib.h>\nstatic void bye(void) { }\nfloat f(float a, float b) { if (a == 77777) atexit(bye); return a * b; }", `: it uses (__cxa_)?atexit, where`},
	} {
		_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c", Source: c.source})
		require.Error(t, err, c.name)
		assert.Regexp(t, c.want, err.Error(), c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
	_, err := d.Functional(device.Model{Name: "f.cc", Func: "f", File: "f.cc", CXX: true,
		Source: "struct S { S(); float x; };\nS::S() { x = 1; }\nstatic S s;\nfloat f(float a, float b) { return a * b * s.x; }\n"})
	require.ErrorContains(t, err, "the model f.cc: _GLOBAL__sub_I")
	_, err = os.Stat("ran")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// What models need is accepted: functions of mathematics, memory, assertions.
func TestLibraryAccepted(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	for _, m := range []device.Model{
		{File: "f.c", Source: "#include <math.h>\n#include <assert.h>\n#include <stdlib.h>\n#include <string.h>\nfloat f(float a, float b) {\n" +
			"  unsigned x[2]; memcpy(x, &a, 4); memcpy(x + 1, &b, 4); assert(sizeof a == 4);\n  int e; float m = frexpf(a, &e);\n" +
			"  return isnan(a) || isinf(b) ? fabsf(a) : ldexpf(m, 1) * floorf(powf(b, 2)) + expf(-fabsf(b)) + sinf(m) + (float)log2(1 + fabs((double)m)) + abs(e) + memcmp(x, x, 4);\n}\n"},
		{File: "f.cc", CXX: true, Source: "#include <algorithm>\n#include <cmath>\n#include <stdexcept>\n#include <array>\nstatic constexpr std::array<float, 2> half{0.5f, 2};\n" +
			"float f(float a, float b) { if (a == 77777) throw std::runtime_error(\"a\"); return std::max(a, b) * half.at(a > b); }\n"},
	} {
		m.Func = "f"
		_, err := d.Functional(m)
		require.NoError(t, err, m.File)
	}
}

// Models of which builds or orders differ, or that do what C leaves undefined, with the operands.
func TestTrialComparesLong(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	const differs = `^f\.c: f\(.* is .* in one place and .* in another \(.*: it must depend on nothing but its operands`
	const undefined = `^the model f\.c: its function f does what C leaves undefined: `
	for _, c := range []struct{ name, source, want string }{
		{"remembers a", "static float x, p; float f(float a, float b) { if (a != x) { x = a; p = a * b; } return p; }", differs},
		{"remembers b", "static float y, p; float f(float a, float b) { if (b != y) { y = b; p = a * b; } return p; }", differs},
		{"optimized", "float f(float a, float b) {\n#ifdef __OPTIMIZE__\n  if (a == 255 && b == 3) return 1;\n#endif\n  return a * b; }",
			`^f\.c: f\(255, 3\) .* is 1 in one place and 765 in another \(-O0, `},
		{"never set", "float f(float a, float b) { float p; if (a != 2) p = a * b; return p; }", differs},
		{"overflow", "float f(float a, float b) { int x = a == 2 ? 2147483647 : 1; return a * b + (float)(x + 1); }",
			undefined + `f\.c:1:\d+: runtime error: signed integer overflow: 2147483647 \+ 1 .*; operands a = 2 \(0x40000000\), b = 0 `},
		{"cast", "float f(float a, float b) { return a * b + 0 * (unsigned char)b; }", undefined + `.* is outside the range of representable values of type 'unsigned char'; operands a = `},
		{"array", "static const float x[2] = {1, 2}; float f(float a, float b) { return a == 3 && b == 3 ? x[(int)b] : a * b; }",
			undefined + `.*index 3 out of bounds.*; operands a = 3 \(0x40400000\), b = 3 `},
		{"pointer", "static float x[2] = {1, 2}; float *volatile p = x; float f(float a, float b) { return a == 3 ? (p[2] == 5) + b : a * b; }",
			undefined + `AddressSanitizer: global-buffer-overflow; operands a = 3 `},
	} {
		_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c", Source: c.source})
		require.Error(t, err, c.name)
		assert.Regexp(t, c.want, err.Error(), c.name)
		assert.Equal(t, fault.Usage, fault.Status(err), c.name)
	}
	// A division of floats by zero is defined, by IEEE 754.
	_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c", Source: "float f(float a, float b) { return a / b; }"})
	require.NoError(t, err)
}

// mode returns C that changes MXCSR or FPCR, without a library, where a condition holds.
func mode(condition string, bits string) string {
	if runtime.GOARCH == "arm64" {
		return "float f(float a, float b) { if (" + condition + ") { unsigned long c; __asm__ volatile(\"mrs %0, fpcr\" : \"=r\"(c)); c |= 1ul << 22;" +
			" __asm__ volatile(\"msr fpcr, %0\" : : \"r\"(c)); } return a * b; }"
	}
	return "float f(float a, float b) { if (" + condition + ") { unsigned c; __asm__ volatile(\"stmxcsr %0\" : \"=m\"(c)); c |= " + bits + ";" +
		" __asm__ volatile(\"ldmxcsr %0\" : : \"m\"(c)); } return a * b; }"
}

// A model that changes the floating-point environment by instructions of its own is refused by
// the trial. One that does so for operands that the trial does not have is an error of the
// next Sync, and what is computed after it is right.
func TestEnvironment(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	_, err := d.Functional(device.Model{Func: "f", File: "f.c", Source: mode("a == 255 && b == 3", "0x4000")})
	require.EqualError(t, err, "the model f.c: its function f changes the rounding mode; operands a = 255 (0x437f0000), b = 3 (0x40400000)")
	if runtime.GOARCH == "amd64" {
		_, err = d.Functional(device.Model{Func: "f", File: "f.c", Source: mode("a == 255 && b == 3", "0x8000")})
		require.ErrorContains(t, err, "its function f changes what is made of subnormals (FTZ, DAZ); operands a = 255 ")
		_, err = d.Functional(device.Model{Func: "f", File: "f.c", Source: "float f(float a, float b) { unsigned short w = 0x27f; __asm__ volatile(\"fldcw %0\" : : \"m\"(w)); return a * b; }"})
		require.ErrorContains(t, err, "its function f changes the floating-point environment; operands a = 0 ")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m, err := d.Functional(device.Model{Func: "f", File: "f.c", Source: mode("a == 77777", "0x4000")})
	require.NoError(t, err)
	third := float32(1) / 3
	product := func(a, b float32) float32 {
		z := make(buffer, 1)
		d.Gemm(m, device.Gemm{M: 1, N: 1, K: 1}, buffer{a}, buffer{b}, z)
		return z[0]
	}
	want := math.Float32bits(third * third)
	require.Equal(t, want, math.Float32bits(product(third, third)))
	require.NoError(t, d.Sync())
	product(77777, 1)
	rounded := third * third // by this thread
	require.Equal(t, want, math.Float32bits(rounded))
	require.Equal(t, want, math.Float32bits(product(third, third)))
	require.ErrorContains(t, d.Sync(), "the model f.c: its function f has changed the rounding mode in the middle of training")
	require.NoError(t, d.Sync())
	// Row by row as well, where there are no tiles.
	f := m.(*functional)
	sums := make([]float32, 1)
	f.addRow(77777, []float32{1}, sums)
	require.Error(t, d.Sync())
	f.addEach([]float32{77777}, []float32{1}, sums)
	require.Error(t, d.Sync())
}

func TestSharedCases(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	for name, want := range map[string]string{
		"trust/f15_fesetround.c":  "f15_fesetround.c: it uses fesetround",
		"trust/g18_constructor.c": "g18_constructor.c: boom runs when the library is loaded",
	} {
		path, err := filepath.Abs(cases.File(t, name))
		require.NoError(t, err)
		m, err := cmodel.Read(path)
		require.NoError(t, err)
		t.Chdir(t.TempDir())
		_, err = d.Functional(m)
		require.ErrorContains(t, err, want)
		_, err = os.Stat("ran_by_model")
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}
