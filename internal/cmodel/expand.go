package cmodel

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// expander puts the files that a source includes in place of the directives, so
// that one text, and one digest, holds all of the model. Names in quotes count that
// are there, as seen from the folder of the file; the rest is the compiler's.
type expander struct {
	read func(name string) ([]byte, error)
	open []string // files being expanded
	once []string // those that ask for it, and have been
	// length is that of all texts; beyond limits.Source, nothing more is read: files that
	// each include the next one twice would double it at each.
	length int
}

var (
	include    = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)".*$`)
	pragmaOnce = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*pragma[ \t]+once\b.*$`)
)

func (e *expander) expand(file, text string) string {
	e.open = append(e.open, file)
	defer func() { e.open = e.open[:len(e.open)-1] }()
	if e.length += len(text); e.length > limits.Source {
		return ""
	}
	var b strings.Builder
	at := 0
	for _, g := range include.FindAllStringSubmatchIndex(text, -1) {
		name := path.Join(path.Dir(file), text[g[2]:g[3]])
		inner, err := e.read(name)
		if err != nil || slices.Contains(e.open, name) {
			continue // the compiler may find it elsewhere, or skip the directive
		}
		included := ""
		if !slices.Contains(e.once, name) {
			if pragmaOnce.Match(inner) {
				e.once = append(e.once, name)
				inner = pragmaOnce.ReplaceAll(inner, nil)
			}
			included = e.expand(name, string(inner))
		}
		line := strings.Count(text[:g[0]], "\n") + 2
		fmt.Fprintf(&b, "%s#line 1 %q\n%s\n#line %d %q", text[at:g[0]], path.Base(name), included, line, path.Base(file))
		at = g[1]
	}
	return b.String() + text[at:]
}
