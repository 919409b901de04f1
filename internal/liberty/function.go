package liberty

import (
	"fmt"
	"strings"
)

// expression parses a Boolean function and returns it as Verilog; name gives the Verilog of a pin, "" for one that is
// not there. An apostrophe and ! invert, and bind closest; then come ^, then & or * or a blank, then | or +.
func expression(function string, name func(string) string) (string, error) {
	p := &functionParser{rest: function, name: name}
	v, err := p.or()
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("%q is left", p.rest)
	}
	if err != nil {
		return "", fmt.Errorf("function %q: %w", function, err)
	}
	return v, nil
}

type functionParser struct {
	rest  string
	name  func(string) string
	depth int
}

// peek returns the next character that is no blank, 0 at the end.
func (p *functionParser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *functionParser) or() (string, error) {
	if p.depth++; p.depth > 200 {
		return "", fmt.Errorf("it is nested too deeply")
	}
	defer func() { p.depth-- }()
	v, err := p.and()
	for err == nil && (p.peek() == '|' || p.peek() == '+') {
		p.rest = p.rest[1:]
		var w string
		w, err = p.and()
		v = "(" + v + " | " + w + ")"
	}
	return v, err
}

func (p *functionParser) and() (string, error) {
	v, err := p.xor()
	for err == nil {
		switch c := p.peek(); {
		case c == '&' || c == '*':
			p.rest = p.rest[1:]
		case c == '!' || c == '(' || isName(c): // a blank
		default:
			return v, nil
		}
		var w string
		w, err = p.xor()
		v = "(" + v + " & " + w + ")"
	}
	return v, err
}

func (p *functionParser) xor() (string, error) {
	v, err := p.invert()
	for err == nil && p.peek() == '^' {
		p.rest = p.rest[1:]
		var w string
		w, err = p.invert()
		v = "(" + v + " ^ " + w + ")"
	}
	return v, err
}

func (p *functionParser) invert() (v string, err error) {
	switch c := p.peek(); {
	case c == '!':
		p.rest = p.rest[1:]
		if p.depth++; p.depth > 200 {
			return "", fmt.Errorf("it is nested too deeply")
		}
		v, err = p.invert()
		p.depth--
		return "~" + v, err
	case c == '(':
		p.rest = p.rest[1:]
		if v, err = p.or(); err != nil {
			return "", err
		}
		if p.peek() != ')' {
			return "", fmt.Errorf("a parenthesis does not close")
		}
		p.rest = p.rest[1:]
		v = "(" + v + ")"
	case isName(c):
		n := 0
		for n < len(p.rest) && isName(p.rest[n]) {
			n++
		}
		word := p.rest[:n]
		p.rest = p.rest[n:]
		switch word {
		case "0", "1":
			v = "1'b" + word
		default:
			if v = p.name(word); v == "" {
				return "", fmt.Errorf("no input pin %s", word)
			}
		}
	case c == 0:
		return "", fmt.Errorf("it ends where a pin should be")
	default:
		return "", fmt.Errorf("%q where a pin should be", p.rest)
	}
	for p.peek() == '\'' {
		p.rest = p.rest[1:]
		v = "(~" + v + ")"
	}
	return v, nil
}

func isName(c byte) bool {
	return c == '_' || c == '[' || c == ']' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
