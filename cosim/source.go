package cosim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"approxtrain/internal/fault"
	"approxtrain/lut"
)

// Source names the Verilog of a design as its user does on the command line.
type Source struct {
	Files   []string // .v or .sv
	Top     string   // module; empty: the one that no other instantiates
	Include []string // folders searched for includes and modules
	Defines []string // NAME or NAME=value
	Params  []string // NAME=value of the top's parameters
}

// searched returns the folders in which Verilator looks for includes and for
// modules by file name: the user's and those of the sources.
func (s Source) searched() []string {
	seen := map[string]bool{}
	var dirs []string
	add := func(d string) {
		if d = filepath.Clean(d); !seen[d] {
			seen[d] = true
			dirs = append(dirs, d)
		}
	}
	for _, d := range s.Include {
		add(d)
	}
	for _, f := range s.Files {
		add(filepath.Dir(f))
	}
	return dirs
}

// check finds what can be found before any tool runs.
func (s Source) check() error {
	if len(s.Files) == 0 {
		return fault.Usagef("no RTL given: name at least one file with --rtl")
	}
	for _, f := range s.Files {
		st, err := os.Stat(f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fault.Usagef("no such RTL file: %s", f)
		case err != nil:
			return fault.Usagef("RTL file %s: %w", f, err)
		case st.IsDir():
			return fault.Usagef("%s is a folder: name its files with --rtl, or add it with -I", f)
		}
	}
	for _, d := range s.Include {
		if st, err := os.Stat(d); err != nil || !st.IsDir() {
			return fault.Usagef("-I %s: no such folder", d)
		}
	}
	for _, d := range s.Defines {
		if name, _, _ := strings.Cut(d, "="); !simpleName.MatchString(name) {
			return fault.Usagef("-D %s: expected NAME or NAME=value", d)
		}
	}
	for _, p := range s.Params {
		if name, _, ok := strings.Cut(p, "="); !ok || !simpleName.MatchString(name) {
			return fault.Usagef("-G %s: expected NAME=value", p)
		}
	}
	return nil
}

var (
	simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)
	// literal matches numbers of Verilog: 8, -3, 1.5, 8'hff, 4'sb1010.
	literal = regexp.MustCompile(`^-?[0-9][0-9_]*(\.[0-9]+)?$|^-?[0-9]*'[sS]?[bodhBODH][0-9a-fA-F_xzXZ]+$`)
)

// paramValue returns a parameter's value as Verilog: what is neither a number
// nor quoted is a string.
func paramValue(v string) string {
	if literal.MatchString(v) || strings.HasPrefix(v, `"`) {
		return v
	}
	return `"` + v + `"`
}

// arguments returns Verilator's options that say how to read the sources.
func (s Source) arguments(language string) []string {
	args := []string{"-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wwarn-UNOPTFLAT", "--no-timing", "--timescale", "1ns/1ps"}
	if language != "" {
		args = append(args, "--language", language, "+1800-2017ext+sv")
	}
	for _, d := range s.Defines {
		args = append(args, "+define+"+d)
	}
	for _, d := range s.searched() {
		args = append(args, "-I"+d)
	}
	return args
}

// sources lists the files that went into a design for a table's header: base
// names, in a fixed order, so that a table does not depend on where it is made.
func sources(deps []dependency) []lut.Source {
	var out []lut.Source
	for _, d := range deps {
		out = append(out, lut.Source{Path: filepath.Base(d.Path), SHA256: d.SHA256})
	}
	return out
}

// String names the source shortly: its files and its parameters.
func (s Source) String() string {
	t := strings.Join(s.Files, " ")
	if len(s.Params) > 0 {
		t += fmt.Sprintf(" (%s)", strings.Join(s.Params, ", "))
	}
	return t
}
