// Package tool is what running other programs' tools has in common.
package tool

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"approxtrain/internal/fault"
	"approxtrain/internal/sandbox"
)

// Ended names the tool that was ended in the sandbox for what it did; other errors stay.
func Ended(name string, err error) error {
	var v *sandbox.Violation
	if errors.As(err, &v) {
		return fault.Failedf("%s was ended: it %w", name, v)
	}
	return err
}

// Escape returns what a tool or a design printed so that a terminal shows it and does
// nothing else: control characters other than the ends of lines and tabs are written as
// \x1b, bytes that are no UTF-8 and characters that reorder text likewise.
func Escape(s string) string {
	plain := func(r rune) bool { return r == '\n' || r == '\t' || r != utf8.RuneError && unicode.IsPrint(r) }
	if !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case plain(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// FirstLines returns the first n lines of what a tool printed, indented and escaped.
func FirstLines(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(Escape(strings.ReplaceAll(s, "\r\n", "\n"))), "\n", n+1)
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
