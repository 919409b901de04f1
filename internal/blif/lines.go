package blif

import (
	"fmt"
	"strings"
)

// statement is a line of BLIF, with those that continue it.
type statement struct {
	line  int // of the first, from 1
	words []string
}

// statements splits a text into statements. A # begins a comment, a backslash at the end of a line continues it.
func statements(text string) (out []statement) {
	var open *statement
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimRight(line, " \t\r\n")
		line, more := strings.CutSuffix(line, `\`)
		if open == nil {
			open = &statement{line: n}
		}
		open.words = append(open.words, strings.Fields(line)...)
		if more {
			continue
		}
		if len(open.words) > 0 {
			out = append(out, *open)
		}
		open = nil
	}
	if open != nil && len(open.words) > 0 {
		out = append(out, *open)
	}
	return out
}

// wrong is an error of a line.
type wrong struct {
	line int
	text string
}

func (w *wrong) Error() string { return fmt.Sprintf("line %d: %s", w.line, w.text) }

func wrongf(line int, format string, args ...any) error {
	return &wrong{line, fmt.Sprintf(format, args...)}
}
