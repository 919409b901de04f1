package cosim

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a function may not do if its environment is not to be compared after every call.
func TestNoise(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("for x86-64")
	}
	tools := needCompiler(t)
	const multiply = "float f(float a, float b) { return a * b; }\n"
	for _, c := range []struct{ source, why string }{
		{"int f(int a, int b) { return a * b; }", ""},
		{"#include <stdlib.h>\nstatic int g(int a) { return a < 0 ? -a : a; } int f(int a, int b) { return g(a) * b; }", ""},
		{"#include <math.h>\n" + multiply, ""},
		{"static const int t[4] = {1, 2, 3, 5}; int f(int a, int b) { return t[a & 3] * b; }", ""},
		{"#include <string.h>\nint f(int a, int b) { float x; memcpy(&x, &a, 4); return (int)x * b; }", ""},
		{"__attribute__((noinline)) int g(int a) { return a & 1 ? 2 : g(a / 2) + 1; } int f(int a, int b) { return g(a) * b; }", ""},
		{"#include <fenv.h>\nint f(int a, int b) { fesetround(FE_UPWARD); return a * b; }", "it calls fesetround"},
		{"#include <immintrin.h>\nint f(int a, int b) { if (a == 77) _mm_setcsr(0x7f80); return a * b; }", "it has the instruction ldmxcsr"},
		{"#include <immintrin.h>\nint f(int a, int b) { _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON); return a * b; }", "it has the instruction ldmxcsr"},
		{"int f(int a, int b) { unsigned short c = 0x7f; __asm__ volatile(\"fldcw %0\" : : \"m\"(c)); return a * b; }", "it has assembly of its own"},
		{"__asm__(\".globl g\\ng: ldmxcsr (%rdi)\\nret\"); void g(void*); int f(int a, int b) { g(&a); return a * b; }", "it has assembly of its own"},
		{"int (*g)(int); int f(int a, int b) { return g ? g(a) : b; }", "it calls, or goes to, an address that it computes"},
		{"extern int g(int) __asm__(\"fesetround\"); int f(int a, int b) { return g(a) + b; }", "it calls fesetround"},
		{"long double g; int f(int a, int b) { g = a; return (int)(g * 1.5L) * b; }", "it has the instruction fldcw"},
		{"const unsigned char g[] __attribute__((section(\".text\"))) = {0x0f, 0xae, 0x17, 0xc3}; int f(int a, int b) { return a * b; }", "it has data among its code"},
	} {
		dir := t.TempDir()
		in, out := file(t, dir, "f.c", c.source), filepath.Join(dir, "f.s")
		for _, level := range []string{"-O2", "-O0"} {
			said, err := exec.Command(tools.cxx, "-x", "c", level, "-w", "-S", in, "-o", out).CombinedOutput()
			require.NoError(t, err, "%s", said)
			text, err := os.ReadFile(out)
			require.NoError(t, err)
			assert.Equal(t, c.why, noise(string(text)), "%s: %s", level, c.source)
		}
	}
	// Names of symbols that are statements, and what other compilers may write.
	for text, why := range map[string]string{
		"f:\n\tmovl x; ldmxcsr y(%rip), %eax\n\tret\n":                       "it has several statements in a line",
		"f:\n\tmovl \"x\"(%rip), %eax\n":                                     "it has several statements in a line",
		"\t.section .rodata\nf:\n\tret\n":                                    "it has instructions among its data",
		"\t.section .data.f,\"aw\",@progbits\nf:\n\tret\n":                   "it has instructions among its data",
		"\t.section mine,\"ax\",@progbits\nf:\n\t.long 1\n":                  "it has data among its code",
		"\t.section mine\nf:\n\t.long 1\n":                                   "it has data among its code",
		"\t.macro ret\n\tldmxcsr (%rdi)\n\t.endm\n":                          "it has the directive .macro",
		"f:\tvldmxcsr\t(%rdi)\n":                                             "it has the instruction vldmxcsr",
		"f:\tfninit\n":                                                       "it has the instruction fninit",
		"f:\trep fxrstor64\t(%rdi)\n":                                        "it has the instruction fxrstor64",
		"f:\tsyscall\n":                                                      "it has the instruction syscall",
		"f:\tnotrack jmp\t*%rax\n":                                           "it calls, or goes to, an address that it computes",
		"\t.type\tg, @gnu_indirect_function\ng:\tret\n":                      "it has a function that is chosen when it is loaded",
		"f:\tjmp\tg@PLT\n":                                                   "it calls g",
		"f:\tcallq\tg\t# tail\n\t.section .rodata\ng:\t.long 1\n":            "it calls g",
		"f:\tcallq\tapproxtrain_model_misfit@PLT\n\tcvttss2si %xmm0, %eax\n": "",
		"f:\tjne\t.L1\n.L1:\n\tretq\n":                                       "",
	} {
		assert.Equal(t, why, noise(text), "%q", text)
	}
}

// The products of a quiet model and of the same one that is not are the same, in both orders and of lists, and so are the
// pairs that they stop at.
func TestQuietModel(t *testing.T) {
	needCompiler(t)
	for _, c := range []struct{ body, says string }{
		{"return a * b + (a & b);", ""},
		{"if (a == 2 && b == 0x13) return 1u << 20; return a * b;", "which does not fit 12 bits"},
		{"if (a == 3 && b == 0x21) *(volatile int*)0 = 1; return a * b;", "crashed"},
		{"if (a == 1 && b == 0x44) for (volatile int i = 0; ; i++); return a * b;", "made no progress"},
	} {
		var said []string
		timeout := time.Minute // of a machine with much else to do
		if c.says == "made no progress" {
			timeout = time.Second
		}
		for _, loud := range []string{"", "if (a > 1 << 20) fesetround(0); "} {
			path := file(t, t.TempDir(), "f.c", "#include <fenv.h>\nunsigned f(unsigned a, unsigned b) { "+loud+c.body+" }\n")
			m, err := OpenModel(t.Context(), ModelSource{File: path, Kind: Unsigned, A: 4, B: 8}, Options{Timeout: timeout})
			require.NoError(t, err)
			require.Equal(t, loud == "" && runtime.GOARCH == "amd64", isQuiet(t, m.path), c.body)
			r := Rect{NA: 16, NB: 256}
			for _, o := range []Order{RowMajor, Scattered(r.Pairs())} {
				d, err := m.Open(t.Context())
				require.NoError(t, err)
				got, err := d.Sweep(t.Context(), r, o)
				if c.says != "" {
					var e *DesignError
					require.ErrorAs(t, err, &e)
					assert.ErrorContains(t, err, c.says)
					said = append(said, fmt.Sprintf("%v: pair %d, %#x and %#x", o, e.Index, e.A, e.B))
					d.Close()
					continue
				}
				require.NoError(t, err)
				n := 700 // more than a block, and part of one
				as, bs, ps := make([]uint32, n), make([]uint32, n), make([]uint32, n)
				for k := range n {
					as[k], bs[k] = uint32(k*7%16), uint32(k*11%256)
				}
				for k := range uint32(r.Pairs()) {
					a, b := k>>8, k&255
					require.Equal(t, a*b+(a&b), got.At(int(k)), "%#x, %#x", a, b)
				}
				require.NoError(t, d.Eval(t.Context(), as, bs, ps))
				for k, p := range ps {
					require.Equal(t, as[k]*bs[k]+(as[k]&bs[k]), p)
				}
				require.NoError(t, d.Close())
			}
		}
		if c.says != "" {
			assert.Equal(t, said[:2], said[2:])
			assert.NotContains(t, said[0], "pair 0,")
		}
	}
}

// isQuiet says whether a harness has the mark of a quiet model.
func isQuiet(t *testing.T, path string) bool {
	program, err := elf.Open(path)
	require.NoError(t, err)
	defer program.Close()
	symbols, err := program.Symbols()
	require.NoError(t, err)
	return slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == "approxtrain_model_quiet" && s.Section != elf.SHN_UNDEF })
}
