package cosim

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Verilator's program takes the place of its start script only where the two do the same.
func TestVerilatorProgram(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	perl := write("verilator", "#! /usr/bin/perl\nuse strict;\n", 0o755)
	shell := write("wrapper", "#!/bin/sh\nexec verilator -DX \"$@\"\n", 0o755)
	assert.Empty(t, verilatorProgram(perl), "no program beside it")
	program := write("verilator_bin", "", 0o755)
	assert.Equal(t, program, verilatorProgram(perl))
	assert.Empty(t, verilatorProgram(shell), "a script that adds arguments")
	assert.Empty(t, verilatorProgram(program), "no script")
	assert.Empty(t, verilatorProgram(filepath.Join(dir, "none")))
	link := filepath.Join(t.TempDir(), "verilator")
	require.NoError(t, os.Symlink(perl, link))
	assert.Equal(t, program, verilatorProgram(link))
	for _, v := range []string{"VERILATOR_ROOT", "VERILATOR_BIN", "VERILATOR_GDB"} {
		t.Run(v, func(t *testing.T) {
			t.Setenv(v, dir)
			assert.Empty(t, verilatorProgram(perl))
		})
	}
	require.NoError(t, os.Chmod(program, 0o644))
	assert.Empty(t, verilatorProgram(perl), "not executable")
}
