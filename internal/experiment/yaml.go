package experiment

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// value is a part of a YAML file. Its reader names the expected type; any other type is an error
// with its place.
type value struct {
	file  *file
	node  ast.Node
	key   string // that it stands behind, for messages
	depth int
}

type file struct {
	path    string
	anchors map[string]*ast.AnchorNode
	twice   *ast.AnchorNode // one with the name of another
	values  int             // that were looked at
}

// parse reads a file's text, one document. An empty one is a null.
func parse(path string, text []byte) (root value, err error) {
	path = limits.Path(path)
	if err := checkText(path, text); err != nil {
		return value{}, err
	}
	tokens := lexer.Tokenize(string(text))
	if err := checkTokens(path, tokens); err != nil {
		return value{}, err
	}
	defer func() {
		if r := recover(); r != nil { // the parser's, which is not ours
			err = fault.Usagef("%s: it is no YAML that can be read: %v", path, r)
		}
	}()
	f := &file{path: path, anchors: map[string]*ast.AnchorNode{}}
	parsed, err := parser.Parse(tokens, 0)
	if err != nil {
		if e, ok := err.(yaml.Error); ok && e.GetToken() != nil {
			p := e.GetToken().Position
			return value{}, fault.Usagef("%s:%d:%d: %s", path, p.Line, p.Column, limits.Show(e.GetMessage()))
		}
		return value{}, fault.Usagef("%s: %w", path, err)
	}
	root = value{file: f}
	for _, d := range parsed.Docs {
		switch {
		case d.Body == nil:
		case root.node != nil:
			return value{}, value{file: f, node: d.Body}.wrong("a second document: expected one experiment in a file")
		default:
			root.node = d.Body
			ast.Walk(f, d.Body)
			if f.twice != nil {
				return value{}, value{file: f, node: f.twice}.wrong("anchor &%s is defined twice", limits.Show(f.twice.Name.GetToken().Value))
			}
		}
	}
	return root, nil
}

// Visit collects what aliases may mean.
func (f *file) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok {
		name := a.Name.GetToken().Value
		if f.anchors[name] != nil && f.twice == nil {
			f.twice = a
		}
		f.anchors[name] = a
	}
	return f
}

// place says where the value is: "net.yaml:3:9".
func (v value) place() string {
	n := v.node
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && m.GetToken().Type == token.MappingValueType {
		n = m.Values[0].Key
	}
	p := n.GetToken().Position
	return fmt.Sprintf("%s:%d:%d", v.file.path, p.Line, p.Column)
}

// wrong is an error about the value.
func (v value) wrong(format string, args ...any) error {
	if v.key != "" {
		format = strings.ReplaceAll(v.key, "%", "%%") + ": " + format
	}
	return fault.Usagef(v.place()+": "+format, args...)
}

// expected is an error about a value of another kind.
func (v value) expected(what string) error {
	found := ""
	switch n := v.node.(type) {
	case *ast.MappingNode:
		found = "keys and values"
	case *ast.SequenceNode:
		found = "a list"
	case *ast.NullNode:
		found = "nothing"
	case *ast.TagNode:
		found = "a tag, " + limits.Show(n.GetToken().Value)
	case *ast.AliasNode:
		return v.wrong("alias *%s: there is no &%[1]s before it", limits.Show(n.Value.GetToken().Value))
	default:
		found = limits.Quote(n.GetToken().Value)
	}
	return v.wrong("expected %s, found %s", what, found)
}

// resolve follows anchors and aliases.
func (v value) resolve() value {
	for range deepest {
		switch n := v.node.(type) {
		case *ast.AnchorNode:
			v.node = n.Value
			continue
		case *ast.AliasNode:
			to, ok := v.file.anchors[n.Value.GetToken().Value]
			if ok && to.GetToken().Position.Offset < n.GetToken().Position.Offset {
				v.node = to.Value
				continue
			}
		}
		break
	}
	return v
}

// within is a value inside this one.
func (v value) within(n ast.Node, key string) (value, error) {
	in := value{v.file, n, limits.Show(key), v.depth + 1}
	if v.file.values++; v.file.values > mostValues {
		return in, in.wrong("more than %d values, with those that aliases repeat", mostValues)
	}
	if in.depth > deepest {
		return in, in.wrong("values lie more than %d deep in others; does an alias mean what it stands in?", deepest)
	}
	return in.resolve(), nil
}

// list returns the elements of a list.
func (v value) list() ([]value, error) {
	s, ok := v.node.(*ast.SequenceNode)
	if !ok {
		return nil, v.expected("a list")
	}
	var all []value
	for _, n := range s.Values {
		in, err := v.within(n, v.key)
		if err != nil {
			return nil, err
		}
		all = append(all, in)
	}
	return all, nil
}

// entries returns the values of a mapping in their order, each with its key, which is
// a value too.
func (v value) entries() (keys, values []value, err error) {
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		return nil, nil, v.expected("keys and values")
	}
	for _, e := range m.Values {
		k := value{v.file, e.Key, "", v.depth}
		if _, ok := e.Key.(ast.ScalarNode); !ok {
			return nil, nil, k.expected("a key")
		}
		in, err := v.within(e.Value, e.Key.GetToken().Value)
		if err != nil {
			return nil, nil, err
		}
		keys, values = append(keys, k), append(values, in)
	}
	return keys, values, nil
}

// name is the text of a key.
func (v value) name() string { return v.node.GetToken().Value }

// fields reads a mapping; other keys than those known are errors.
func (v value) fields(known map[string]func(value) error) error {
	keys, values, err := v.entries()
	if err != nil {
		return err
	}
	for i, k := range keys {
		read, ok := known[k.name()]
		if !ok {
			return k.unknown("key", known)
		}
		if err := read(values[i]); err != nil {
			return err
		}
	}
	return nil
}

// unknown is an error about an unknown word, with the nearest known one.
func (v value) unknown(what string, known map[string]func(value) error) error {
	names := sorted(known)
	v.key = ""
	return v.wrong("no %s %s; did you mean %s? There are: %s", what, limits.Quote(v.name()),
		suggest.Nearest(v.name(), names), strings.Join(names, ", "))
}

// scalar returns the text of a scalar, and whether it is in quotes.
func (v value) scalar() (text string, quoted, ok bool) {
	switch n := v.node.(type) {
	case *ast.NullNode, *ast.MergeKeyNode, *ast.TagNode, *ast.AliasNode:
		return "", false, false
	case *ast.LiteralNode:
		return n.Value.Value, true, true
	case ast.ScalarNode:
		t := n.GetToken()
		return t.Value, t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType, true
	}
	return "", false, false
}

func (v value) text(to *string) error {
	text, _, ok := v.scalar()
	switch {
	case !ok || text == "":
		return v.expected("a word")
	case len(text) > longestWord:
		return v.wrong("%s is longer than %d bytes", limits.Show(text), longestWord)
	case !limits.Printable(text):
		return v.wrong("%s has characters that cannot be printed", limits.Show(text))
	}
	*to = text
	return nil
}

func (v value) boolean(to *bool) error {
	text, quoted, _ := v.scalar()
	if quoted || text != "true" && text != "false" {
		return v.expected("true or false")
	}
	*to = text == "true"
	return nil
}

func (v value) integer(to *int) error {
	text, quoted, ok := v.scalar()
	n, err := strconv.ParseInt(text, base(text), 0)
	if !ok || quoted || err != nil {
		return v.expected("a whole number")
	}
	*to = int(n)
	return nil
}

// base returns the base of an integer as YAML 1.2 has it, where 010 is ten; 0 is for
// what says it itself.
func base(text string) int {
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0o") {
		return 0
	}
	return 10
}

// size reads an integer in a range.
func (v value) size(to *int, least, most int) error {
	if err := v.integer(to); err != nil {
		return err
	}
	if *to < least || *to > most {
		return v.wrong("%d: expected %d to %d", *to, least, most)
	}
	return nil
}

func (v value) number(to *float64) error {
	text, quoted, ok := v.scalar()
	x, err := strconv.ParseFloat(text, 64)
	if !ok || quoted || err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return v.expected("a number")
	}
	*to = x
	return nil
}

// texts reads a list of texts, or one text.
func (v value) texts(to *[]string) error {
	*to = nil
	if _, _, ok := v.scalar(); ok {
		*to = []string{""}
		return v.text(&(*to)[0])
	}
	list, err := v.list()
	for _, in := range list {
		var one string
		if err := in.text(&one); err != nil {
			return err
		}
		*to = append(*to, one)
	}
	return err
}
