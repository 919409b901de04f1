// Package vhdl makes Verilog of VHDL by GHDL, where that is installed.
//
// The Verilog is what GHDL's synthesis makes. All simulators read it, so only one tool reads the source.
// Start reading at [Tool.Verilog].
package vhdl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/suggest"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Tool is an installed GHDL.
type Tool struct {
	Path    string
	Version string // "GHDL 2.0.0"
	whole   string // all that it prints of its version
}

// Is reports whether a file is VHDL by its name.
func Is(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".vhd" || ext == ".vhdl"
}

// Find locates GHDL: $GHDL, else ghdl in the path. The error for a missing one has the status 3, and says how Verilog
// is made of the files elsewhere.
func Find(ctx context.Context, files []string) (Tool, error) {
	first := filepath.Base(files[0])
	name := strings.TrimSuffix(first, filepath.Ext(first))
	path, err := tool.Find("GHDL", fmt.Sprintf("apt-get install ghdl; or make Verilog of it elsewhere: "+
		"ghdl --synth --std=08 --out=verilog %s -e %s > %s.v", first, name, name), "ghdl")
	if err != nil {
		return Tool{}, fmt.Errorf("VHDL is not read without GHDL (%s): %w", first, err)
	}
	if path, err = filepath.Abs(path); err != nil { // it runs in another folder
		return Tool{}, err
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return Tool{}, fault.Missingf("%s --version failed: %w", path, err)
	}
	words := strings.Fields(string(out))
	return Tool{Path: path, Version: strings.Join(words[:min(2, len(words))], " "), whole: string(out)}, nil
}

// Design is VHDL to read.
type Design struct {
	Files    []string // in any order, absolute paths
	Top      string   // entity; empty: the one that no other instantiates
	Generics []string // NAME=value of the top
}

// Result is the Verilog of a design.
type Result struct {
	Path string // in the build cache
	Top  Entity
}

// verilogFile is the file in an entry of the build cache.
const verilogFile = "vhdl.v"

// standards are tried in this order: words that VHDL-2008 reserves are names in older sources.
var standards = []string{"08", "93c"}

// Verilog makes Verilog of the top entity and all below it. GHDL reads the given files and its own libraries, and no
// others.
func (t Tool) Verilog(ctx context.Context, d Design) (*Result, error) {
	var all []Entity
	for _, f := range d.Files {
		text, err := limits.ReadFile(f, mostBytes)
		if err != nil {
			return nil, fault.Usagef("reading %s: %w", f, err)
		}
		if foreign.MatchString(comments.ReplaceAllString(string(text), " ")) {
			return nil, fault.Usagef("%s: attribute foreign: subprograms in other languages are not read", f)
		}
		all = append(all, scan(f, string(text))...)
	}
	top, err := choose(all, d)
	if err != nil {
		return nil, err
	}
	given, err := buildcache.HashFiles(d.Files)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	key := &buildcache.Key{}
	key.Add("vhdl 1", t.Path, t.whole, buildcache.ProgramDigest(t.Path), os.Getenv("GHDL_PREFIX"), top.Name)
	for _, f := range given {
		key.Add(f.Path, f.SHA256)
	}
	key.Add(d.Generics...)
	dir, _, err := buildcache.Checked("vhdl", key.Sum(), func(dir string) (e buildcache.Evidence, err error) {
		start := time.Now()
		text, err := t.synth(ctx, d, top.Name)
		if err != nil {
			return e, err
		}
		e.Files = given
		e.Settle(start)
		return e, os.WriteFile(filepath.Join(dir, verilogFile), []byte(text), 0o644)
	})
	return &Result{filepath.Join(dir, verilogFile), top}, err
}

// foreign matches what makes a simulation call a function of C.
var foreign = regexp.MustCompile(`(?i)\battribute\s+foreign\b`)

const mostBytes = 64 * limits.MiB

// choose returns the top entity.
func choose(all []Entity, d Design) (Entity, error) {
	list := func(all []Entity) string {
		var names []string
		for _, e := range all {
			if e.File != "" {
				names = append(names, fmt.Sprintf("%s (%s:%d)", e.Name, filepath.Base(e.File), e.Line))
			}
		}
		return strings.Join(names, ", ")
	}
	found := tops(all)
	if d.Top != "" {
		found = slices.DeleteFunc(slices.Clone(all), func(e Entity) bool { return e.File == "" || !strings.EqualFold(e.Name, d.Top) })
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case list(all) == "":
		return Entity{}, fault.Usagef("no entity in %s", strings.Join(d.Files, " "))
	case d.Top != "":
		var names []string
		for _, e := range all {
			names = append(names, e.Name)
		}
		return Entity{}, fault.Usagef("no entity %s in %s; did you mean %v %s? There are: %s", d.Top, strings.Join(d.Files, " "), option.Top,
			suggest.Nearest(d.Top, names), list(all))
	case len(found) == 0:
		return Entity{}, fault.Usagef("every entity is instantiated by another: choose one with %v: %s", option.Top, list(all))
	}
	return Entity{}, fault.Usagef("%d entities are instantiated by no other: choose one with %v: %s", len(found), option.Top, list(found))
}

// synth runs GHDL and returns the Verilog. The error is that of the first standard.
func (t Tool) synth(ctx context.Context, d Design, top string) (text string, err error) {
	var first error
	for _, standard := range standards {
		text, err := t.synthAs(ctx, d, top, standard)
		if err == nil || ctx.Err() != nil || fault.Status(err) != fault.Usage {
			return text, err
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

func (t Tool) synthAs(ctx context.Context, d Design, top, standard string) (string, error) {
	work, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-ghdl-")
	if err != nil {
		return "", err
	}
	defer remove()
	options := []string{"--std=" + standard, "--workdir=" + work, "-fsynopsys", "-frelaxed"}
	run := func(command string, args ...string) (string, error) {
		var out, messages strings.Builder
		c := sandbox.Command{
			Path: t.Path, Args: append(append([]string{command}, options...), args...), Dir: work, Stdout: &out, Stderr: &messages,
			Env: []string{"TMPDIR=" + work}, Grant: sandbox.Grant{Read: d.Files, Write: []string{work}},
		}
		err := c.Run(ctx)
		var exit *sandbox.ExitError
		switch {
		case errors.As(err, &exit):
			return "", fault.Usagef("%s does not accept %s:\n%s", t.Version, strings.Join(d.Files, " "), tool.FirstLines(messages.String()+out.String(), 8))
		case err != nil:
			return "", tool.Ended("ghdl", err)
		}
		return out.String(), nil
	}
	// -i learns which units there are, -m analyses those of the top in the order in which they need each other.
	if _, err := run("-i", d.Files...); err != nil {
		return "", err
	}
	if _, err := run("-m", top); err != nil {
		return "", err
	}
	args := []string{"--out=verilog"}
	for _, g := range d.Generics {
		name, value, _ := strings.Cut(g, "=")
		args = append(args, "-g"+name+"="+strings.Trim(value, `"`))
	}
	text, err := run("--synth", append(args, top)...)
	if err == nil && !strings.Contains(text, "module "+top) {
		return "", fault.Usagef("%s makes no module %s of %s", t.Version, top, strings.Join(d.Files, " "))
	}
	return text, err
}
