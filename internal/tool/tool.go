// Package tool runs external programs.
package tool

import (
	"errors"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// Ended names the tool that the sandbox ended; it returns other errors unchanged.
func Ended(name string, err error) error {
	var v *sandbox.Violation
	if errors.As(err, &v) {
		return fault.Failedf("%s was ended: it %w", name, v)
	}
	return err
}

// FirstLines returns the first n lines of a tool's output, indented and escaped.
func FirstLines(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(limits.Escape(strings.ReplaceAll(s, "\r\n", "\n"))), "\n", n+1)
	if len(lines) > n {
		lines[n] = "…"
	}
	return "  " + strings.Join(lines, "\n  ")
}

// MakeDependencies returns the files behind the colon of a rule for make.
func MakeDependencies(rule string) (out []string) {
	_, rule, _ = strings.Cut(strings.ReplaceAll(rule, "\\\n", " "), ": ")
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
		}
		word.Reset()
	}
	for i := 0; i < len(rule); i++ {
		switch c := rule[i]; {
		case c == '\\' && i+1 < len(rule) && strings.IndexByte(` #\`, rule[i+1]) >= 0,
			c == '$' && i+1 < len(rule) && rule[i+1] == '$':
			i++
			word.WriteByte(rule[i])
		case c == ' ' || c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return out
}
