package tool

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFirstLines(t *testing.T) {
	assert.Equal(t, "  a\n  b\n  …", FirstLines("a\nb\nc\nd\n", 2))
	assert.Equal(t, "  a\n  b", FirstLines("\na\nb\n", 2))
}

// Whatever a tool prints, a terminal shows it and obeys nothing of it.
func TestFirstLinesEscaped(t *testing.T) {
	assert.Equal(t, "  a\n  \\x1b[31m", FirstLines("a\r\n\x1b[31m\n", 2))
}

func TestMakeDependencies(t *testing.T) {
	assert.Equal(t, []string{"/a b/c.h", "d#e.h", "f$g.h", `h\i.h`, "j.h"},
		MakeDependencies("x.o: /a\\ b/c.h d\\#e.h \\\n f$$g.h h\\\\i.h \\\n j.h\n"))
	assert.Empty(t, MakeDependencies("x.o: \n"))
}
