package emulation

import (
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/gpu/kernels"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

var (
	//go:embed host/emulation.h
	header []byte
	//go:embed host/emulation.cc
	scheduler []byte
)

const (
	libraryName = "emulation.so"
	unitName    = "unit.cu"
	help        = "the emulation of CUDA is compiled: apt-get install g++, or set CXX"
)

// flags compile kernels. None changes the value of an expression; in particular no
// product and sum become one operation.
var flags = strings.Fields("-std=c++17 -O2 -march=native -ffp-contract=off -fno-strict-aliasing -fvisibility=hidden -fPIC -pthread " +
	"-Wno-unknown-pragmas -DAPPROXTRAIN_EMULATION")

// sanitizerFlags come after flags, whose -O2 would take three minutes with them.
var sanitizerFlags = strings.Fields("-O0 -g -fsanitize=address,undefined -fno-sanitize-recover=all")

// SanitizerEnvironment returns the variables with which a process must start that uses
// Options.Sanitize.
func SanitizerEnvironment() ([]string, error) {
	compiler, err := findCompiler()
	if err != nil {
		return nil, err
	}
	path, err := exec.Command(compiler, "-print-file-name=libasan.so").Output()
	if err != nil {
		return nil, fault.Missingf("%s -print-file-name=libasan.so failed: %w; %s", compiler, err, help)
	}
	// Memory is Go's to give back, and signals are Go's to handle.
	return []string{"LD_PRELOAD=" + strings.TrimSpace(string(path)),
		"ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:allow_user_segv_handler=1"}, nil
}

func findCompiler() (string, error) { return tool.Find("CXX", help, "g++") }

// compile makes a library of a unit's kernels and returns its path. It is cached by the
// sources, the compiler and what -march=native stands for on this machine. So is
// emulation.cc by itself, which is in every library.
func compile(o Options, unit string) (string, error) {
	compiler, err := findCompiler()
	if err != nil {
		return "", err
	}
	flags := flags[:len(flags):len(flags)]
	if o.Sanitize {
		flags = append(flags, sanitizerFlags...)
	}
	macros, err := exec.Command(compiler, "-march=native", "-dM", "-E", "-x", "c++", os.DevNull).Output()
	if err != nil {
		return "", fault.Missingf("%s -dM -E failed: %w; %s", compiler, err, help)
	}
	sources, err := sources(unit)
	if err != nil {
		return "", err
	}
	build := func(output string, files []kernels.File, args ...string) (string, error) {
		key := &buildcache.Key{}
		key.Add("emulation 2", compiler, string(macros))
		key.Add(flags...)
		for _, f := range files {
			key.Add(f.Name, string(f.Text))
		}
		dir, _, err := buildcache.Entry("emulation", key.Sum(), func(dir string) error {
			return compileFiles(compiler, dir, files, append(flags[:len(flags):len(flags)], append(args, "-o", output)...))
		})
		return filepath.Join(dir, output), err
	}
	object, err := build("emulation.o", []kernels.File{{Name: "emulation.h", Text: header}, {Name: "emulation.cc", Text: scheduler}}, "-c", "emulation.cc")
	if err != nil {
		return "", err
	}
	return build(libraryName, sources, "-shared", "-x", "c++", unitName, "-x", "none", object)
}

// compileFiles runs the compiler on files in a folder.
func compileFiles(compiler, dir string, files []kernels.File, args []string) error {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o644); err != nil {
			return err
		}
	}
	var messages bytes.Buffer
	c := sandbox.Command{Path: compiler, Args: args, Dir: dir, Stderr: &messages, Grant: sandbox.Grant{Write: []string{dir}}}
	if err := c.Run(context.Background()); err != nil {
		return fault.Failedf("%s does not compile the kernels (%w):\n%s", compiler, err, messages.String())
	}
	return nil
}

// Library compiles kernels, unless that was done before, and returns the shared library's
// path. Its functions are those that host/emulation.cc exports.
func Library(o Options) (string, error) { return compile(o, o.unit()) }

// unit returns the source to compile.
func (o Options) unit() string {
	if o.Kernels == "" {
		return "#include \"kernels.cu\"\n"
	}
	return o.Kernels
}

// sources returns the files of a library.
func sources(unit string) ([]kernels.File, error) {
	files := []kernels.File{{Name: "emulation.h", Text: header}, {Name: "emulation.cc", Text: scheduler}, {Name: unitName, Text: []byte(unit)}} // emulation.cc for the key
	own, err := kernels.Sources()
	return append(files, own...), err
}
