package liberty

import (
	"fmt"
	"strings"
)

// group is name (args) { … }, or an attribute: name : value; or name (args);
type group struct {
	name  string
	args  []string // of an attribute, its values
	line  int
	items []*group // of a group
	open  bool     // it is a group
}

// first returns the first item of a name, nil without one.
func (g *group) first(name string) *group {
	for _, i := range g.items {
		if i.name == name {
			return i
		}
	}
	return nil
}

// value returns the value of an attribute, "" without one.
func (g *group) value(name string) string {
	if i := g.first(name); i != nil && !i.open && len(i.args) > 0 {
		return i.args[0]
	}
	return ""
}

type lexer struct {
	text string
	line int
}

// token is a word, a quoted text or one of ( ) { } : ; ,
type token struct {
	text   string
	quoted bool
	line   int
}

func (t token) is(mark string) bool { return !t.quoted && t.text == mark }

const marks = "(){}:;,"

// next returns the next token; its text is empty at the end.
func (l *lexer) next() (token, error) {
	for l.text != "" {
		switch c := l.text[0]; {
		case c == '\n':
			l.line++
			l.text = l.text[1:]
		case c == ' ' || c == '\t' || c == '\r' || c == '\\':
			l.text = l.text[1:]
		case strings.HasPrefix(l.text, "//"):
			_, rest, _ := strings.Cut(l.text, "\n")
			l.text, l.line = rest, l.line+1
		case strings.HasPrefix(l.text, "/*"):
			comment, rest, ends := strings.Cut(l.text[2:], "*/")
			if !ends {
				return token{}, fmt.Errorf("line %d: a comment does not end", l.line)
			}
			l.text = rest
			l.line += strings.Count(comment, "\n")
		case c == '"':
			text, rest, ends := strings.Cut(l.text[1:], `"`)
			if !ends {
				return token{}, fmt.Errorf("line %d: a text in quotes does not end", l.line)
			}
			t := token{strings.ReplaceAll(strings.ReplaceAll(text, "\\\n", " "), "\\\r\n", " "), true, l.line}
			l.text = rest
			l.line += strings.Count(text, "\n")
			return t, nil
		case strings.IndexByte(marks, c) >= 0:
			l.text = l.text[1:]
			return token{string(c), false, l.line}, nil
		default:
			n := strings.IndexAny(l.text, " \t\r\n\\\""+marks)
			if n < 0 {
				n = len(l.text)
			}
			t := token{l.text[:n], false, l.line}
			l.text = l.text[n:]
			return t, nil
		}
	}
	return token{line: l.line}, nil
}

// parse reads a library: one group.
func parse(text string) (*group, error) {
	l := &lexer{text, 1}
	top := &group{}
	if err := l.items(top, 0); err != nil {
		return nil, err
	}
	for _, g := range top.items {
		if g.name == "library" && g.open {
			return g, nil
		}
	}
	return nil, fmt.Errorf("line 1: no library group")
}

const mostDepth = 64

// items reads what a group holds, up to its }.
func (l *lexer) items(into *group, depth int) error {
	if depth > mostDepth {
		return fmt.Errorf("line %d: groups are nested more than %d deep", l.line, mostDepth)
	}
	for {
		name, err := l.next()
		switch {
		case err != nil:
			return err
		case name.text == "" && !name.quoted:
			if depth > 0 {
				return fmt.Errorf("line %d: %s of line %d has no }", l.line, into.name, into.line)
			}
			return nil
		case name.is("}") && depth > 0:
			return nil
		case name.is(";"):
			continue
		case !name.quoted && strings.Contains(marks, name.text):
			return fmt.Errorf("line %d: %q instead of a name", name.line, name.text)
		}
		item := &group{name: name.text, line: name.line}
		into.items = append(into.items, item)
		mark, err := l.next()
		if err != nil {
			return err
		}
		switch {
		case mark.is(":"):
			err = l.value(item)
		case mark.is("("):
			err = l.arguments(item, depth)
		default:
			err = fmt.Errorf("line %d: %q behind %s, expected : or (", mark.line, mark.text, name.text)
		}
		if err != nil {
			return err
		}
	}
}

// value reads the value of an attribute, up to its semicolon or the end of its line.
func (l *lexer) value(item *group) error {
	var words []string
	for {
		before := *l
		t, err := l.next()
		switch {
		case err != nil:
			return err
		case t.is(";"), t.is("}"), t.text == "" && !t.quoted, len(words) > 0 && t.line > item.line && !t.is(";"):
			if !t.is(";") {
				*l = before
			}
			item.args = []string{strings.Join(words, " ")}
			return nil
		}
		words = append(words, t.text)
	}
}

// arguments reads (a, b) and what follows it.
func (l *lexer) arguments(item *group, depth int) error {
	for {
		t, err := l.next()
		switch {
		case err != nil:
			return err
		case t.text == "" && !t.quoted:
			return fmt.Errorf("line %d: %s of line %d has no )", l.line, item.name, item.line)
		case t.is(")"):
			before := *l
			if t, err = l.next(); err != nil {
				return err
			}
			if t.is("{") {
				item.open = true
				return l.items(item, depth+1)
			}
			if !t.is(";") { // a semicolon may be left out
				*l = before
			}
			return nil
		case t.is(","):
		default:
			item.args = append(item.args, t.text)
		}
	}
}
