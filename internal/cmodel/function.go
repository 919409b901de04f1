package cmodel

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/includes"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Takes is what a function has to take so that it can be a multiplier.
type Takes string

const (
	// Floats are two operands of type float, of a function that returns a float.
	Floats Takes = "two floats"
	// Numbers are two operands of any numeric types.
	Numbers Takes = "two numbers"
)

// Source reads a source file in C or C++. It refuses a file that is a device or a pipe, one that
// includes such a file, and one that is longer than limits.Source bytes.
func Source(file string) ([]byte, error) {
	if err := includes.C(file); err != nil {
		return nil, fault.Usagef("reading the model: %w", err)
	}
	text, err := limits.ReadFile(file, limits.Source)
	if err != nil {
		return nil, fault.Usagef("reading the model: %w", err)
	}
	return text, nil
}

// IsSource reports whether a name is that of a source file by its extension, in upper or lower
// case, with or without the name of a function behind it: FILE.c[:function].
func IsSource(name string) bool {
	file, _ := Split(name)
	return slices.Contains([]string{".c", ".cc", ".cpp", ".cxx"}, strings.ToLower(filepath.Ext(file)))
}

// IsC reports whether a source file is in C, by its extension, and not in C++.
func IsC(file string) bool { return strings.EqualFold(filepath.Ext(file), ".c") }

var chosen = regexp.MustCompile(`^(.+):(\w+)$`)

// Split splits FILE.c:function into the two. The function is "" without a colon.
func Split(name string) (file, function string) {
	if g := chosen.FindStringSubmatch(name); g != nil {
		return g[1], g[2]
	}
	return name, ""
}

// Functions returns the names of the functions in a source that take what is asked for, sorted.
// It reads the heads of definitions only: macros may make others.
func (t Takes) Functions(text []byte) []string {
	var names []string
	for _, g := range head.FindAllSubmatch(text, -1) {
		floats := string(g[1]) == "float" && float.Match(g[3]) && float.Match(g[4])
		if name := string(g[2]); name != "main" && (t == Numbers || floats) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Function returns the function of a source that is the multiplier: the one that the user has
// chosen, or else the only one that takes what is asked for. The error lists those that do. A
// chosen function may be made by a macro, so the compiler has the last word on it.
func (t Takes) Function(file, function string, text []byte) (string, error) {
	found := t.Functions(text)
	switch {
	case function != "" && !identifier.MatchString(function):
		return "", fault.Usagef("%s: %s is no name of a function", file, limits.Show(function))
	case function != "":
		return function, nil
	case len(found) == 0:
		return "", fault.Usagef("%s: no function of %s found, such as float f(float a, float b); name it as in %s:f",
			file, t, file)
	case len(found) > 1:
		return "", fault.Usagef("%s: %d functions of %s: choose one, as in %s:%s; there are %s", file, len(found), t,
			file, found[0], strings.Join(found, ", "))
	}
	return found[0], nil
}

// Missing is the error for a chosen function that a source does not have.
func (t Takes) Missing(file, function string, text []byte) error {
	return fault.Usagef("%s has no function %s; its functions of %s: %s", file, function, t,
		cmp.Or(strings.Join(t.Functions(text), ", "), "none"))
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)

	// head matches the head of a definition of a function with two parameters: the type that it
	// returns, its name, and the parameters.
	head = regexp.MustCompile(`(?m)(?:^|[;}])[ \t]*(?:(?:static|inline|extern|const|unsigned|signed|"C")\s+)*` +
		`(float|double|int|unsigned|short|char|long|long\s+long|__int128|__u?int128_t|u?int(?:8|16|32|64)_t)\s+(\w+)\s*` +
		`\(\s*([^(),;{}]+),\s*([^(),;{}]+)\)\s*\{`)

	// float matches a parameter of type float.
	float = regexp.MustCompile(`^(?:const\s+)?float\s+(?:const\s+)?\w+\s*$`)
)
