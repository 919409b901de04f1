package ptx

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/gpu/kernels"
)

var (
	places      = []string{"gemm", "forward", "input_grad", "weight_grad"}
	multipliers = []string{"native", "bytes", "wide16", "wide32", "floats", "integers16", "integers32", "codes"}
)

// split returns the text of each kernel.
func split(text string) map[string]string {
	all := map[string]string{}
	for _, e := range Entries(text) {
		all[e.Name] = e.Text
	}
	return all
}

// launched returns the names of kernels that package gpu launches: the strings that are
// the first arguments of launch and each, and the names of products. mentioned are all
// strings of the package.
func launched(t *testing.T) (names, mentioned map[string]bool) {
	names, mentioned = map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	text := func(n ast.Node) (string, bool) {
		l, ok := n.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(l.Value)
		require.NoError(t, err)
		return s, true
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			if s, ok := text(n); ok {
				mentioned[s] = true
			}
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				s, literal := text(call.Args[0])
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && literal && (f.Sel.Name == "launch" || f.Sel.Name == "each") {
					names[s] = true
				}
			}
			return true
		})
	}
	require.Greater(t, len(names), 15, "kernels by name in package gpu")
	for _, place := range places {
		for _, multiplier := range multipliers {
			names[place+"_"+multiplier+"_small"] = true
		}
		names[place+"_native_large"], names[place+"_bytes_large"] = true, true
	}
	for _, place := range []string{"integer_gemm", "integer_forward"} {
		names[place], names[place+"_saturating"], names[place+"_rank"] = true, true, true
	}
	return names, mentioned
}

// check returns what is wrong with kernels, and how many there are.
func check(text string) (kernels int, wrong []string) {
	if !strings.Contains(text, ".target "+Target) {
		wrong = append(wrong, "they are not for "+Target)
	}
	for _, word := range []string{".extern", ".func", "call.uni"} {
		if strings.Contains(text, word) {
			wrong = append(wrong, word+": a function that is not written out where it is used")
		}
	}
	inexact := regexp.MustCompile(`[\w.]*\.(ftz|approx|full)\b[\w.]*`)
	fusing := regexp.MustCompile(`^\w+_(bytes|wide16|wide32)_`) // the only ones whose source says fused
	all := split(text)
	for name, body := range all {
		if m := inexact.FindString(body); m != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s does not round as IEEE 754 says", name, m))
		}
		if fused := strings.Contains(body, "fma.rn"); fused != fusing.MatchString(name) {
			wrong = append(wrong, fmt.Sprintf("%s: fused is %t", name, fused))
		}
		if Adds(name) && strings.Contains(body, ".local") {
			wrong = append(wrong, name+": variables in local memory")
		}
	}
	return len(all), wrong
}

// The kernels in the program are all that package gpu launches, and compute what their
// sources say.
func TestKernels(t *testing.T) {
	text := string(kernels.PTX())
	n, wrong := check(text)
	assert.Empty(t, wrong)
	names, mentioned := launched(t)
	all := split(text)
	for name := range names {
		assert.True(t, all[name] != "", "package gpu launches %s, which is not there", name)
	}
	for name := range all {
		assert.True(t, names[name] || mentioned[name], "package gpu knows nothing of kernel %s", name)
	}
	t.Logf("%d kernels", n)
}

// Each fault is found.
func TestCheck(t *testing.T) {
	text := string(kernels.PTX())
	replace := func(kernel, old, new string) string {
		body := split(text)[kernel]
		require.Contains(t, body, old, kernel)
		return strings.Replace(text, body, strings.Replace(body, old, new, 1), 1)
	}
	for _, c := range []struct{ changed, want string }{
		{strings.Replace(text, ".target sm_80", ".target sm_90", 1), "they are not for sm_80"},
		{".extern .func tanhf\n" + text, ".extern: a function that is not written out where it is used"},
		{replace("add", "add.rn.f32", "add.rn.ftz.f32"), "add: add.rn.ftz.f32 does not round as IEEE 754 says"},
		{replace("softmax", "div.rn.f32", "div.approx.f32"), "softmax: div.approx.f32 does not round as IEEE 754 says"},
		{replace("sgd", "mul.rn.f32", "fma.rn.f32"), "sgd: fused is true"},
		{replace("gemm_native_large", "mul.rn.f32", "fma.rn.f32"), "gemm_native_large: fused is true"},
		{replace("forward_bytes_large", ".reg .pred", ".local .b8 depot[64]; .reg .pred"), "forward_bytes_large: variables in local memory"},
		{replace("integer_gemm", ".reg .pred", ".local .b8 depot[64]; .reg .pred"), "integer_gemm: variables in local memory"},
		{replace("quantize", "div.rn.f32", "div.full.f32"), "quantize: div.full.f32 does not round as IEEE 754 says"},
	} {
		_, wrong := check(c.changed)
		assert.Contains(t, wrong, c.want)
	}
}
