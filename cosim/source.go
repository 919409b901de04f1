package cosim

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
)

// Source names the Verilog of a design as its user does on the command line.
type Source struct {
	Files     []string // .v or .sv; .f: a list of files; .blif; .vhd, through GHDL
	Top       string   // module; empty: the one that no other instantiates
	Lists     []string // of files, beside those of Files that end in .f
	Cells     []string // of Files: their modules are no tops, as with -v of other tools
	Libraries []string // of cells, in the Liberty format
	Include   []string // folders searched for includes and modules
	Defines   []string // NAME or NAME=value
	Params    []string // NAME=value of the top's parameters
	Trust     bool     // the RTL may run commands and write files

	builtin bool // all of it is in the library

	translated []translation // of which Files has the Verilog
}

// Searched returns the folders in which Verilator looks for includes and for
// modules by file name: the user's, those of the sources, the current folder.
func (s Source) Searched() []string {
	seen := map[string]bool{}
	var dirs []string
	add := func(d string) {
		if d = absolute(d); !seen[d] {
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
	if !s.builtin {
		add(".")
	}
	return dirs
}

// Paths returns the source files for a tool, by their whole paths: a tool looks for others in the
// searched folders first.
func (s Source) Paths() []string {
	var out []string
	for _, f := range s.Files {
		out = append(out, absolute(f))
	}
	return out
}

// absolute is filepath.Abs, or the path itself where there is no working folder.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// check finds what can be found before any tool runs.
func (s Source) check() error {
	if len(s.Files) == 0 && len(s.Lists) == 0 {
		return fault.Usagef("no RTL given: name at least one file with %v", option.RTL)
	}
	var seen []os.FileInfo
	for n, f := range s.Files {
		st, err := os.Stat(f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fault.Usagef("no such RTL file: %s", f)
		case err != nil:
			return fault.Usagef("RTL file %s: %w", f, err)
		case st.IsDir():
			return fault.Usagef("%s is a folder: name its files with %v, or add it with %v", f, option.RTL, option.Include)
		case !st.Mode().IsRegular():
			return fault.Usagef("%s is a %s: expected a regular file", f, limits.Kind(st.Mode()))
		}
		if i := slices.IndexFunc(seen, func(other os.FileInfo) bool { return os.SameFile(st, other) }); i >= 0 {
			text := ""
			if s.Files[i] != s.Files[n] {
				text = ": it is the same file as " + s.Files[i]
			}
			return fault.Usagef("%v %s is given twice%s", option.RTL, f, text)
		}
		seen = append(seen, st)
	}
	for _, l := range s.Libraries {
		if st, err := os.Stat(l); err != nil || !st.Mode().IsRegular() {
			return fault.Usagef("%v %s: no such file", option.Library, l)
		}
	}
	for _, d := range s.Include {
		if st, err := os.Stat(d); err != nil || !st.IsDir() {
			return fault.Usagef("%v %s: no such folder", option.Include, d)
		}
	}
	for _, d := range s.Defines {
		if name, _, _ := strings.Cut(d, "="); !simpleName.MatchString(name) {
			return fault.Usagef("%v %s: expected NAME or NAME=value", option.Define, d)
		}
	}
	for _, p := range s.Params {
		if name, _, ok := strings.Cut(p, "="); !ok || !simpleName.MatchString(name) {
			return fault.Usagef("%v %s: expected NAME=value", option.Param, p)
		}
	}
	return nil
}

var (
	simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)
	// literal matches numbers of Verilog: 8, -3, 1.5, 8'hff, 4'sb1010.
	literal = regexp.MustCompile(`^-?[0-9][0-9_]*(\.[0-9]+)?$|^-?[0-9]*'[sS]?[bodhBODH][0-9a-fA-F_xzXZ]+$`)
)

// literalFits says whether a literal's value is one of so many bits. Digits x
// and z fit any.
func literalFits(literal string, width int) bool {
	s := strings.ReplaceAll(literal, "_", "")
	negative := strings.HasPrefix(s, "-")
	base := 10
	if _, digits, sized := strings.Cut(strings.TrimPrefix(s, "-"), "'"); sized {
		digits = strings.TrimLeft(digits, "sS")
		base = map[byte]int{'b': 2, 'o': 8, 'd': 10, 'h': 16}[digits[0]|0x20]
		s = digits[1:]
		if strings.ContainsAny(s, "xXzZ") {
			return true
		}
	} else {
		s = strings.TrimPrefix(s, "-")
	}
	n, ok := new(big.Int).SetString(s, base)
	if !ok { // 1.5
		return false
	}
	if negative {
		return n.Sub(n, big.NewInt(1)).BitLen() < width || n.Sign() < 0
	}
	return n.BitLen() <= width
}

// ParamValue returns a parameter's value as Verilog: a value that is neither a number nor quoted
// is a string.
func ParamValue(v string) string {
	if literal.MatchString(v) || strings.HasPrefix(v, `"`) {
		return v
	}
	return `"` + v + `"`
}

// arguments returns Verilator's options that say how to read the sources.
func (s Source) arguments(language string) []string {
	args := []string{"-Wno-fatal", "-Wno-lint", "-Wno-style", "--no-timing", "--timescale", "1ns/1ps"}
	for _, w := range productWarnings {
		args = append(args, "-Wwarn-"+w)
	}
	if language != "" {
		args = append(args, "--language", language, "+1800-2017ext+sv")
	}
	for _, d := range s.Defines {
		args = append(args, "+define+"+d)
	}
	for _, d := range s.Searched() {
		args = append(args, "-I"+d)
	}
	return args
}

// parameters returns Verilator's options that set the top's parameters.
func (s Source) parameters() []string {
	var args []string
	for _, p := range s.Params {
		name, value, _ := strings.Cut(p, "=")
		args = append(args, "-G"+name+"="+ParamValue(value))
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
	slices.SortStableFunc(out, func(a, b lut.Source) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.SHA256, b.SHA256))
	})
	return out
}

// String names the source shortly: its files and its parameters.
func (s Source) String() string {
	t := s.renamed(strings.Join(s.Files, " "))
	if len(s.Params) > 0 {
		t += fmt.Sprintf(" (%s)", strings.Join(s.Params, ", "))
	}
	return t
}
