package cosim

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// message is one diagnostic that Verilator printed.
type message struct {
	Error bool
	Code  string // UNOPTFLAT, PINMISSING, … or empty
	File  string
	Line  int
	Text  string
}

// String returns file:line: text.
func (m message) String() string {
	s := m.Text
	if m.Code != "" {
		s += " [" + m.Code + "]"
	}
	if m.File == "" {
		return s
	}
	return fmt.Sprintf("%s:%d: %s", shownPath(m.File), m.Line, s)
}

var messageLine = regexp.MustCompile(`^%(Error|Warning)(?:-([A-Z0-9_]+))?: (?:(.+?):(\d+):(?:\d+:)? )?(.*)$`)

// parseMessages reads what Verilator printed on standard error. Lines that
// continue a message (source excerpts, notes) are left out.
func parseMessages(text string) []message {
	var out []message
	for line := range strings.Lines(text) {
		g := messageLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if g == nil || strings.HasPrefix(g[5], "Exiting due to") {
			continue
		}
		m := message{Error: g[1] == "Error", Code: g[2], File: g[3], Text: strings.TrimSpace(g[5])}
		m.Line, _ = strconv.Atoi(g[4])
		out = append(out, m)
	}
	return out
}

// errorsOf returns the first few errors, one per line, and whether one of them
// is a syntax error.
func errorsOf(msgs []message) (text string, syntax bool) {
	const most = 5
	var lines []string
	n := 0
	times := map[string]int{} // how often each module is missing
	for _, m := range msgs {
		if missingModule.MatchString(m.Text) {
			times[m.Text]++
		}
	}
	for _, m := range msgs {
		if !m.Error || strings.HasPrefix(m.Text, "This may be because there's no search path") {
			continue
		}
		if k, missing := times[m.Text]; missing {
			if k == 0 {
				continue // said already
			}
			times[m.Text] = 0
			if k > 1 {
				m.Text += fmt.Sprintf(" (%d times)", k)
			}
		}
		syntax = syntax || strings.HasPrefix(m.Text, "syntax error")
		if n++; n <= most {
			lines = append(lines, m.String())
		}
	}
	if n > most {
		lines = append(lines, fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(lines, "\n  "), syntax
}
