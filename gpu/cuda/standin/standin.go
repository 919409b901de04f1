//go:build linux && (amd64 || arm64)

// Package standin is a CUDA driver for tests, which needs no GPU.
//
// It is a shared library with the entry points that package cuda calls. It runs kernels
// with package emulation, as late as a driver may, and records misuse. The C++ is compiled
// when it is first needed.
//
// A test in the same process uses New and Set; one that starts a program gives it the
// variables of Environment. Start reading at host/standin.cc.
package standin

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/dynlib"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Variables of the environment: the path of package shim's driver, and what Set takes.
const (
	driverVariable   = "APPROXTRAIN_LIBCUDA"
	settingsVariable = "APPROXTRAIN_STANDIN"
)

var (
	//go:embed host/standin.cc
	source []byte
	//go:embed host/machine.h
	header []byte
)

var flags = strings.Fields("-std=c++17 -O2 -fvisibility=hidden -fPIC -shared -pthread -o standin.so standin.cc -ldl")

// compile makes the library and returns its path.
func compile() (string, error) {
	compiler := os.Getenv("CXX")
	if compiler == "" {
		compiler = "g++"
	}
	key := &buildcache.Key{}
	key.Add("standin 1", compiler, string(source), string(header))
	key.Add(flags...)
	dir, _, err := buildcache.Entry("standin", key.Sum(), func(dir string) error {
		for name, text := range map[string][]byte{"standin.cc": source, "machine.h": header} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
				return err
			}
		}
		c := exec.Command(compiler, flags...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			return fault.Missingf("%s does not compile the stand-in for a CUDA driver (%w):\n%s", compiler, err, out)
		}
		return nil
	})
	return filepath.Join(dir, "standin.so"), err
}

// Environment returns the variables for a program that is to have the stand-in as its
// driver, with settings as Set takes them.
func Environment(settings ...string) ([]string, error) {
	path, err := compile()
	if err != nil {
		return nil, err
	}
	kernels, err := emulation.Library(emulation.Options{})
	if err != nil {
		return nil, err
	}
	return []string{driverVariable + "=" + path, settingsVariable + "=" + strings.Join(append([]string{"kernels=" + kernels}, settings...), ",")}, nil
}

// Standin is the library in this process.
type Standin struct {
	set    func(settings string) int32
	reset  func()
	report func(report unsafe.Pointer, size uintptr)
}

// New makes the stand-in the driver of this process, unless one was loaded before.
func New() (*Standin, error) {
	environment, err := Environment()
	if err != nil {
		return nil, err
	}
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	library, err := dynlib.Open(os.Getenv(driverVariable), false)
	if err != nil {
		return nil, fmt.Errorf("loading the stand-in for a CUDA driver: %w", err)
	}
	s := &Standin{}
	purego.RegisterLibFunc(&s.set, library, "standin_set")
	purego.RegisterLibFunc(&s.reset, library, "standin_reset")
	purego.RegisterLibFunc(&s.report, library, "standin_report")
	return s, nil
}

// Set changes settings, name=value: init, devices, capability, version, memory, load,
// refuse, break, broken and threads of host/machine.h, or adds a library of kernels.
func (s *Standin) Set(settings ...string) error {
	if all := strings.Join(settings, ","); s.set(all) != 0 {
		return fmt.Errorf("the stand-in for a CUDA driver does not understand %q", all)
	}
	return nil
}

// Compile adds the kernels of a unit of CUDA C++. The PTX that package cuda makes of the unit only
// names them.
func (s *Standin) Compile(unit string) error {
	path, err := emulation.Library(emulation.Options{Kernels: unit})
	if err != nil {
		return err
	}
	return s.Set("kernels=" + path)
}

// Reset forgets everything but the kernels.
func (s *Standin) Reset() { s.reset() }

// Report returns the misuse so far, and the leaks.
func (s *Standin) Report() []string {
	text := make([]byte, 16<<10)
	s.report(unsafe.Pointer(&text[0]), uintptr(len(text)))
	text, _, _ = bytes.Cut(text, []byte{0})
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}
