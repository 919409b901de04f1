package cosim

import (
	"slices"
	"strconv"
	"strings"
	"text/scanner"
)

// module is the result of a scan of one Verilog module.
type module struct {
	Name   string
	File   string
	Line   int
	Used   bool            // another module that has ports names it
	Ports  bool            // it has a list of ports that is not empty
	Signed map[string]bool // names declared signed, ports among them
	Inputs int             // input ports, a vector of several bits counts as two
	Names  []string        // what it may instantiate
}

// scanModules lists the modules of preprocessed Verilog (the output of
// `verilator -E`: no comments, `line directives) in order of appearance. It
// reads just enough of the language to tell which modules are instantiated and
// which ports are declared signed; both Verilog-2001 and SystemVerilog forms.
// Text that is not Verilog gives modules that make no sense, never an error:
// Verilator judges the sources.
func scanModules(text string) []module {
	s := newTokens(text)
	var mods []module
	signedTypes := map[string]bool{} // typedef names of signed types
	for {
		t := s.next()
		switch t {
		case "":
			markUsed(mods)
			return mods
		case "module", "macromodule":
			name := s.next()
			for name == "automatic" || name == "static" {
				name = s.next()
			}
			if !isIdentifier(name) {
				continue
			}
			m := module{Name: name, File: s.file, Line: s.line, Signed: map[string]bool{}}
			scanBody(s, &m, signedTypes)
			mods = append(mods, m)
		case "typedef":
			scanTypedef(s, signedTypes)
		}
	}
}

// markUsed marks the modules that others instantiate. A module without ports, a testbench or an empty one, makes
// nothing used: what it holds may be the design. Nor does a module that instantiates itself.
func markUsed(mods []module) {
	used := map[string]bool{}
	for _, m := range mods {
		for _, n := range m.Names {
			if m.Ports && n != m.Name {
				used[n] = true
			}
		}
	}
	for i := range mods {
		mods[i].Used = used[mods[i].Name]
	}
}

// scanBody reads a module from behind its name to behind its endmodule.
func scanBody(s *tokens, m *module, signedTypes map[string]bool) {
	m.Ports = scanHeader(s)
	for {
		switch t := s.next(); t {
		case "", "endmodule":
			return
		case "function":
			s.skipTo("endfunction")
		case "task":
			s.skipTo("endtask")
		case "typedef":
			scanTypedef(s, signedTypes)
		case "input", "output", "inout", "wire", "reg", "logic", "tri", "var":
			scanDeclaration(s, t, m, signedTypes)
		case "$": // a system task
			s.next()
		default:
			// An instance is a module's name before its own name or before parameters.
			if isIdentifier(t) && !keywords[t] {
				if after := s.peek(); after == "#" || isIdentifier(after) && !keywords[after] {
					m.Names = append(m.Names, t)
				}
			}
		}
	}
}

// scanDeclaration reads one declaration that starts with the word first: a
// comma list up to a semicolon, or up to the parenthesis that closes an ANSI
// port list.
func scanDeclaration(s *tokens, first string, m *module, signedTypes map[string]bool) {
	isSigned, input, wide := false, false, false
	words := []string{first}
	value := false // behind the = of an initial value
	end := func() {
		var name string
		typed := false
		for _, w := range words {
			if !keywords[w] && isIdentifier(w) {
				name = w // the last plain identifier is the declared name
			}
		}
		item := false
		for _, w := range words {
			switch {
			case w == "signed", w == "byte", w == "shortint", w == "int", w == "longint", w == "integer":
				item, typed = true, true
			case w == "unsigned":
				item, typed = false, true
			case w != name && signedTypes[w]:
				item, typed = true, true
			case w != name || keywords[w]:
				typed = true
			}
		}
		if typed {
			isSigned = item
		}
		if name != "" && isSigned {
			m.Signed[name] = true
		}
		for _, w := range words {
			switch {
			case w == "input" || w == "output" || w == "inout":
				input, wide = w == "input", slices.Contains(words, "[")
			case w != name && !keywords[w] && isIdentifier(w): // of a type that may be wide
				wide = true
			}
		}
		if name != "" && input {
			m.Inputs++
			if wide {
				m.Inputs++
			}
		}
		words, value = words[:0], false
	}
	for depth := 0; ; {
		t := s.next()
		switch {
		case t == "":
			return
		case t == "(" || t == "[" || t == "{":
			if t == "[" && depth == 0 && !value {
				words = append(words, t)
			}
			depth++
		case t == ")" || t == "]" || t == "}":
			if depth == 0 { // the end of an ANSI port list
				end()
				return
			}
			depth--
		case depth > 0:
		case t == ";":
			end()
			return
		case t == ",":
			end()
		case t == "=":
			value = true
		case !value:
			words = append(words, t)
		}
	}
}

// scanTypedef notes the name of `typedef … name;` when the type is signed.
func scanTypedef(s *tokens, signedTypes map[string]bool) {
	isSigned, last := false, ""
	for depth := 0; ; {
		switch t := s.next(); {
		case t == "":
			return
		case t == "[" || t == "{":
			depth++
		case t == "]" || t == "}":
			depth--
		case depth > 0:
		case t == ";":
			if isSigned {
				signedTypes[last] = true
			}
			return
		case t == "signed", t == "byte", t == "shortint", t == "int", t == "longint", t == "integer":
			isSigned = true
		case t == "unsigned":
			isSigned = false
		default:
			isSigned = isSigned || signedTypes[t]
			last = t
		}
	}
}

// scanHeader says whether a module has ports. It reads no more of them than that shows.
func scanHeader(s *tokens) bool {
	for {
		switch s.peek() {
		case "(":
			s.next()
			return s.peek() != ")"
		case ";", "", "endmodule":
			return false
		case "import":
			s.skipTo(";")
		case "#":
			s.next()
			if s.next() != "(" {
				return true
			}
			for depth := 1; depth > 0; {
				switch s.next() {
				case "(":
					depth++
				case ")":
					depth--
				case "":
					return false
				}
			}
		default:
			return true
		}
	}
}

// tops returns the modules that no other module instantiates. If there are several, modules that can be no multiplier
// are left out: those without ports, and those with fewer than two input bits.
func tops(mods []module) []module {
	var out []module
	for _, m := range mods {
		if !m.Used {
			out = append(out, m)
		}
	}
	for _, possible := range []func(m module) bool{
		func(m module) bool { return m.Ports },
		func(m module) bool { return m.Inputs >= 2 || m.Inputs == 0 }, // 0: its ports are of a form that is not read
	} {
		if left := slices.DeleteFunc(slices.Clone(out), func(m module) bool { return !possible(m) }); len(left) > 0 {
			out = left
		}
	}
	return out
}

// tokens splits Verilog into identifiers, numbers, strings and single
// characters, and follows `line directives.
type tokens struct {
	s    scanner.Scanner
	file string
	line int // of the last token, in its own file
	base int // what to add to a line of the text

	ahead *string // a token that peek has read
}

func newTokens(text string) *tokens {
	t := &tokens{}
	t.s.Init(strings.NewReader(text))
	t.s.Mode = scanner.ScanIdents | scanner.ScanInts
	t.s.Error = func(*scanner.Scanner, string) {}
	t.s.IsIdentRune = func(ch rune, i int) bool {
		return ch == '_' || ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' ||
			i > 0 && (ch == '$' || ch >= '0' && ch <= '9')
	}
	return t
}

// peek returns the next token without taking it. The line is then its own.
func (t *tokens) peek() string {
	if t.ahead == nil {
		w := t.next()
		t.ahead = &w
	}
	return *t.ahead
}

// next returns the next token, "" at the end.
func (t *tokens) next() string {
	if t.ahead != nil {
		w := *t.ahead
		t.ahead = nil
		return w
	}
	for {
		r := t.s.Scan()
		line := t.s.Position.Line
		switch r {
		case scanner.EOF:
			return ""
		case '`':
			rest := t.restOfLine()
			if f := strings.SplitN(rest, `"`, 3); len(f) == 3 { // line 12 "a file.v" 1
				if n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(f[0], "line "))); err == nil {
					t.file, t.base = f[1], n-line-1
				}
			}
			continue
		case '"':
			t.skipString()
			return `"`
		case '\\': // an escaped identifier ends at white space
			t.line = line + t.base
			return t.escaped()
		}
		t.line = line + t.base
		return t.s.TokenText()
	}
}

func (t *tokens) restOfLine() string {
	var b strings.Builder
	for ch := t.s.Peek(); ch != '\n' && ch != scanner.EOF; ch = t.s.Peek() {
		b.WriteRune(t.s.Next())
	}
	return b.String()
}

func (t *tokens) skipString() {
	for {
		switch t.s.Next() {
		case '"', '\n', scanner.EOF:
			return
		case '\\':
			t.s.Next()
		}
	}
}

func (t *tokens) escaped() string {
	var b strings.Builder
	for ch := t.s.Peek(); ch > ' ' && ch != scanner.EOF; ch = t.s.Peek() {
		b.WriteRune(t.s.Next())
	}
	if b.Len() == 0 {
		return `\`
	}
	return b.String()
}

func (t *tokens) skipTo(word string) {
	for {
		if w := t.next(); w == word || w == "" {
			return
		}
	}
}

// isIdentifier says whether a token can name something: it starts with a letter
// or an underscore, or was an escaped identifier.
func isIdentifier(t string) bool {
	if t == "" {
		return false
	}
	c := t[0]
	return len(t) > 1 && !(c >= '0' && c <= '9') || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// keywords are the words that may stand in a declaration without being its name.
var keywords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`input output inout wire reg logic tri tri0 tri1 wand wor var bit byte
		shortint int longint integer signed unsigned parameter localparam assign always always_comb always_ff
		always_latch initial begin end if else case casez casex endcase for while generate endgenerate genvar
		supply0 supply1 default posedge negedge or and not nand nor xor xnor buf function endfunction`) {
		m[w] = true
	}
	return m
}()
