package cpu

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"approxtrain/device"
	"approxtrain/internal/buildcache"
	"approxtrain/internal/fault"
	"approxtrain/internal/tool"
)

//go:embed functional/kernel.c
var functionalSource string

// functionalFlags compile a model. None changes the value of an expression; in
// particular there is no -ffast-math, and no product and sum becomes one operation.
// Threaded jumps would undo selections, and with them SIMD code.
const functionalFlags = "-O3 -march=native -ffp-contract=off -fno-strict-aliasing -fno-math-errno -fno-trapping-math -fno-thread-jumps " +
	"-fopenmp-simd -fvisibility=hidden -fPIC -w"

// compileModel compiles a model into a shared library and returns its path. It is
// cached by everything that goes in: the text with all headers, the compiler, and
// the instructions that it makes use of on this machine.
func compileModel(m device.Model) (string, error) {
	compiler, err := compilerOf(m)
	if err != nil {
		return "", err
	}
	unit := fmt.Sprintf("#line 1 %q\n%s\n#line 1 \"kernel.c\"\n%s", m.File, m.Source, functionalSource)
	flags := append(strings.Fields(functionalFlags), "-DAPPROXTRAIN_MODEL="+m.Func, "-x", compiler.language)
	compile := func(args ...string) ([]byte, error) {
		return compiler.run(unit, "the model "+m.File, append(flags[:len(flags):len(flags)], args...)...)
	}
	text, err := compile("-E", "-")
	if err != nil {
		return "", err
	}
	macros, err := compile("-dM", "-E", "-") // say what the processor has
	if err != nil {
		return "", err
	}
	key := &buildcache.Key{}
	key.Add("functional 1", compiler.path, compiler.version, string(text), string(macros))
	key.Add(flags...)
	dir, _, err := buildcache.Entry("models", key.Sum(), func(dir string) error {
		_, err := compile("-", "-shared", "-Wl,-z,defs", "-lm", "-o", filepath.Join(dir, libraryName))
		return err
	})
	return filepath.Join(dir, libraryName), err
}

// compiler is one of C or of C++.
type compiler struct{ path, version, language string }

// compilerOf finds the one that a model needs.
func compilerOf(m device.Model) (c compiler, err error) {
	variable, name, language := "CC", "cc", "c"
	if m.CXX {
		variable, name, language = "CXX", "g++", "c++"
	}
	path, err := findCompiler(variable, name)
	if err != nil {
		return c, err
	}
	version, err := exec.Command(path, "--version").Output()
	if err != nil {
		return c, fault.Missingf("%s --version failed: %w; %s", path, err, compilerHelp)
	}
	return compiler{path, string(version), language}, nil
}

// run compiles a text and returns what the compiler prints.
func (c compiler) run(unit, what string, args ...string) ([]byte, error) {
	cmd := exec.Command(c.path, args...)
	cmd.Stdin = strings.NewReader(unit)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fault.Usagef("%s does not accept %s:\n%s", c.path, what, tool.FirstLines(messages.String(), 12))
	}
	return out, err
}

const libraryName = "model.so"

const compilerHelp = "a multiplier without a table is compiled: apt-get install gcc (g++ for C++), or set CC (CXX)"

func findCompiler(variable, name string) (string, error) {
	if v := os.Getenv(variable); v != "" {
		name = v
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fault.Missingf("%s is not installed (%w); %s", name, err, compilerHelp)
	}
	return path, nil
}
