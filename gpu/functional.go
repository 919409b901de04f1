package gpu

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/ptx"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Functional implements device.Device.
func (d *Device) Functional(m device.Model) (device.Multiplier, error) {
	unit, kernel, err := functionalUnit(m)
	if err != nil {
		return nil, err
	}
	if !d.compiled[kernel] {
		if err := d.driver.Compile(unit); err != nil {
			return nil, explain(m, d.Name(), err)
		}
		if d.compiled == nil {
			d.compiled = map[string]bool{}
		}
		d.compiled[kernel] = true
	}
	return &multiplier{device: d, kernel: kernel, sides: [2]*tableOnDevice{{}, {}}}, nil
}

// CompileFunctional compiles a model for GPUs, without one, to PTX that the folder
// ptx.FolderVariable carries to a machine that has one.
func CompileFunctional(m device.Model) error {
	unit, _, err := functionalUnit(m)
	if err != nil {
		return err
	}
	if _, err = ptx.Compile(unit); err != nil {
		return explain(m, "a GPU", err)
	}
	return nil
}

// functionalUnit returns the unit of CUDA C++ in which a model is the multiplier of all
// products, and what stands for it in the kernels' names: something that no other model
// has. See kernels/functional.cuh and kernels/library.cuh.
//
// The model is C++ whatever it was. It stands behind the kernels, in a namespace of its
// own, so that it can name nothing that is not its own or the standard library's.
func functionalUnit(m device.Model) (unit, kernel string, err error) {
	source, err := replaceIncludes(m)
	if err != nil {
		return "", "", err
	}
	language := "c"
	if m.CXX {
		language = "cxx"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{language, m.Func, m.File, m.Source}, "\x00")))
	kernel = "model_" + hex.EncodeToString(sum[:8])
	var b strings.Builder
	b.WriteString("#pragma clang diagnostic ignored \"-Weverything\"\n")
	fmt.Fprintf(&b, "#include \"functional.cuh\"\nFUNCTIONAL(%s)\n", kernel)
	if m.CXX {
		b.WriteString("#define APPROXTRAIN_CXX\n")
	}
	b.WriteString("#include \"library.cuh\"\n" +
		"namespace approxtrain { namespace model {\n#pragma clang force_cuda_host_device begin\n")
	fmt.Fprintf(&b, "#line 1 %q\n%s\n#line 1 \"behind the model\"\n", m.File, source)
	b.WriteString("#pragma clang force_cuda_host_device end\n} }\n")
	fmt.Fprintf(&b, "__attribute__((__device__)) float %s(float approxtrain_a, float approxtrain_b) "+
		"{ return approxtrain::model::%s(approxtrain_a, approxtrain_b); }\n", kernel, m.Func)
	return b.String(), kernel, nil
}

// headers are the C headers that kernels/library.cuh replaces on a GPU, with their C++ names.
var headers = []string{"float.h", "limits.h", "math.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h",
	"cfloat", "climits", "cmath", "cstddef", "cstdint", "cstdlib", "cstring"}

var (
	systemInclude = regexp.MustCompile(`(?m)^([ \t]*)#[ \t]*include[ \t]*<([^>\n]+)>.*$`)
	comment       = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	longDouble    = regexp.MustCompile(`\blong\s+double\b`)
)

// replaceIncludes returns a model's source without the system's headers, which are
// there already or, where the model comes to them, an error of the compiler.
func replaceIncludes(m device.Model) (string, error) {
	if longDouble.MatchString(comment.ReplaceAllString(m.Source, " ")) {
		return "", fault.Usagef("the model %s computes in long double, which has not the same bits on a GPU as on a CPU; "+
			"use double, or run it on the CPU", m.File)
	}
	return systemInclude.ReplaceAllStringFunc(m.Source, func(line string) string {
		name := systemInclude.FindStringSubmatch(line)[2]
		if slices.Contains(headers, name) {
			return ""
		}
		return fmt.Sprintf("#error \"<%s> is not there on a GPU; a model may include <%s>\"", name, strings.Join(headers, ">, <"))
	}), nil
}

// Of what compilers say: of a function of library.cuh; of a variable, and a function, of
// the model.
var (
	otherBits = regexp.MustCompile(`(\w+) has not the same bits on a GPU as on a CPU`)
	variable  = regexp.MustCompile(`reference to __host__ variable '(\w+)'|unit.cu keeps _Z\w+E\d*([A-Za-z_]\w*)`)
	undefined = regexp.MustCompile(`_ZN11approxtrain5modelL?\d+([A-Za-z_]\w*?)E\w*, which is not defined|undefined symbol: _ZN11approxtrain5modelL?\d+(\w+?)E`)
)

// explain describes why a model does not compile.
func explain(m device.Model, where string, err error) error {
	if fault.Status(err) == fault.Missing {
		return fmt.Errorf("the model %s is compiled for %s: %w", m.File, where, err)
	}
	text := err.Error()
	if g := otherBits.FindStringSubmatch(text); g != nil {
		return fault.Usagef("the model %s uses %s, which has not the same bits on a GPU as on a CPU; write it with +, −, ×, ÷, fmaf "+
			"and sqrtf, or run the model on the CPU", m.File, g[1])
	}
	if g := undefined.FindStringSubmatch(text); g != nil {
		return fault.Usagef("the model %s calls %s, which it does not define", m.File, g[1]+g[2])
	}
	if g := variable.FindStringSubmatch(text); g != nil {
		return fault.Usagef("the model %s has a variable %s that could change: on a GPU it must be const, since a product depends on nothing "+
			"but its operands", m.File, g[1]+g[2])
	}
	hint := ""
	if !m.CXX {
		hint = "\n  A GPU's compiler takes C for C++, which it is for the most part: a void * needs a cast to become another pointer"
	}
	return fault.Usagef("the model %s does not compile for %s:\n%s%s", m.File, where, tool.FirstLines(text, 14), hint)
}
