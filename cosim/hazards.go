package cosim

import (
	"fmt"
	"slices"
	"strings"
)

// scanHazards returns, as warnings, what in preprocessed Verilog makes simulators
// differ from each other or from hardware, though each of them is right by the
// language:
//
//   - a race: a variable that a clocked block assigns by = and that another clocked
//     block reads, whose value depends on which of the two runs first;
//   - an incomplete sensitivity list: always @(b) of a block that reads a as well.
func scanHazards(text string) []string {
	s := newTokens(text)
	var out []string
	for {
		switch s.next() {
		case "":
			return out
		case "module", "macromodule":
			m := &hazards{t: s, declared: map[string]bool{}}
			m.module()
			out = append(out, m.report()...)
		}
	}
}

// block is an always block.
type block struct {
	file      string
	line      int
	clocked   bool
	listed    []string       // of a sensitivity list that is no edge, nil for @*
	reads     map[string]int // names, and the line of the first reading
	blocking  map[string]int // assigned by =
	assigned  map[string]int // assigned by <= or =
	declares  map[string]bool
	firstRead map[string]bool // read before it is assigned in the block
}

// hazards reads one module.
type hazards struct {
	t        *tokens
	declared map[string]bool // nets and variables
	blocks   []*block
}

var declarers = map[string]bool{"input": true, "output": true, "inout": true, "wire": true, "reg": true, "logic": true, "tri": true,
	"integer": true, "int": true, "bit": true, "byte": true, "shortint": true, "longint": true}

// module reads from behind the word module to behind its endmodule.
func (h *hazards) module() {
	for {
		switch w := h.t.next(); {
		case w == "" || w == "endmodule":
			return
		case w == "function":
			h.t.skipTo("endfunction")
		case w == "task":
			h.t.skipTo("endtask")
		case declarers[w]:
			h.declaration(h.declared)
		case w == "always" || w == "always_ff":
			h.always()
		}
	}
}

// declaration notes names up to the semicolon, or to the parenthesis that ends a port list.
func (h *hazards) declaration(to map[string]bool) {
	depth, value := 0, false
	for {
		switch w := h.t.next(); {
		case w == "" || w == ";" && depth == 0:
			return
		case w == "(" || w == "[" || w == "{":
			depth++
		case w == ")" || w == "]" || w == "}":
			if depth--; depth < 0 {
				return
			}
		case w == "=":
			value = true
		case w == ",":
			value = value && depth > 0
		case depth == 0 && !value && isIdentifier(w) && !keywords[w]:
			to[w] = true
		}
	}
}

// always reads an always block: its event control and its statement.
func (h *hazards) always() {
	b := &block{reads: map[string]int{}, blocking: map[string]int{}, assigned: map[string]int{}, declares: map[string]bool{}, firstRead: map[string]bool{}}
	if h.t.peek() != "@" {
		h.statement(b)
		return
	}
	h.t.next()
	b.file, b.line = h.t.file, h.t.line
	switch h.t.peek() {
	case "*":
		h.t.next()
	case "(":
		h.t.next()
		for w := h.t.next(); w != ")" && w != ""; w = h.t.next() {
			switch {
			case w == "posedge" || w == "negedge" || w == "edge":
				b.clocked = true
			case w == "*":
			case isIdentifier(w) && w != "or":
				b.listed = append(b.listed, w)
			}
		}
		if b.clocked {
			b.listed = nil
		}
	default: // always @name
		b.listed = append(b.listed, h.t.next())
	}
	h.statement(b)
	h.blocks = append(h.blocks, b)
}

// statement reads one statement, with all that is in it.
func (h *hazards) statement(b *block) {
	switch w := h.t.peek(); w {
	case "begin", "fork":
		h.t.next()
		if h.t.peek() == ":" {
			h.t.next()
			h.t.next()
		}
		for w := h.t.peek(); w != "end" && w != "join" && w != ""; w = h.t.peek() {
			h.statement(b)
		}
		h.t.next()
	case "if", "while", "repeat":
		h.t.next()
		h.parenthesis(b)
		h.statement(b)
		if h.t.peek() == "else" {
			h.t.next()
			h.statement(b)
		}
	case "for":
		h.t.next()
		h.loop(b)
		h.statement(b)
	case "case", "casez", "casex":
		h.t.next()
		h.parenthesis(b)
		for w := h.t.peek(); w != "endcase" && w != ""; w = h.t.peek() {
			h.label(b)
			h.statement(b)
		}
		h.t.next()
	case "unique", "priority", "unique0", "forever":
		h.t.next()
		h.statement(b)
	default:
		if declarers[w] {
			h.t.next()
			h.declaration(b.declares)
			return
		}
		h.simple(b)
	}
}

// parenthesis reads an expression in parentheses.
func (h *hazards) parenthesis(b *block) {
	if h.t.peek() != "(" {
		return
	}
	h.t.next()
	for depth := 1; depth > 0; {
		switch w := h.t.next(); w {
		case "":
			return
		case "(":
			depth++
		case ")":
			depth--
		default:
			h.read(b, w)
		}
	}
}

// loop reads the head of a for loop, whose variable belongs to the loop alone.
func (h *hazards) loop(b *block) {
	h.t.next() // (
	depth, first := 1, true
	for depth > 0 {
		switch w := h.t.next(); {
		case w == "":
			return
		case w == "(":
			depth++
		case w == ")":
			depth--
		case first && isIdentifier(w) && !keywords[w]:
			b.declares[w] = true
			first = false
		default:
			h.read(b, w)
		}
	}
}

// label reads the values of a branch of a case, up to the colon.
func (h *hazards) label(b *block) {
	if h.t.peek() == "default" {
		h.t.next()
		if h.t.peek() == ":" {
			h.t.next()
		}
		return
	}
	for depth := 0; ; {
		switch w := h.t.next(); w {
		case "":
			return
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ":":
			if depth == 0 {
				return
			}
		default:
			h.read(b, w)
		}
	}
}

// simple reads an assignment or a call up to the semicolon.
func (h *hazards) simple(b *block) {
	var left, index []string
	depth, braces := 0, 0
	for {
		line := h.t.line
		switch w := h.t.next(); {
		case w == "":
			return
		case w == ";":
			for _, n := range append(left, index...) {
				h.read(b, n)
			}
			return
		case w == "[" || w == "(":
			depth++
		case w == "]" || w == ")":
			depth--
		case w == "{":
			braces++
		case w == "}":
			braces--
		case depth == 0 && braces == 0 && (w == "=" || w == "<"):
			nonblocking := w == "<"
			h.rest(b)
			for _, n := range index {
				h.read(b, n)
			}
			for _, n := range left {
				if _, is := b.assigned[n]; !is {
					b.assigned[n] = line
				}
				if _, is := b.blocking[n]; !is && !nonblocking {
					b.blocking[n] = line
				}
			}
			return
		case depth > 0:
			index = append(index, w)
		case isIdentifier(w) && !keywords[w]:
			left = append(left, w)
		}
	}
}

// rest reads the right side of an assignment.
func (h *hazards) rest(b *block) {
	for {
		w := h.t.next()
		if w == ";" || w == "" {
			return
		}
		h.read(b, w)
	}
}

func (h *hazards) read(b *block, w string) {
	if !isIdentifier(w) || keywords[w] {
		return
	}
	if _, is := b.reads[w]; !is {
		b.reads[w] = h.t.line
	}
	if _, is := b.assigned[w]; !is {
		b.firstRead[w] = true
	}
}

// report lists the hazards of the module.
func (h *hazards) report() []string {
	var out []string
	for _, b := range h.blocks {
		at := func(line int) string { return fmt.Sprintf("%s:%d", shownPath(b.file), line) }
		if b.clocked {
			for _, n := range sortedNames(b.blocking) {
				if b.declares[n] || !h.declared[n] {
					continue
				}
				for _, other := range h.blocks {
					if line := other.reads[n]; other.firstRead[n] && other != b && other.clocked {
						out = append(out, fmt.Sprintf("%s: race: a clocked block assigns %s by =, and another one reads it (line %d): "+
							"its value depends on which of them the simulator runs first; assign it by <=", at(b.blocking[n]), n, line))
						break
					}
				}
			}
			continue
		}
		if b.listed == nil {
			continue
		}
		var missing []string
		for _, n := range sortedNames(b.reads) {
			if h.declared[n] && !b.declares[n] && b.firstRead[n] && !slices.Contains(b.listed, n) {
				missing = append(missing, n)
			}
		}
		if len(missing) > 0 {
			out = append(out, fmt.Sprintf("%s: incomplete sensitivity list: the block reads %s, which always @(%s) leaves out: "+
				"simulators keep the old value where hardware does not; write always @*", at(b.line), strings.Join(missing, ", "), strings.Join(b.listed, " or ")))
		}
	}
	return out
}

func sortedNames(m map[string]int) []string {
	var out []string
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
