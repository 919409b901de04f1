// Package yosys runs Yosys over the sources of a design.
// Yosys has a Verilog parser of its own. Its netlist serves as a second simulator (package
// netlist), and as a netlist that Verilator evaluates correctly (package cosim).
package yosys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Tool is an installed Yosys.
type Tool struct {
	Path    string
	Version string        // "Yosys 0.23"
	Most    time.Duration // of processor time; 0 means MostTime
}

func (t Tool) most() time.Duration {
	if t.Most != 0 {
		return t.Most
	}
	return MostTime
}

const howToInstall = "run scripts/bootstrap, or apt-get install yosys"

// Find locates Yosys: $YOSYS, else yosys in the path. A missing one is a fault of
// status 3.
func Find(ctx context.Context) (Tool, error) {
	path, err := tool.Find("YOSYS", howToInstall, "yosys")
	if err != nil {
		return Tool{}, err
	}
	out, err := exec.CommandContext(ctx, path, "-V").Output()
	if err != nil {
		return Tool{}, fault.Missingf("%s -V failed: %w; %s", path, err, howToInstall)
	}
	version, _, _ := strings.Cut(string(out), "(")
	return Tool{Path: path, Version: strings.TrimSpace(version)}, nil
}

// Source is the Verilog of a design, in the terms of Yosys.
type Source struct {
	Files   []string      // absolute paths
	Others  []File        // in other languages than Verilog, which are read before; cell libraries behind
	Cells   bool          // cells of libraries stay what they are
	Folders []string      // absolute paths: searched for includes and for modules by their names
	Defines []string      // NAME or NAME=value
	Grant   sandbox.Grant // what Yosys may reach beside these
	Plain   bool          // Verilog-2005, where words that SystemVerilog reserves are names
	// Shell is Verilog-2005 with the module Top, which holds the design with its
	// parameters: those that are texts cannot be given on Yosys's command line.
	Shell, Top string
	// Searched says, of the files that were read, where else they were looked for.
	Searched func(read []buildcache.File) buildcache.Search
}

// File is a file in another language than Verilog.
type File struct {
	Path   string // absolute
	Reader Reader
}

// Reader is a command that reads a language.
type Reader string

const (
	// BLIF joins the ports name[0], name[1], … to one.
	BLIF Reader = "read_blif -wideports"
	// Liberty reads a cell library behind the Verilog, whose modules come before cells of their names. Cells of which it
	// does not understand everything are left out.
	Liberty Reader = "read_liberty -nooverwrite -ignore_miss_func -ignore_miss_dir -ignore_miss_data_latch"
)

// paths returns the files of all languages.
func (s Source) paths() []string {
	out := slices.Clone(s.Files)
	for _, f := range s.Others {
		out = append(out, f.Path)
	}
	return out
}

// read returns the commands that read the source and elaborate its top. Folders are named by links
// in dir, since Yosys takes no space in them.
// With deferred, modules are elaborated only where the design has them.
func (s Source) read(dir string, deferred bool) (string, error) {
	var b strings.Builder
	option := ""
	if deferred {
		option = "-defer "
	}
	var libs []string
	for n, f := range s.Folders {
		link := folderLink(dir, n)
		if err := os.Symlink(f, link); err != nil && !(deferred && errors.Is(err, fs.ErrExist)) {
			return "", err
		}
		fmt.Fprintf(&b, "verilog_defaults -add -I%s\n", link)
		libs = append(libs, "-libdir "+link)
	}
	if !s.Plain {
		b.WriteString("verilog_defaults -add -sv\n")
	}
	for _, d := range s.Defines {
		fmt.Fprintf(&b, "verilog_defaults -add -D%s\n", d)
	}
	for _, f := range s.Others {
		if f.Reader != Liberty {
			fmt.Fprintf(&b, "%s \"%s\"\n", f.Reader, f.Path)
		}
	}
	for _, f := range s.Files {
		fmt.Fprintf(&b, "read_verilog %s\"%s\"\n", option, f)
	}
	for _, f := range s.Others {
		if f.Reader != Liberty {
			continue
		}
		reader := f.Reader
		if s.Cells {
			reader += " -lib"
		}
		fmt.Fprintf(&b, "%s \"%s\"\n", reader, f.Path)
	}
	shell := filepath.Join(dir, "shell.v")
	if err := os.WriteFile(shell, []byte(s.Shell), 0o644); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "read_verilog %s\nhierarchy -check -top %s %s\n", shell, s.Top, strings.Join(libs, " "))
	return b.String(), nil
}

// folderLink is the link to folder number n.
func folderLink(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("folder%d", n)) }

// ReadError tells of a design that Yosys does not read.
type ReadError struct {
	Version string
	Text    string // what it printed, from its error on
}

func (e *ReadError) Error() string { return e.Version + " does not read the design: " + e.Text }

// depsFile is a make rule with the files that Yosys read.
const depsFile = "read.d"

// MostTime is the processor time of a run, unless APPROXTRAIN_LIMIT_PROCESSOR sets another. A large multiplier takes
// seconds; nested ternary operators take a time that grows with the cube of their depth: 2,000 take minutes.
const MostTime = time.Minute

// Run reads the source and runs commands, in which DIR/ stands for the folder dir, an absolute path
// without a space. It returns the warnings that were printed. Yosys runs in the current folder, where
// it looks for the data of $readmemh first.
func (t Tool) Run(ctx context.Context, s Source, dir string, commands string) (warnings []string, err error) {
	warnings, err = t.run(ctx, s, dir, commands, false)
	var unread *ReadError
	if errors.As(err, &unread) && strings.Contains(unread.Text, "System task") {
		// Yosys runs the $finish of a testbench beside the design, unless it elaborates only what the design has.
		return t.run(ctx, s, dir, commands, true)
	}
	return warnings, err
}

func (t Tool) run(ctx context.Context, s Source, dir string, commands string, deferred bool) (warnings []string, err error) {
	read, err := s.read(dir, deferred)
	if err != nil {
		return nil, err
	}
	script := filepath.Join(dir, "script.ys")
	if err := os.WriteFile(script, []byte(read+strings.ReplaceAll(commands, "DIR/", dir+"/")), 0o644); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	c := sandbox.Command{
		Path: t.Path, Args: []string{"-q", "-E", filepath.Join(dir, depsFile), "-s", script}, Stdout: &out, Stderr: &out,
		Grant: sandbox.Grant{Read: append(slices.Clone(s.Folders), s.paths()...), Write: []string{dir}},
	}
	if !sandbox.ProcessorSet() {
		c.Limits.Processor = t.most()
	}
	e := c.Run(sandbox.With(ctx, s.Grant))
	text := out.String()
	var exit *sandbox.ExitError
	var violation *sandbox.Violation
	switch {
	case errors.As(e, &violation) && violation.Processor && c.Limits.Processor != 0:
		return nil, &ReadError{t.Version, fmt.Sprintf("it takes more than %v of processor time, as it does for expressions "+
			"that are nested deeply", t.most())}
	case errors.As(e, &exit):
		return nil, &ReadError{t.Version, errorText(text)}
	case e != nil:
		return nil, tool.Ended("yosys", e)
	}
	for line := range strings.Lines(text) {
		if w, is := strings.CutPrefix(strings.TrimSpace(line), "Warning: "); is {
			warnings = append(warnings, w)
		}
	}
	return warnings, nil
}

// errorText returns the line with the error, or the last one.
func errorText(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, l := range lines {
		if strings.Contains(l, "ERROR") || strings.Contains(l, "Assert") {
			return strings.TrimSpace(l)
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}
