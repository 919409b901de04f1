package cmodel

import (
	"embed"
	"fmt"
	"path"
	"regexp"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
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

// Read reads the functional model FILE.c, of which it takes the only function of two floats, or
// FILE.c:function. The source holds what it includes, but for the system's headers. Errors have
// the status fault.Usage.
func Read(name string) (device.Model, error) {
	file, function := Split(name)
	text, err := Source(file)
	if err != nil {
		return device.Model{}, err
	}
	if function != "" && !regexp.MustCompile(`\b`+regexp.QuoteMeta(function)+`\b`).Match(text) {
		return device.Model{}, Floats.Missing(file, function, text)
	}
	if function, err = Floats.Function(file, function, text); err != nil {
		return device.Model{}, err
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
	return device.Model{Name: name, Func: function, File: file, Source: source, CXX: !IsC(file)}, nil
}
