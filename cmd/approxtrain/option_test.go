package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/option"
)

// otherFlags are the declarations outside cmd whose strings may hold flags of the program's names, each with the
// reason.
var otherFlags = map[string]string{
	"cosim Model.Options":             "the format of a table's options, on which the digest of its build depends",
	"cosim RTL.Options":               "the format of a table's options",
	"cosim Accumulator.Options":       "the format of a table's options",
	"cosim RTL.control":               "the format of a table's options",
	"fpga/gateware job.place":         "arguments of nextpnr",
	"gpu/cuda/standin flags":          "arguments of a C++ compiler",
	"gpu/ptx Usages":                  "an argument of ptxas",
	"internal/proof setting":          "the format of a table's options",
	"internal/sandbox bwrapArguments": "arguments of bubblewrap",
	"internal/vhdl Find":              "a command line of ghdl",
	"internal/vhdl Tool.synthAs":      "arguments of ghdl",
}

// flagsOf returns the flags of all commands by their names and their letters.
func flagsOf(c *cobra.Command) map[string]bool {
	all := map[string]bool{}
	add := func(f *pflag.Flag) {
		all["--"+f.Name] = true
		if f.Shorthand != "" {
			all["-"+f.Shorthand] = true
		}
	}
	c.LocalFlags().VisitAll(add)
	for _, sub := range c.Commands() {
		for name := range flagsOf(sub) {
			all[name] = true
		}
	}
	return all
}

var (
	longFlag  = regexp.MustCompile(`--[a-z][a-z0-9-]*`)
	shortFlag = regexp.MustCompile(`(?:^|[ (,;])(-[A-Za-z])[ ),;:]`)
	anyFlag   = regexp.MustCompile(`(?:^|[ (,;])--(?:%|$)`)
)

// flagsIn returns the flags of the program that a string holds: --top, -I in a text, or -- before a name that comes
// from elsewhere.
func flagsIn(text string, all map[string]bool) (found []string) {
	for _, f := range longFlag.FindAllString(text, -1) {
		if all[f] {
			found = append(found, f)
		}
	}
	for _, g := range shortFlag.FindAllStringSubmatch(text, -1) {
		if all[g[1]] {
			found = append(found, g[1])
		}
	}
	if anyFlag.MatchString(text) && strings.TrimSpace(text) != "--" {
		found = append(found, "-- before a name")
	}
	return found
}

// TestFlagsStayHere checks that no text outside cmd names a flag of the program: libraries name an option, for which
// flagOf has the flag.
func TestFlagsStayHere(t *testing.T) {
	all := flagsOf(newRoot())
	require.True(t, all["--top"] && all["--resume"] && all["--open-baud"] && all["-I"], "flags of several commands")
	files, literals, used := 0, 0, map[string]bool{}
	require.NoError(t, filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(repository, path)
		if d.IsDir() {
			if rel == "cmd" || d.Name() == "testdata" || rel != "." && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			where := filepath.ToSlash(filepath.Dir(rel)) + " " + declared(decl)
			ast.Inspect(decl, func(n ast.Node) bool {
				l, ok := n.(*ast.BasicLit)
				if !ok || l.Kind != token.STRING {
					return true
				}
				literals++
				text, err := strconv.Unquote(l.Value)
				require.NoError(t, err)
				for _, f := range flagsIn(text, all) {
					if used[where] = true; otherFlags[where] == "" {
						t.Errorf("%s:%d: %s: a text of a library names the flag %s: let it name an option of internal/option",
							rel, set.Position(l.Pos()).Line, where, f)
					}
				}
				return true
			})
		}
		return nil
	}))
	for where := range otherFlags {
		assert.True(t, used[where], "%s holds no flag: remove it from otherFlags", where)
	}
	t.Logf("%d files, %d strings, %d flags", files, literals, len(all))
	assert.Greater(t, files, 300)
	assert.Greater(t, literals, 5000)
}

// declared returns the name of a declaration: a function, Type.method, or the first constant, variable or type.
func declared(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return d.Name.Name
		}
		of := d.Recv.List[0].Type
		if star, ok := of.(*ast.StarExpr); ok {
			of = star.X
		}
		if generic, ok := of.(*ast.IndexExpr); ok {
			of = generic.X
		}
		return of.(*ast.Ident).Name + "." + d.Name.Name
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				return s.Names[0].Name
			case *ast.TypeSpec:
				return s.Name.Name
			}
		}
	}
	return ""
}

// TestFlagsIn checks what counts as a flag in a text.
func TestFlagsIn(t *testing.T) {
	all := map[string]bool{"--top": true, "--in-valid": true, "-I": true}
	for text, want := range map[string]string{
		"choose one with --top: %s": "--top", "(--in-valid)": "--in-valid", "--top %s is given twice": "--top",
		"--top=%s": "--top", "-I %s: no such folder": "-I", "(-I adds a folder)": "-I",
		"%s could be it: choose with --%s": "-- before a name", "--": "", "x -- y": "", "a --- b": "", "": "",
		"--top-module": "", "--Mdir": "", "-Inf": "", "an --option": "", "non-I text": "",
	} {
		assert.Equal(t, want, strings.Join(flagsIn(text, all), " "), text)
	}
}

// TestEveryOptionHasAFlag checks that the words for every option name a flag of the program.
func TestEveryOptionHasAFlag(t *testing.T) {
	all := flagsOf(newRoot())
	for _, o := range option.All() {
		words := strings.Fields(o.String())
		assert.True(t, all[words[len(words)-1]], "the program has no %s, for option %s", o, o.Name())
	}
	for key, want := range map[string]string{"multipliers": "--mult", "checkpoint_every": "--checkpoint-every"} {
		assert.Equal(t, want, option.Key(key).String())
		assert.True(t, all[want], want)
	}
}
