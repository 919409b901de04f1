package gpu

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/gputest"
	"github.com/approxtrain/approxtrain/gpu/ptx"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// needClang skips a test where there is no clang; continuous integration has one.
func needClang(t *testing.T) {
	if _, err := ptx.FindCompiler(); err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(t, err)
		}
		t.Skip(err)
	}
}

// Units of models become PTX that needs nothing else, and in which each operation is
// rounded as the source says.
func TestFunctionalPTXLong(t *testing.T) {
	needClang(t)
	models := append([]device.Model{strange}, plain...)
	for _, name := range []string{"mitchell_e8m23", "mbm_e8m23", "exact_e8m23"} {
		models = append(models, gputest.Model(t, name))
	}
	entry := regexp.MustCompile(`\.visible \.entry (\w+)\(`)
	for _, m := range models {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			unit, kernel, err := functionalUnit(m)
			require.NoError(t, err)
			out, err := ptx.Compile(unit)
			require.NoError(t, err)
			text := string(out)
			var names []string
			for _, g := range entry.FindAllStringSubmatch(text, -1) {
				names = append(names, g[1])
			}
			assert.ElementsMatch(t, []string{"gemm_" + kernel + "_small", "forward_" + kernel + "_small", "input_grad_" + kernel + "_small",
				"weight_grad_" + kernel + "_small"}, names)
			for _, never := range []string{".extern", ".approx", ".ftz", "div.full", "call", ".global .align"} {
				assert.NotContains(t, text, never)
			}
			assert.Equal(t, strings.Contains(m.Source, "fma"), strings.Contains(text, "fma."), "no product and sum becomes one operation")
		})
	}
}

func TestModelErrorsPTX(t *testing.T) {
	needClang(t)
	for name, c := range map[string]struct{ source, want string }{
		"syntax":   {"float f(float a, float b) {\n  return a * c;\n}\n", `does not compile for a GPU:(?s:.*)syntax.c:2:.*c`},
		"exp":      {"#include <math.h>\nfloat f(float a, float b) { return expf(a); }", `uses expf, which has not the same bits`},
		"include":  {"#include <stdio.h>\nfloat f(float a, float b) { return a; }", `include.c:1:2: .*<stdio.h> is not there on a GPU`},
		"link":     {"float gone(float, float); float f(float a, float b) { return gone(a, b); }", `the model link.c calls gone, which it does not define`},
		"variable": {"static int table[] = {1, 2}; float f(float a, float b) { return a * table[b > 1]; }", `the model variable.c has a variable table that could change`},
		"state":    {"float f(float a, float b) { static int count; return a * b + count++; }", `the model state.c has a variable count that could change`},
	} {
		err := CompileFunctional(model(name, c.source))
		require.Error(t, err, name)
		assert.Regexp(t, c.want, err.Error(), name)
		assert.Equal(t, fault.Usage, fault.Status(err), name)
	}
}
