package cpu

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// A function that crashes or never returns is an error that says with which
// operands, and not the end of this process.
func TestTrial(t *testing.T) {
	needCompiler(t)
	d := &Device{threads: 1, level: generic}
	const plain = "float f(float a, float b) { "
	for _, c := range []struct{ name, source, want string }{
		{"null", plain + "if (a == 255 && b == 3) *(volatile int *)0 = 1; return a * b; }",
			`^the model f\.c: its function f crashed: SIGSEGV \(segmentation fault\); operands a = 255 \(0x437f0000\), b = 3 \(0x40400000\)$`},
		{"division", plain + "volatile int x = (int)(1000 * b), y = 7; if (a == 0) y /= x; return y; }",
			`crashed: SIGFPE \(floating point exception\); operands a = 0 \(0x00000000\), b = 0 \(0x00000000\)$`},
		{"recursion", "static volatile float s; static float r(float x) { volatile char c[256]; c[0] = 1; return r(x + 1) + c[0] + s; }\n" +
			plain + "return a != a ? r(b) : a * b; }", `crashed: SIGSEGV \(segmentation fault\); operands a = NaN \(0x7fc00000\), b = 0 `},
		{"abort", "void abort(void); " + plain + "if (b == -255) abort(); return a * b; }",
			`crashed: SIGABRT \(aborted\); operands a = 0 \(0x00000000\), b = -255 `},
		{"assertion", "#include <assert.h>\n" + plain + "assert(a < 1e10f); return a * b; }",
			`(?s)crashed: SIGABRT \(aborted\); operands a = 1\.8446744e\+19 .*, b = 0 .*\n  .*Assertion .a < 1e10f. failed`},
		{"loop", "static volatile int go = 1; " + plain + "while (a == 3 && go) ; return a * b; }",
			`its function f did not return within a second; operands a = 3 \(0x40400000\), b = 0 `},
	} {
		_, err := d.Functional(device.Model{Name: "f.c", Func: "f", File: "f.c", Source: c.source})
		require.Error(t, err, c.name)
		assert.Regexp(t, c.want, err.Error(), c.name)
		assert.Equal(t, fault.Failed, fault.Status(err), c.name)
	}
	_, err := d.Functional(device.Model{Name: "f.cc", Func: "f", File: "f.cc", CXX: true,
		Source: "#include <stdexcept>\nfloat f(float a, float b) { if (a == -2) throw std::runtime_error(\"too small\"); return a * b; }\n"})
	assert.ErrorContains(t, err, "crashed: SIGABRT (aborted); operands a = -2 ")
	assert.ErrorContains(t, err, "too small")
}

// All pairs are tried of a function of the usual speed, some of a slow one, and neither
// takes long.
func TestTrialTakesLittle(t *testing.T) {
	needCompiler(t)
	x, y := trialOperands()
	for _, c := range []struct {
		model device.Model
		least int
	}{
		{device.Model{Func: "f", File: "f.c", Source: "float f(float a, float b) { return a * b; }"}, len(x) * len(y)},
		{device.Model{Func: "f", File: "slow.c", Source: "static volatile int n;\nfloat f(float a, float b) { for (int i = 0; i < 3000; i++) n = i; return a * b; }"}, 100},
	} {
		path, err := compileModel(c.model, trainedBuild)
		require.NoError(t, err)
		_, err = tryModel(c.model, path) // compiles
		require.NoError(t, err)
		start := time.Now()
		tried, err := tryModel(c.model, path)
		t.Logf("%s: %d pairs in %v", c.model.File, tried, time.Since(start))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, tried, c.least)
	}
	require.Greater(t, len(x)*len(y), 10_000)
}
