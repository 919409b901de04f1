package ptx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/approxtrain/approxtrain/gpu/kernels"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Target is the oldest GPU that runs what Compile makes; newer ones do too.
const Target = "sm_80"

const (
	unitName   = "unit.cu"
	outputName = "unit.ptx"
	help       = "kernels of a GPU are compiled by clang 16 or later: apt-get install clang-16, or set CLANG"
)

// flags make the same PTX on every machine: the compiler always sees the same host, and only
// clang's own headers. None of them changes the value of an expression; in particular no product
// and sum become one operation, and subnormals keep their values.
var flags = strings.Fields("--target=x86_64-linux-gnu -x cuda --cuda-device-only --cuda-gpu-arch=" + Target + " --cuda-feature=+ptx70 " +
	"-nocudainc -nocudalib -nostdlibinc -ffreestanding -std=c++17 -O3 -ffp-contract=off -S")

// modelFlags come after flags where a unit holds a user's source: its pointers may lead
// to values of other types, as they may on the CPU.
var modelFlags = []string{"-fno-strict-aliasing"}

// Compiler is the clang that Compile uses.
type Compiler struct{ Path, Version string }

// FindCompiler returns $CLANG, clang-16 or clang.
func FindCompiler() (Compiler, error) {
	path, err := tool.Find("CLANG", help, "clang-16", "clang")
	if err != nil {
		return Compiler{}, err
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return Compiler{}, fault.Missingf("%s --version failed: %w; %s", path, err, help)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return Compiler{path, first}, nil
}

// Kernels returns the PTX of the kernels of package kernels.
func Kernels() ([]byte, error) { return build("#include \"kernels.cu\"\n", flags) }

// Compile returns the PTX of a unit of CUDA C++, which may include the files of package
// kernels and clang's own headers, such as stdint.h. It is cached by the sources and the
// compiler; FolderVariable is for machines without one. If the unit is wrong the error has
// the compiler's messages, which call it unit.cu. A function of it may call none that is
// not there, nor have static variables that change.
func Compile(unit string) ([]byte, error) {
	return carried(unit, func() ([]byte, error) {
		text, err := build(unit, append(flags[:len(flags):len(flags)], modelFlags...))
		if err == nil {
			err = checkUnit(text)
		}
		return text, err
	})
}

// What clang accepts, and a GPU cannot do or threads cannot share: functions that are
// nowhere, and variables of functions that stay.
var (
	undefined = regexp.MustCompile(`(?m)^\.extern \.func .*\b(\w+)$`)
	lasting   = regexp.MustCompile(`(?m)^\.global .*\b(_ZZ\w+)`)
)

func checkUnit(text []byte) error {
	if g := undefined.FindSubmatch(text); g != nil {
		return fault.Usagef("unit.cu calls %s, which is not defined", g[1])
	}
	if g := lasting.FindSubmatch(text); g != nil {
		return fault.Usagef("unit.cu keeps %s from call to call", g[1])
	}
	return nil
}

func build(unit string, flags []string) ([]byte, error) {
	clang, err := FindCompiler()
	if err != nil {
		return nil, err
	}
	files, err := sources(unit)
	if err != nil {
		return nil, err
	}
	key := keyOf(files)
	key.Add("ptx 2", clang.Path, clang.Version)
	key.Add(flags...)
	dir, _, err := buildcache.Entry("ptx", key.Sum(), func(dir string) error { return compile(clang, flags, dir, files) })
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, outputName))
	if err != nil {
		return nil, fmt.Errorf("reading what %s made: %w", clang.Path, err)
	}
	return text, nil
}

// sources returns the files of a unit.
func sources(unit string) ([]kernels.File, error) {
	own, err := kernels.Sources()
	return append([]kernels.File{{Name: unitName, Text: []byte(unit)}}, own...), err
}

func keyOf(files []kernels.File) *buildcache.Key {
	key := &buildcache.Key{}
	for _, f := range files {
		key.Add(f.Name, string(f.Text))
	}
	return key
}

// compile makes outputName in a folder.
func compile(clang Compiler, flags []string, dir string, files []kernels.File) error {
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o644); err != nil {
			return fmt.Errorf("writing the sources of kernels: %w", err)
		}
	}
	var messages bytes.Buffer
	c := sandbox.Command{
		Path: clang.Path, Args: append(flags[:len(flags):len(flags)], unitName, "-o", outputName), Dir: dir, Stderr: &messages,
		Grant: sandbox.Grant{Write: []string{dir}},
	}
	err := c.Run(context.Background())
	var failed *sandbox.ExitError
	switch {
	case errors.As(err, &failed):
		return fault.Usagef("%s does not compile the kernels (%w):\n%s", clang.Path, err, messages.String())
	case err != nil:
		return fault.Missingf("%s does not run: %w; %s", clang.Path, err, help)
	}
	return nil
}
