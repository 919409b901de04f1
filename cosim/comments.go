package cosim

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// commentError names comments that Verilator takes for directives that it does not know.
type commentError struct {
	error
	at []message
}

func (e *commentError) Unwrap() error { return e.error }

const unknownComment = "Unknown verilator comment"

// unknownComments returns the messages about such comments.
func unknownComments(msgs []message) (at []message) {
	for _, m := range msgs {
		if m.Error && strings.HasPrefix(m.Text, unknownComment) {
			at = append(at, m)
		}
	}
	return at
}

// commentStart matches the beginning of a comment for Verilator.
var commentStart = regexp.MustCompile(`(//\s*|/\*\s*)[vV]erilator\b`)

// plainComments returns the source with copies of files in which a comment that begins with the word Verilator, and
// that Verilator does not know as a directive, begins with another word. A line stays the line that it is. Yosys reads
// the files themselves. It returns false if no given file has the comment.
func (s Source) plainComments(e *commentError) (Source, bool, error) {
	out, changed := s, false
	out.Files, out.translated = slices.Clone(s.Files), slices.Clone(s.translated)
	for i, f := range s.Files {
		var lines []int
		for _, m := range e.at {
			if m.File == f || m.File == absolute(f) {
				lines = append(lines, m.Line)
			}
		}
		if len(lines) == 0 {
			continue
		}
		text, from, err := original(f)
		if err != nil {
			return s, false, err
		}
		at := slices.IndexFunc(out.translated, func(t translation) bool { return t.into == absolute(f) })
		parts := strings.SplitAfter(text, "\n")
		for _, n := range lines {
			if n < 1 || n > len(parts) {
				continue
			}
			was := parts[n-1]
			parts[n-1] = commentStart.ReplaceAllString(was, "${1}verilat0r")
			changed = changed || parts[n-1] != was
		}
		copied, err := kept("comments", filepath.Base(f), strings.Join(parts, ""))
		if err != nil {
			return s, false, err
		}
		out.Files[i] = copied
		if at >= 0 { // a copy already
			out.translated[at].into = copied
			continue
		}
		out.translated = append(out.translated, translation{from: []dependency{from}, into: copied, sameLines: true, copied: true})
	}
	return out.besideOriginals(), changed, nil
}

// elaboratePlain is elaborateFound for sources whose comments may look like directives of Verilator.
func elaboratePlain(ctx context.Context, t toolchain, s Source, typed bool) (*Design, Source, string, error) {
	const rounds = 16 // Verilator names some comments at a time
	for range rounds {
		d, found, note, err := elaborateFound(ctx, t, s, typed)
		var comments *commentError
		if !errors.As(err, &comments) {
			return d, found, note, err
		}
		plain, changed, e := s.plainComments(comments)
		if e != nil {
			return nil, s, "", e
		} else if !changed {
			return nil, s, "", err
		}
		s = plain
	}
	return elaborateFound(ctx, t, s, typed)
}
