package experiment

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
)

// Limits of a YAML file, far above what an experiment needs. The parser takes time that
// grows with the square of a list's depth and of a mapping's keys, so its tokens, which
// take time in proportion to the text, are counted before.
const (
	longestFile  = 256 * limits.KiB
	mostLines    = 20_000
	mostTokens   = 100_000
	mostKeys     = 1000    // of a mapping
	mostAnchors  = 1000    // aliases and tags among them
	mostValues   = 100_000 // as often as aliases repeat them
	deepest      = 64      // values in others
	mostBrackets = 1000    // that are open, those in comments and quotes among them
	longestWord  = 4096    // bytes: the length of a path
)

// checkText refuses bytes that are no text, and text with more lines than an experiment has.
func checkText(path string, text []byte) error {
	line, brackets := 1, 0
	for i, c := range text {
		switch {
		case c == '[' || c == '{':
			if brackets++; brackets > mostBrackets {
				return fault.Usagef("%s:%d:%d: values lie more than %d deep in others", path, line, i-bytes.LastIndexByte(text[:i], '\n'), deepest)
			}
		case c == ']' || c == '}':
			brackets--
		case c == '\n' || c == '\r' && (i+1 == len(text) || text[i+1] != '\n'):
			if line++; line > mostLines {
				return fault.Usagef("%s: more than %d lines, too many for an experiment", path, mostLines)
			}
		case c < ' ' && c != '\t' && c != '\r', c == 0x7f:
			return fault.Usagef("%s:%d:%d: the byte %#02x: expected text", path, line, i-bytes.LastIndexByte(text[:i], '\n'), c)
		}
	}
	if !utf8.Valid(text) {
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return fault.Usagef("%s:%d:%d: the byte %#02x: expected text in UTF-8", path, 1+bytes.Count(text[:i], []byte("\n")),
					i-bytes.LastIndexByte(text[:i], '\n'), text[i])
			}
			i += n
		}
	}
	return nil
}

// scope is a list or a mapping that is open where the tokens are counted.
type scope struct {
	column int // of a block; 0: one in brackets
	keys   int
}

// checkTokens refuses tokens that lie too deep in lists and mappings, and too many of them.
func checkTokens(path string, all token.Tokens) error {
	if len(all) == 0 {
		return nil
	}
	refuse := func(t *token.Token, format string, args ...any) error {
		return fault.Usagef("%s:%d:%d: %w", path, t.Position.Line, t.Position.Column, fmt.Errorf(format, args...))
	}
	var open []scope
	flow, marks, documents, entries := 0, 0, 0, 0
	for i, t := range all {
		if i == mostTokens {
			return refuse(t, "more than %d words and signs, too many for an experiment", mostTokens)
		}
		if entries++; t.Type != token.SequenceEntryType && t.Type != token.MappingKeyType {
			entries = 0
		}
		column := 0
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
			open = append(open, scope{})
		case token.SequenceEndType, token.MappingEndType:
			for len(open) > 0 && open[len(open)-1].column > 0 { // blocks inside
				open = open[:len(open)-1]
			}
			if len(open) > 0 {
				open = open[:len(open)-1]
				flow--
			}
		case token.AnchorType, token.AliasType, token.TagType:
			if marks++; marks > mostAnchors {
				return refuse(t, "more than %d anchors, aliases and tags", mostAnchors)
			}
		case token.DocumentHeaderType, token.DocumentEndType:
			if documents++; documents > 4 {
				return refuse(t, "a second document: expected one experiment in a file")
			}
		case token.SequenceEntryType, token.MappingKeyType:
			column = t.Position.Column
		case token.MappingValueType:
			if column = t.Position.Column; i > 0 {
				column = all[i-1].Position.Column
			}
		}
		if column > 0 {
			if flow == 0 {
				for len(open) > 0 && open[len(open)-1].column > column {
					open = open[:len(open)-1]
				}
				if len(open) == 0 || open[len(open)-1].column < column {
					open = append(open, scope{column: column})
				}
			}
			if top := &open[len(open)-1]; t.Type != token.SequenceEntryType {
				if top.keys++; top.keys > mostKeys {
					return refuse(t, "more than %d keys in a mapping", mostKeys)
				}
			}
		}
		if len(open) > deepest || entries > deepest {
			return refuse(t, "values lie more than %d deep in others", deepest)
		}
	}
	return nil
}
