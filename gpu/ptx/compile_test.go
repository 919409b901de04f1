package ptx

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// needCompiler skips the test where there is no clang, except in CI.
func needCompiler(t *testing.T) {
	if _, err := FindCompiler(); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err)
		}
		t.Skip(err)
	}
}

func TestCompile(t *testing.T) {
	needCompiler(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	const unit = `
#include <stdint.h>
#include "cuda.cuh"
KERNEL(halve)(float *x, uint32_t n)
{
	if (const uint32_t i = element(); i < n)
		x[i] = x[i] * 0.5f + 1;
}
EXPORT(halve)
`
	for range 2 { // the second time from the cache
		text, err := Compile(unit)
		require.NoError(t, err)
		assert.Contains(t, string(text), ".visible .entry halve(")
		assert.Contains(t, string(text), ".target "+Target)
		assert.NotContains(t, string(text), "fma", "product and sum stay two operations")
		assert.NotContains(t, string(text), ".ftz", "subnormals stay what they are")
	}
	_, err := Compile("KERNEL(x)(float *x) {")
	require.Error(t, err)
	assert.Equal(t, fault.Usage, fault.Status(err))
	assert.Contains(t, err.Error(), "unit.cu:1:1: error:")
}

// A folder that was filled where there is a compiler does where there is none, for the
// same unit.
func TestCarried(t *testing.T) {
	needCompiler(t)
	const unit = "#include \"cuda.cuh\"\nKERNEL(none)() {}\nEXPORT(none)\n"
	t.Setenv(FolderVariable, filepath.Join(t.TempDir(), "ptx"))
	want, err := Compile(unit)
	require.NoError(t, err)
	t.Setenv("CLANG", "no-such-compiler")
	got, err := Compile(unit)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
	_, err = Compile(unit + "// another")
	assert.Equal(t, fault.Missing, fault.Status(err))
}

func TestFindCompiler(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	_, err := FindCompiler()
	assert.Equal(t, fault.Missing, fault.Status(err))
	require.ErrorContains(t, err, "clang-16, or clang is not installed")
	require.ErrorContains(t, err, "apt-get install clang-16, or set CLANG")

	broken := filepath.Join(empty, "clang-99")
	require.NoError(t, os.WriteFile(broken, []byte("#!/bin/sh\nexit 1\n"), 0o755))
	t.Setenv("CLANG", broken)
	_, err = Compile("")
	assert.Equal(t, fault.Missing, fault.Status(err))
	require.ErrorContains(t, err, "clang-99 --version failed")
}
