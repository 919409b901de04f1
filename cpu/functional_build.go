package cpu

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

//go:embed functional/kernel.c
var functionalSource string

// commonFlags are those of every build of a model. None changes the value of an
// expression; in particular there is no -ffast-math, and no product and sum becomes one
// operation. Without start files no function of theirs runs when the library is loaded.
const commonFlags = "-march=native -ffp-contract=off -fno-strict-aliasing -fno-math-errno -fno-trapping-math -fopenmp-simd " +
	"-fvisibility=hidden -fPIC -nostartfiles -w"

// functionalBuild is a way to compile a model.
type functionalBuild struct {
	name  string // for people
	flags string
	fill  string // of variables that are never set, where the compiler knows that flag
}

// trainedBuild is the build that trains. Threaded jumps would undo selections, and with them SIMD
// code.
var trainedBuild = functionalBuild{name: "-O3", flags: "-O3 -fno-thread-jumps"}

// otherBuilds are compared with it. In the two, variables that are never set have different
// values. A division of floats by zero follows IEEE 754 and is no fault.
var (
	plainBuild     = functionalBuild{"-O0", "-O0", "-ftrivial-auto-var-init=pattern"}
	sanitizedBuild = functionalBuild{"-O1 -fsanitize=undefined,address", "-O1 -g1 " + sanitizers + " -fno-sanitize-recover=all", "-ftrivial-auto-var-init=zero"}
)

const sanitizers = "-fsanitize=undefined,float-cast-overflow,address"

// compileModel compiles a model into a shared library and returns its path. It is
// cached by everything that goes in: the text with all headers, the compiler, and
// the instructions that it makes use of on this machine.
func compileModel(m device.Model, b functionalBuild) (string, error) {
	compiler, err := compilerOf(m)
	if err != nil {
		return "", err
	}
	unit := fmt.Sprintf("#line 1 %q\n%s\n#line 1 \"kernel.c\"\n%s", m.File, m.Source, functionalSource)
	flags := append(strings.Fields(b.flags+" "+commonFlags), "-DAPPROXTRAIN_MODEL="+m.Func, "-x", compiler.language)
	compile := func(dir string, args ...string) ([]byte, error) {
		return compiler.run(grantOf(m, dir), unit, "the model "+m.File, append(flags[:len(flags):len(flags)], args...)...)
	}
	text, err := compile("", "-E", "-dD", "-") // its macros say what the processor has
	if err != nil {
		return "", err
	}
	key := &buildcache.Key{}
	key.Add("functional 2", compiler.path, compiler.version, string(text), b.fill)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("models", key.Sum(), func(dir string) error {
		args := []string{"-", "-shared", "-Wl,-z,defs", "-lm", "-o", filepath.Join(dir, libraryName)}
		if b == sanitizedBuild { // their functions are in the program that loads it
			args[2] = "-Wl,-z,lazy"
		}
		if b.fill != "" {
			if _, err := compile(dir, append(args, b.fill)...); err == nil {
				return nil
			}
		}
		_, err := compile(dir, args...)
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

// run compiles a text in a sandbox and returns the compiler's output.
func (c compiler) run(g sandbox.Grant, unit, what string, args ...string) ([]byte, error) {
	var out, messages bytes.Buffer
	cmd := sandbox.Command{Path: c.path, Args: args, Stdin: strings.NewReader(unit), Stdout: &out, Stderr: &messages, Grant: g}
	err := cmd.Run(context.Background())
	var exit *sandbox.ExitError
	if errors.As(err, &exit) {
		return nil, fault.Usagef("%s does not accept %s:\n%s", c.path, what, tool.FirstLines(messages.String(), 12))
	}
	return out.Bytes(), tool.Ended(c.path, err)
}

// grantOf returns what a compiler may read and write for a model: its folder, and one of its own.
func grantOf(m device.Model, dir string) (g sandbox.Grant) {
	if abs, err := filepath.Abs(m.File); err == nil {
		g.Read = []string{abs, filepath.Dir(abs), sandbox.Project(filepath.Dir(abs))}
	}
	if dir != "" {
		g.Write = []string{dir}
	}
	return g
}

const libraryName = "model.so"

const compilerHelp = "a multiplier without a table is compiled: apt-get install gcc (g++ for C++), or set CC (CXX)"

func findCompiler(variable, name string) (string, error) {
	return tool.Find(variable, compilerHelp, name)
}
