package cosim

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
)

// programFlags compile a program: a board runs a third faster by them than with more
// optimization, and is compiled sooner.
const programFlags = "-std=c++17 -O1 -fno-strict-aliasing -w"

// Program is a Verilog module that holds a design somewhere, and a program in C++
// that drives it, which includes V and the module's name and .h.
type Program struct {
	Top     string
	Params  []string          // of Top, name=value
	Files   map[string]string // texts by name, of Verilog that is found in Include
	Verilog []string          // files: the names of Files, or paths
	Include []string          // folders
	Main    string            // text of the program
	Source  Source            // of the design
	Design  *Design
}

// Compile makes the program with Verilator and returns its path. It is cached by
// everything that goes in.
func (p Program) Compile(ctx context.Context) (path string, err error) {
	t, err := findTools(ctx, true)
	if err != nil {
		return "", err
	}
	library, err := hashFiles(p.libraryFiles())
	if err != nil {
		return "", err
	}
	key := &buildcache.Key{}
	key.Add("program 3", programFlags, runtimeFlags, p.Top, p.Main)
	if p.Design.Adapter != "" {
		key.Add(p.Design.Adapter)
	}
	key.Add(t.identity()...)
	key.Add(p.Params...)
	key.Add(p.Source.arguments(p.Design.Language)...)
	for _, n := range slices.Sorted(maps.Keys(p.Files)) {
		key.Add(n, p.Files[n])
	}
	for _, d := range append(library, p.Design.Deps...) {
		key.Add(d.Path, d.SHA256)
	}
	dir, _, err := buildcache.Checked("programs", key.Sum(), func(dir string) (buildcache.Evidence, error) {
		return p.compile(p.Source.granted(writing(ctx, dir)), t, dir)
	})
	return filepath.Join(dir, "program"), err
}

// libraryFiles are the files that are found by their folders or names.
func (p Program) libraryFiles() (all []string) {
	for _, v := range p.Verilog {
		if _, own := p.Files[v]; !own {
			all = append(all, v)
		}
	}
	for _, i := range p.Include {
		found, _ := filepath.Glob(filepath.Join(i, "*.v"))
		all = append(all, found...)
	}
	return all
}

// mainFile is Main, next to Verilator's outputs.
const mainFile = "main.cc"

// adapterFile is the adapter of a design that has one, next to it.
const adapterFile = "approxtrain_adapter.sv"

// compile Verilates and compiles in dir and leaves only the program there.
func (p Program) compile(ctx context.Context, t toolchain, dir string) (evidence buildcache.Evidence, err error) {
	start := time.Now()
	obj := filepath.Join(dir, "obj")
	if err := os.Mkdir(obj, 0o755); err != nil {
		return evidence, err
	}
	defer os.RemoveAll(obj)
	texts := map[string]string{mainFile: p.Main}
	maps.Copy(texts, p.Files)
	paths := p.Source.Paths()
	if p.Design.Adapter != "" {
		texts[adapterFile] = p.Design.Adapter
		paths = append(paths, filepath.Join(obj, adapterFile))
	}
	for n, text := range texts {
		if err := os.WriteFile(filepath.Join(obj, n), []byte(text), 0o644); err != nil {
			return evidence, err
		}
	}
	args := []string{"--cc", "-O3", "--x-assign", "unique", "--x-initial", "unique", "--assert", "--Mdir", obj, "--prefix", "V" + p.Top, "--top-module", p.Top}
	for _, v := range p.Params {
		args = append(args, "-G"+v)
	}
	for _, i := range append([]string{obj}, p.Include...) {
		args = append(args, "-I"+i)
	}
	args = append(args, p.Source.arguments(p.Design.Language)...)
	for _, v := range p.Verilog {
		if _, own := p.Files[v]; own {
			v = filepath.Join(obj, v)
		}
		args = append(args, v)
	}
	r, err := runIn(ctx, obj, t.verilator, append(args, paths...)...)
	if err != nil {
		return evidence, err
	}
	if r.failed {
		return evidence, elaborationError(p.Source, r.stderr, r)
	}
	if evidence, err = verilated(t, append(slices.Clone(p.Include), p.Source.Searched()...), obj, "V"+p.Top); err != nil {
		return evidence, err
	}
	compiled, err := compileModel(ctx, t, obj, "V"+p.Top, mainFile, filepath.Join(dir, "program"), strings.Fields(programFlags), Variant{})
	evidence.Add(compiled)
	evidence.Settle(start)
	return evidence, err
}
