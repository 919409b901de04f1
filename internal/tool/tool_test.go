package tool

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFirstLines(t *testing.T) {
	assert.Equal(t, "  a\n  b\n  …", FirstLines("a\nb\nc\nd\n", 2))
	assert.Equal(t, "  a\n  b", FirstLines("\na\nb\n", 2))
}

// What a tool started ends with it: a shell's child holds the output open.
func TestCommand(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	c := Command(ctx, "sh", "-c", "sleep 60; true")
	var out bytes.Buffer
	c.Stdout = &out
	start := time.Now()
	require.Error(t, c.Run())
	assert.Less(t, time.Since(start), 30*time.Second)
}

func TestMakeDependencies(t *testing.T) {
	assert.Equal(t, []string{"/a b/c.h", "d#e.h", "f$g.h", `h\i.h`, "j.h"},
		MakeDependencies("x.o: /a\\ b/c.h d\\#e.h \\\n f$$g.h h\\\\i.h \\\n j.h\n"))
	assert.Empty(t, MakeDependencies("x.o: \n"))
}
