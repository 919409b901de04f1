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
	variable, name, language := "CC", "cc", "c"
	if m.CXX {
		variable, name, language = "CXX", "g++", "c++"
	}
	compiler, err := findCompiler(variable, name)
	if err != nil {
		return "", err
	}
	version, err := exec.Command(compiler, "--version").Output()
	if err != nil {
		return "", fault.Missingf("%s --version failed: %w; %s", compiler, err, compilerHelp)
	}
	unit := fmt.Sprintf("#line 1 %q\n%s\n#line 1 \"kernel.c\"\n%s", m.File, m.Source, functionalSource)
	flags := append(strings.Fields(functionalFlags), "-DAPPROXTRAIN_MODEL="+m.Func, "-x", language)
	compile := func(args ...string) ([]byte, error) {
		c := exec.Command(compiler, append(flags[:len(flags):len(flags)], args...)...)
		c.Stdin = strings.NewReader(unit)
		var messages bytes.Buffer
		c.Stderr = &messages
		out, err := c.Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fault.Usagef("%s does not accept the model %s:\n%s", compiler, m.File, firstLines(messages.String(), 12))
		}
		return out, err
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
	key.Add("functional 1", compiler, string(version), string(text), string(macros))
	key.Add(flags...)
	dir, _, err := buildcache.Entry("models", key.Sum(), func(dir string) error {
		_, err := compile("-", "-shared", "-Wl,-z,defs", "-lm", "-o", filepath.Join(dir, libraryName))
		return err
	})
	return filepath.Join(dir, libraryName), err
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

// firstLines returns the first n lines of a message, indented.
func firstLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > n {
		lines = append(lines[:n], "…")
	}
	return "  " + strings.Join(lines, "\n  ")
}
