package cosim

import (
	"strconv"
	"strings"
)

// lexeme is a word of preprocessed Verilog.
type lexeme struct {
	kind lexemeKind
	text string
	file string
	line int
}

type lexemeKind byte

const (
	lexEnd       lexemeKind = iota
	lexWord                 // an identifier, a keyword, digits
	lexEscaped              // an escaped identifier, without its backslash
	lexSystem               // $name
	lexString               // without its quotes, as it is written
	lexDirective            // a backtick and a word; `line is followed, not returned
	lexPragma               // a comment that begins with verilator
	lexOther                // a single character
)

// lexer splits Verilog as Verilator's preprocessor leaves it. Unlike tokens it
// sees all that the compiler sees: what stands behind a directive in its line, and
// the comments that are meant for Verilator.
type lexer struct {
	text string
	file string
	line int
}

func (l *lexer) next() lexeme {
	for {
		l.space()
		t := lexeme{file: l.file, line: l.line}
		if l.text == "" {
			return t
		}
		switch c := l.text[0]; {
		case c == '$':
			l.text = l.text[1:]
			t.kind, t.text = lexSystem, "$"+l.takeWhile(isWordByte)
		case isWordByte(c):
			t.kind, t.text = lexWord, l.takeWhile(isWordByte)
		case c == '\\':
			l.text = l.text[1:]
			t.kind, t.text = lexEscaped, l.takeWhile(func(c byte) bool { return c > ' ' && c < 0x7f })
		case c == '"':
			t.kind, t.text = lexString, l.quoted()
		case c == '`':
			l.text = l.text[1:]
			t.kind, t.text = lexDirective, l.takeWhile(isWordByte)
			if t.text == "line" {
				l.place()
				continue
			}
		case strings.HasPrefix(l.text, "//"):
			l.take(before(l.text, "\n"))
			continue
		case strings.HasPrefix(l.text, "/*"):
			n := before(l.text[2:], "*/") + 2
			comment := strings.Fields(strings.TrimLeft(l.text[2:min(n, len(l.text))], "*"))
			l.take(min(n+2, len(l.text)))
			if len(comment) == 0 || comment[0] != "verilator" {
				continue
			}
			t.kind, t.text = lexPragma, strings.Join(comment[1:], " ")
		default:
			t.kind, t.text = lexOther, l.take(1)
		}
		return t
	}
}

// take returns the next n bytes and counts their lines.
func (l *lexer) take(n int) string {
	s := l.text[:n]
	l.line += strings.Count(s, "\n")
	l.text = l.text[n:]
	return s
}

func (l *lexer) takeWhile(is func(c byte) bool) string {
	n := 0
	for n < len(l.text) && is(l.text[n]) {
		n++
	}
	return l.take(n)
}

func (l *lexer) space() { l.takeWhile(func(c byte) bool { return c <= ' ' }) }

// quoted takes a string. It ends at a quote, or at the end of a line.
func (l *lexer) quoted() string {
	n := 1
	for n < len(l.text) && l.text[n] != '"' && l.text[n] != '\n' {
		if l.text[n] == '\\' {
			n++
		}
		n++
	}
	n = min(n, len(l.text))
	s := l.take(n)[1:]
	if strings.HasPrefix(l.text, `"`) {
		l.take(1)
	}
	return s
}

// place follows a directive `line 12 "a file.v" 1, which stands in a line of its own.
func (l *lexer) place() {
	// The number is looked at first: where there is none, the line is not searched, which
	// may hold any number of these directives.
	number, _, ok := strings.Cut(l.text[:min(32, len(l.text))], `"`)
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if !ok || err != nil || strings.Contains(number, "\n") {
		return
	}
	rest := l.text[len(number)+1:]
	rest = rest[:before(rest, "\n")]
	end := strings.LastIndexByte(rest, '"')
	if end < 0 {
		return
	}
	l.take(len(number) + 1 + end + 1)
	l.takeWhile(func(c byte) bool { return c == ' ' })
	l.takeWhile(func(c byte) bool { return '0' <= c && c <= '2' })
	l.file, l.line = rest[:end], n-1 // its own end of line counts
}

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// before returns how many bytes of a text stand before a mark, all where there is none.
func before(text, mark string) int {
	if n := strings.Index(text, mark); n >= 0 {
		return n
	}
	return len(text)
}
