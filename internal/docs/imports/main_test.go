package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	a := goPackage{ImportPath: "m/a", Doc: "Package a is an example of a|b.",
		Imports: []string{"fmt", "m/b", "m/internal/c", "mm/d"}}
	b := goPackage{ImportPath: "m/b", Doc: "Command b writes."}
	a.Module.Path, b.Module.Path = "m", "m"
	c := goPackage{ImportPath: "m/internal/c", Doc: "Package c is inside."}
	c.Module.Path, b.Name = "m", "main"
	rows := table([]goPackage{a, b, c})
	const head = "| package | | imports |\n|---|---|---|\n"
	assert.Equal(t, "Other modules may import these:\n\n"+head+"| `a` | an example of a\\|b | b, internal/c |\n"+
		"\nCommands, and packages that only this module imports:\n\n"+head+"| `b` | writes | – |\n| `internal/c` | inside | – |\n", rows)

	page := "Text.\n\n" + begin + "old\n" + end + "More.\n"
	want := "Text.\n\n" + begin + "\n" + rows + "\n" + end + "More.\n"
	got, err := replace(page, rows)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	got, err = replace(want, rows)
	require.NoError(t, err)
	assert.Equal(t, want, got, "a second time nothing changes")
	_, err = replace("Text.\n"+begin, rows)
	assert.ErrorContains(t, err, "expected the lines")
}
