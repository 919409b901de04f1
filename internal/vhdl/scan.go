package vhdl

import (
	"regexp"
	"slices"
	"strings"
)

// Entity is an entity of a source.
type Entity struct {
	Name   string // in lower case
	File   string
	Line   int
	Ports  bool
	Signed map[string]bool   // ports of type signed or sfixed, or integers with negative values; in lower case
	types  map[string]string // of ports, without constraints and libraries; in lower case
	names  []string          // entities and components that its architectures mention
}

var (
	comments      = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|"[^"\n]*"`)
	entityIs      = regexp.MustCompile(`(?is)\bentity\s+(\w+)\s+is\b`)
	architecture  = regexp.MustCompile(`(?is)\barchitecture\s+\w+\s+of\s+(\w+)\s+is\b`)
	configuration = regexp.MustCompile(`(?is)\bconfiguration\s+\w+\s+of\s+(\w+)\s+is\b`)
	mention       = regexp.MustCompile(`(?is)\bcomponent\s+(\w+)|\bentity\s+\w+\s*\.\s*(\w+)`)
	portClause    = regexp.MustCompile(`(?is)^.*?\bport\s*\(`)
	portGroup     = regexp.MustCompile(`(?is)^\s*(?:signal\s+)?([\w\s,]+?)\s*:\s*(?:in\b|out\b|inout\b|buffer\b)?\s*([\w.]+)\s*(.*)$`)
	negative      = regexp.MustCompile(`(?is)\brange\s+-`)
)

// scan finds the entities of a text. It reads enough to tell which of them others instantiate, and which ports are
// signed; ghdl judges the source.
func scan(file, text string) []Entity {
	// Comments become blanks, so that places stay.
	text = comments.ReplaceAllStringFunc(text, func(c string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, c)
	})
	var all []Entity
	for _, at := range entityIs.FindAllStringSubmatchIndex(text, -1) {
		e := Entity{Name: strings.ToLower(text[at[2]:at[3]]), File: file, Line: 1 + strings.Count(text[:at[0]], "\n"), Signed: map[string]bool{}, types: map[string]string{}}
		e.ports(declaration(text[at[1]:]))
		all = append(all, e)
	}
	starts := architecture.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		owner := strings.ToLower(text[at[2]:at[3]])
		e := slices.IndexFunc(all, func(e Entity) bool { return e.Name == owner })
		if e < 0 {
			all = append(all, Entity{Name: owner, Ports: true}) // its entity is in another file
			e = len(all) - 1
		}
		for _, g := range mention.FindAllStringSubmatch(text[at[1]:end], -1) {
			all[e].names = append(all[e].names, strings.ToLower(g[1]+g[2]))
		}
	}
	return all
}

// declaration returns a text up to the end of an entity or the first architecture.
func declaration(text string) string {
	end := len(text)
	for _, re := range []*regexp.Regexp{architecture, configuration, entityIs} {
		if at := re.FindStringIndex(text[:end]); at != nil {
			end = at[0]
		}
	}
	return text[:end]
}

// ports reads the port clause of an entity.
func (e *Entity) ports(text string) {
	at := portClause.FindStringIndex(text)
	if at == nil {
		return
	}
	e.Ports = true
	text = text[at[1]:]
	depth, from := 1, 0
	group := func(end int) {
		g := portGroup.FindStringSubmatch(text[from:end])
		from = end + 1
		if g == nil {
			return
		}
		kind := strings.ToLower(g[2])
		kind = kind[strings.LastIndexByte(kind, '.')+1:]
		for name := range strings.SplitSeq(g[1], ",") {
			e.types[strings.ToLower(strings.TrimSpace(name))] = kind
		}
		if kind == "signed" || kind == "sfixed" || kind == "integer" && negative.MatchString(g[3]) {
			for name := range strings.SplitSeq(g[1], ",") {
				e.Signed[strings.ToLower(strings.TrimSpace(name))] = true
			}
		}
	}
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				group(i)
				return
			}
		case ';':
			if depth == 1 {
				group(i)
			}
		}
	}
}

// tops returns the entities that no other instantiates. One without ports is a testbench: it makes nothing used, and is
// left out if there are others.
func tops(all []Entity) (out []Entity) {
	used := map[string]bool{}
	for _, e := range all {
		for _, n := range e.names {
			if e.Ports && n != e.Name {
				used[n] = true
			}
		}
	}
	for _, ports := range []bool{true, false} {
		for _, e := range all {
			if !used[e.Name] && e.Ports == ports && e.File != "" {
				out = append(out, e)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}
