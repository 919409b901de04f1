package includes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// folder holds pipes and files that are included.
func folder(t *testing.T) string {
	dir := t.TempDir()
	t.Chdir(dir)
	require.NoError(t, os.MkdirAll("inc/deep", 0o755))
	for _, p := range []string{"pipe", "inc/pipe.h", "inc/deep/pipe.vh", "sub.v", "plain"} {
		require.NoError(t, unix.Mkfifo(p, 0o600))
	}
	require.NoError(t, os.Symlink("/dev/zero", "inc/zero.h"))
	require.NoError(t, os.Symlink("loop.h", "inc/loop.h"))
	for name, text := range map[string]string{
		"inc/far.h":       "#pragma once\n#include \"deep/next.h\"\n",
		"inc/deep/next.h": "#include \"/dev/zero\"\n",
		"inc/good.h":      "int x;\n#include \"good.h\"\n",
		"inc/far.vh":      "`include \"deep/pipe.vh\"\n",
		"inc/good.vh":     "wire x;\n`include \"good.vh\"\n",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	return dir
}

// refusesAll checks that each text is refused at once, with the name of what it includes.
func refusesAll(t *testing.T, texts map[string]string, look func(path string) error, ext string) {
	for text, want := range texts {
		path := "source" + ext
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		start := time.Now()
		err := look(path)
		require.Error(t, err, "%q", text)
		assert.Contains(t, err.Error(), want, "%q", text)
		assert.Regexp(t, `which is a (device|pipe); expected a regular file|is a pipe; tools would look`, err.Error(), "%q", text)
		assert.Equal(t, fault.Usage, fault.Status(err), "%q", text)
		assert.Less(t, time.Since(start), 10*time.Second)
	}
}

func TestC(t *testing.T) {
	folder(t)
	look := func(path string) error { return C(path, "inc") }
	refusesAll(t, map[string]string{
		"#include \"/dev/zero\"\n":                              "/dev/zero",
		"#include </dev/zero>\n":                                "/dev/zero",
		"#include \"pipe\"":                                     "pipe",
		"#include \"./pipe\"\r\n":                               "pipe",
		"#include <pipe.h>\n":                                   "inc/pipe.h",
		"#include \"inc/../pipe\"\n":                            "pipe",
		"#include \"zero.h\"\n":                                 "inc/zero.h",
		"#include \"far.h\"\n":                                  "/dev/zero",
		"#/**/include/* */\"pipe\"\n":                           "pipe",
		"#inc\\\nlude \"pipe\"\n":                               "pipe",
		"#inc\\\r\nlude \"pipe\"\n":                             "pipe",
		"%:include \"pipe\"\n":                                  "pipe",
		"#include_next <pipe.h>\n":                              "pipe.h",
		"#import \"pipe\"\n":                                    "pipe",
		"const char x[] = {\n#embed \"/dev/random\"\n};\n":      "/dev/random",
		"#define X \"pipe\"\n#include X\n":                      "pipe",
		"#define X </dev/zero>\n#include X\n":                   "/dev/zero",
		"#if 0\n#endif\n/* x */ #include \"pipe\"\n":            "pipe",
		"char *s = \"// no comment\";\n#include \"pipe\"\n":     "pipe",
		"char *s = \"\\\"/*\";\n#include \"pipe\"\n":            "pipe",
		"__asm__(\".incbin \\\"/dev/zero\\\"\");\n":             "/dev/zero",
		"__asm__(\".include \\\"pipe\\\"\");\n":                 "pipe",
		strings.Repeat("// x\n", 10000) + "#include \"pipe\"\n": "pipe",
	}, look, ".c")
	for _, text := range []string{"", "#include \"good.h\"\n", "#include <stdio.h>\n", "#include \"nothing.h\"\n", "// #include \"pipe\"\n",
		"/* #include \"pipe\" */\n", "char *s = \"#include \\\"pipe\\\"\";\n", "#include \"loop.h\"\n", "#include \"inc\"\n", "#include \"\x00\"\n",
		"#include \"\"\n", "#include \"", "#", "/*", "\"", "\\", "#include <"} {
		require.NoError(t, os.WriteFile("good.c", []byte(text), 0o600))
		assert.NoError(t, look("good.c"), "%q", text)
	}
	for path, want := range map[string]string{"pipe": "pipe is a pipe", "/dev/zero": "/dev/zero is a device", "inc": "inc is a folder", "none": "no such file"} {
		assert.ErrorContains(t, look(path), want)
	}
}

func TestVerilog(t *testing.T) {
	folder(t)
	look := func(path string) error { return Verilog([]string{path}, []string{"inc", "."}, nil) }
	refusesAll(t, map[string]string{
		"`include \"/dev/zero\"\n":                             "/dev/zero",
		"`include </dev/zero>\n":                               "/dev/zero",
		"module m;`include \"pipe\"\nendmodule":                "pipe",
		"`include \"pipe.h\"":                                  "inc/pipe.h",
		"`include \"far.vh\"\n":                                "inc/deep/pipe.vh",
		"`include/* x */\"pipe\"\n":                            "pipe",
		"`include \\\n\"pipe\"\n":                              "pipe",
		"`define F \"pipe\"\n`include `F\n":                    "pipe",
		"`define F(x) \"/dev/zero\"\n`include `F(1)\n":         "/dev/zero",
		"`ifdef X\n`include \"pipe\"\n`endif\n":                "pipe",
		"module m; sub s(); endmodule\n":                       "sub.v is a pipe",
		"module m; plain #(1) s(); endmodule\n":                "plain is a pipe",
		"module m; initial $display(\"//\"); sub s; endmodule": "sub.v",
	}, look, ".v")
	for _, text := range []string{"", "`include \"good.vh\"\n", "`include \"none.vh\"\n", "// `include \"pipe\"\n", "/* sub */ module subs; endmodule",
		"module m; wire sub_x, xsub; endmodule", "module m; initial $readmemh(\"sub\", x); endmodule", "`include", "`include \"", "`", "`include \"inc\""} {
		require.NoError(t, os.WriteFile("good.sv", []byte(text), 0o600))
		assert.NoError(t, look("good.sv"), "%q", text)
	}
	for _, d := range []string{"F=\"pipe\"", "F=pipe", "F=/dev/zero", "F=\\\"/dev/zero\\\""} {
		assert.ErrorContains(t, Verilog([]string{"good.sv"}, []string{"."}, []string{d}), "option define F=", d)
	}
	assert.NoError(t, Verilog([]string{"good.sv"}, []string{".", "none"}, []string{"F", "F=8", "F="}))
	assert.ErrorContains(t, look("pipe"), "pipe is a pipe")
}

// Many files, each twice in the one before: each is read once.
func TestEachOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	for i := range 64 {
		name := strings.Repeat("a", i+1)
		require.NoError(t, os.WriteFile(name+".h", []byte("#include \""+name+"a.h\"\n#include \""+name+"a.h\"\n"), 0o600))
	}
	assert.NoError(t, C("a.h", filepath.Join(".")))
}
