package cmodel

import (
	"embed"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"approxtrain/device"
	"approxtrain/internal/fault"
	"approxtrain/internal/includes"
	"approxtrain/internal/limits"
)

//go:embed designs
var designs embed.FS

// Builtin returns the model of a built-in design that sees and returns m mantissa
// bits, 1 to 23. The name is for people.
func Builtin(name, design string, m int) (device.Model, error) {
	file := design + ".c"
	read := func(name string) ([]byte, error) { return designs.ReadFile(path.Join("designs", name)) }
	text, err := read(file)
	if err != nil {
		return device.Model{}, fmt.Errorf("the built-in model of %s: %w", name, err)
	}
	e := expander{read: read}
	source := fmt.Sprintf("#define M %d\n#line 1 %q\n%s", m, file, e.expand(file, string(text)))
	return device.Model{Name: name, Func: design, File: file, Source: source}, nil
}

// IsSource says whether a name is one that Read takes, by its looks: whatever the case of its
// extension is.
func IsSource(name string) bool {
	file, _ := split(name)
	return slices.Contains([]string{".c", ".cc", ".cpp", ".cxx"}, strings.ToLower(filepath.Ext(file)))
}

var chosen = regexp.MustCompile(`^(.+):(\w+)$`)

// split splits file.c:name into the two.
func split(name string) (file, function string) {
	if g := chosen.FindStringSubmatch(name); g != nil {
		return g[1], g[2]
	}
	return name, ""
}

// head matches the head of a definition float f(float a, float b).
var head = regexp.MustCompile(`(?m)(?:^|[;}])[ \t]*(?:(?:static|inline|extern|"C")\s+)*float\s+(\w+)\s*` +
	`\(\s*(?:const\s+)?float\s+(?:const\s+)?\w+\s*,\s*(?:const\s+)?float\s+(?:const\s+)?\w+\s*\)\s*\{`)

// Read reads the model file.c, of which it takes the only function of two floats,
// or file.c:name.
func Read(name string) (device.Model, error) {
	file, function := split(name)
	if err := includes.C(file); err != nil {
		return device.Model{}, fault.Usagef("reading the model: %w", err)
	}
	text, err := limits.ReadFile(file, limits.Source)
	if err != nil {
		return device.Model{}, fault.Usagef("reading the model: %w", err)
	}
	var found []string
	for _, g := range head.FindAllSubmatch(text, -1) {
		found = append(found, string(g[1]))
	}
	slices.Sort(found)
	found = slices.Compact(found)
	switch {
	case function != "":
		if !regexp.MustCompile(`\b` + function + `\b`).Match(text) {
			return device.Model{}, fault.Usagef("%s has no function %s; its functions of two floats: %s", file, function,
				strings.Join(append(found, "none")[:max(1, len(found))], ", "))
		}
	case len(found) == 0:
		return device.Model{}, fault.Usagef("%s: no function float f(float a, float b) found; name it as in %s:f", file, file)
	case len(found) > 1:
		return device.Model{}, fault.Usagef("%s: %d functions of two floats: choose one, as in %s:%s; there are %s", file, len(found), file,
			found[0], strings.Join(found, ", "))
	default:
		function = found[0]
	}
	e := expander{read: func(name string) ([]byte, error) {
		if err := limits.Regular(name); err != nil {
			return nil, err
		}
		return limits.ReadFile(name, limits.Source)
	}}
	source := e.expand(file, string(text))
	if e.length > limits.Source {
		return device.Model{}, fault.Usagef("%s has more than %s with what it includes", limits.Path(file), limits.Size(limits.Source))
	}
	return device.Model{Name: name, Func: function, File: file, Source: source, CXX: !strings.EqualFold(filepath.Ext(file), ".c")}, nil
}
