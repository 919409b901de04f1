package limits

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LongestName is the most bytes of a name in a file: of a class, a layer, a tensor, a
// multiplier.
const LongestName = 256

// LongestFile is the most bytes of the name of a file that the program writes: systems take
// 255, and a temporary file has up to 24 more before it is renamed.
const LongestFile = 230

// shown is how many bytes of a text Show shows.
const shown = 200

// Printable says whether a text is UTF-8 of which every character can be printed: no
// control characters, and none that change the direction of writing.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Show returns a name for a message: as it is where it can be printed, else in quotes with
// escapes, so that a file cannot send commands to a terminal. A long one is cut.
func Show(s string) string {
	s, more := cut(s)
	if !Printable(s) {
		s = strconv.Quote(s)
	}
	return s + more
}

// cut returns as much of a text as is shown, and what stands for the rest.
func cut(s string) (part, more string) {
	if len(s) <= shown {
		return s, ""
	}
	n := shown
	for n > shown-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], fmt.Sprintf("… (%d bytes)", len(s))
}

// Escape returns a message for a terminal: lines and tabs stay, other characters that
// cannot be printed become escapes.
func Escape(s string) string {
	clean := func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !clean(r) }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || !clean(r) {
			quoted := strconv.Quote(s[:n])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Writer returns a writer that escapes as Escape does.
func Writer(w io.Writer) io.Writer { return escaping{w} }

type escaping struct{ w io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	if _, err := io.WriteString(e.w, Escape(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Name refuses a name that is empty, longer than LongestName bytes, or cannot be printed.
func Name(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a %s without a name", what)
	case len(name) > LongestName:
		return fmt.Errorf("the name of a %s, %s, is longer than %d bytes", what, Show(name), LongestName)
	case !Printable(name):
		return fmt.Errorf("the name of a %s, %s, has characters that cannot be printed", what, Show(name))
	}
	return nil
}

// Path returns a path for a message: whole, in quotes with escapes where it cannot be
// printed.
func Path(path string) string {
	if Printable(path) {
		return path
	}
	return strconv.Quote(path)
}

// Quote returns a text in quotes with escapes, cut as by Show.
func Quote(s string) string {
	s, more := cut(s)
	return strconv.Quote(s) + more
}
