package tool

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFirstLines(t *testing.T) {
	assert.Equal(t, "  a\n  b\n  …", FirstLines("a\nb\nc\nd\n", 2))
	assert.Equal(t, "  a\n  b", FirstLines("\na\nb\n", 2))
}

// Whatever a design prints, a terminal shows it and obeys nothing of it.
func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"plain, ü, 漢\n\tindented":   "plain, ü, 漢\n\tindented",
		"\x1b]0;title\x07\x1b[2J":   `\x1b]0;title\x07\x1b[2J`,
		"100%\rPASS":                `100%\x0dPASS`,
		"a\x00b\x7f\x08":            `a\x00b\x7f\x08`,
		"\x9b31m \xff":              `\x9b31m \xff`,
		"\u009b31m":                 `\u009b31m`,
		"\u202egnp.exe\u2066":       `\u202egnp.exe\u2066`,
		"::error::CI log command\n": "::error::CI log command\n",
	} {
		assert.Equal(t, want, Escape(text))
	}
	assert.Equal(t, "  a\n  \\x1b[31m", FirstLines("a\r\n\x1b[31m\n", 2))
}

func TestMakeDependencies(t *testing.T) {
	assert.Equal(t, []string{"/a b/c.h", "d#e.h", "f$g.h", `h\i.h`, "j.h"},
		MakeDependencies("x.o: /a\\ b/c.h d\\#e.h \\\n f$$g.h h\\\\i.h \\\n j.h\n"))
	assert.Empty(t, MakeDependencies("x.o: \n"))
}
