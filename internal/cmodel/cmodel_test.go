package cmodel

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/fault"
)

func TestBuiltin(t *testing.T) {
	digests := map[string]bool{}
	for _, name := range golden.WideNames() {
		w, err := golden.LookupWide(name)
		require.NoError(t, err)
		m, err := Builtin(name, w.Design, w.Mantissa)
		require.NoError(t, err)
		assert.Equal(t, name, m.Name)
		assert.Contains(t, m.Source, "float "+m.Func+"(float a, float b)")
		assert.NotContains(t, m.Source, "#include \"")
		digests[m.Digest()] = true
	}
	require.Len(t, digests, len(golden.WideNames()))
	_, err := Builtin("drum6_e8m16", "drum6", 16)
	require.ErrorContains(t, err, "drum6_e8m16")
}

// files makes a folder with files and returns its path.
func files(t *testing.T, text map[string]string) string {
	dir := t.TempDir()
	for name, s := range text {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(s), 0o644))
	}
	return dir
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, choose, want, err string }{
		{name: "one.c", text: "float f(float a, float b) { return a * b; }", want: "f"},
		{name: "static.c", text: "static inline float\ng(const float x,\n  float y)\n{ return x; }", want: "g"},
		{name: "helper.c", text: "#include <stdint.h>\nint add(int a, int b) { return a + b; }\nfloat f(float a, float b) { return a; }", want: "f"},
		{name: "declared.c", text: "float g(float a, float b);\nfloat f(float a, float b) { return a; }", want: "f"},
		{name: "cxx.cpp", text: "extern \"C\" float f(float a, float b) { return a; }", want: "f"},
		{name: "chosen.c", text: "float f(float a, float b) {}\nfloat g(float a, float b) {}", choose: ":g", want: "g"},
		{name: "macro.c", text: "#define F(n) float n(float a, float b)\nF(f) { return a; }", choose: ":f", want: "f"},
		{name: "two.c", text: "float g(float a, float b) {}\nfloat f(float a, float b) {}", err: "choose one, as in .*two.c:f; there are f, g"},
		{name: "none.c", text: "double f(double a, double b) { return a; }",
			err: `none.c: no function of two floats found, such as float f\(float a, float b\); name it as in .*none.c:f$`},
		{name: "missing.c", text: "float f(float a, float b) {}", choose: ":g", err: "has no function g; its functions of two floats: f$"},
		{name: "empty.c", choose: ":g", err: "floats: none$"},
	} {
		path := filepath.Join(files(t, map[string]string{c.name: c.text}), c.name)
		require.True(t, IsSource(path+c.choose))
		m, err := Read(path + c.choose)
		if c.err != "" {
			require.Error(t, err, c.name)
			assert.Regexp(t, c.err, err.Error())
			assert.Equal(t, fault.Usage, fault.Status(err))
			continue
		}
		require.NoError(t, err, c.name)
		assert.Equal(t, c.want, m.Func, c.name)
		assert.Equal(t, filepath.Ext(c.name) == ".cpp", m.CXX)
		sum := sha256.Sum256([]byte(c.text))
		assert.Equal(t, hex.EncodeToString(sum[:]), m.Digest(), "the digest is the file's")
	}
	_, err := Read("nowhere.c")
	require.ErrorContains(t, err, "reading the model: open nowhere.c")
	for _, name := range []string{"a.lut", "mitchell_e8m23", "fp32", "c", "x.c/y"} {
		assert.False(t, IsSource(name), name)
	}
}

// Functions of two numbers may be of any numeric types; of two floats, they are of float alone.
func TestFunctions(t *testing.T) {
	text := []byte("int add(int a, int b) { return a + b; }\nfloat f(float a, const float b) { return a; }\n" +
		"float scaled(float a, int b) { return a; }\ndouble g(double a, double b) { return a; }\n" +
		"extern \"C\" float h(float a,\n              float b)\n{ return a; } " +
		"static uint64_t mul(const uint64_t a, uint64_t b) {}\n" +
		"int main(int argc, char **argv) { return 0; }\n" +
		"int one(int a) { return a; }\nfloat only_declared(float a, float b);\n")
	assert.Equal(t, []string{"add", "f", "g", "h", "mul", "scaled"}, Numbers.Functions(text))
	assert.Equal(t, []string{"f", "h"}, Floats.Functions(text))
	for _, c := range []struct {
		takes              Takes
		chosen, want, fail string
	}{
		{Numbers, "mul", "mul", ""}, {Floats, "made_by_a_macro", "made_by_a_macro", ""},
		{Numbers, "", "", "m.c: 6 functions of two numbers: choose one, as in m.c:add; there are add, f, g, h, mul, scaled"},
		{Floats, "", "", "m.c: 2 functions of two floats: choose one, as in m.c:f; there are f, h"},
		{Numbers, "8", "", "m.c: 8 is no name of a function"},
	} {
		got, err := c.takes.Function("m.c", c.chosen, text)
		if c.fail != "" {
			require.EqualError(t, err, c.fail)
			assert.Equal(t, fault.Usage, fault.Status(err))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	_, err := Numbers.Function("m.c", "", nil)
	require.EqualError(t, err,
		"m.c: no function of two numbers found, such as float f(float a, float b); name it as in m.c:f")
	require.EqualError(t, Numbers.Missing("m.c", "x", nil), "m.c has no function x; its functions of two numbers: none")
}

// TestExpand: the source holds what it includes, lines are counted as in the
// files, and directives that lead nowhere or in circles stay.
func TestExpand(t *testing.T) {
	dir := files(t, map[string]string{
		"sub/m.c":    "#include <math.h>\n#include \"a.h\" // twice\n#include \"a.h\"\n#include \"../b.h\"\n#include \"gone.h\"\nfloat f(float a, float b) {}\n",
		"sub/a.h":    "#pragma once\nint a;\n",
		"b.h":        "#ifndef B\n#define B\n#include \"b.h\"\n#include \"sub/deep.h\"\n#endif",
		"sub/deep.h": "int deep;",
	})
	m, err := Read(filepath.Join(dir, "sub", "m.c"))
	require.NoError(t, err)
	assert.Equal(t, `#include <math.h>
#line 1 "a.h"

int a;

#line 3 "m.c"
#line 1 "a.h"

#line 4 "m.c"
#line 1 "b.h"
#ifndef B
#define B
#include "b.h"
#line 1 "deep.h"
int deep;
#line 5 "b.h"
#endif
#line 5 "m.c"
#include "gone.h"
float f(float a, float b) {}
`, m.Source)
}
