package icarus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// Bench is a design in a testbench, compiled by Icarus Verilog. Its methods may
// be called by several goroutines at a time: each call is a process of its own.
type Bench struct {
	// Timeout is the longest time without a product; Open sets it to
	// [cosim.DefaultTimeout].
	Timeout time.Duration
	// Cached says whether the build cache had the simulation.
	Cached bool

	tools    toolchain
	design   *cosim.Design
	iface    *cosim.Interface
	path     string // of the compiled simulation
	warnings string
	grant    sandbox.Grant // of the design
}

// Version returns the name and version of the simulator: "Icarus Verilog 11.0".
func (b *Bench) Version() string { return b.tools.version }

// Warnings returns the first warnings of the compiler, a line each, "" if it had
// none. "@* found no sensitivities" among them explains a constant that stays x.
func (b *Bench) Warnings() string { return b.warnings }

// Open compiles the design of an RTL in a generated testbench, unless the build
// cache has it. The interface and the timing are those of r. If Icarus Verilog is
// missing, the error is one of [fault.Missingf]; if it cannot read the design, or
// reads files that Verilator did not read, the error is a [*ReadError].
func Open(ctx context.Context, r *cosim.RTL) (*Bench, error) {
	return open(ctx, r.Source(), r.Design, r.Iface, r.Timing)
}

func open(
	ctx context.Context, s cosim.Source, d *cosim.Design, f *cosim.Interface, timing cosim.Timing,
) (*Bench, error) {
	t, err := findTools(ctx)
	if err != nil {
		return nil, err
	}
	text, err := testbench(d, s, f, timing)
	if err != nil {
		return nil, err
	}
	b := &Bench{Timeout: cosim.DefaultTimeout, tools: t, design: d, iface: f, grant: d.Grant(s)}
	if err := b.build(ctx, s, d.Adapter+text); err != nil {
		return nil, err
	}
	return b, nil
}

// Files of an entry of the build cache.
const (
	vvpFile      = "design.vvp"
	warningsFile = "warnings"
	// While it is made:
	preambleFile = "approxtrain_preamble.v"
	benchFile    = "approxtrain_icarus.v"
	depsFile     = "deps"
)

func (b *Bench) build(ctx context.Context, s cosim.Source, bench string) error {
	folders, err := b.folders(s)
	if err != nil {
		return err
	}
	if err := b.safe(s, folders); err != nil {
		return err
	}
	key := &buildcache.Key{}
	key.Add("icarus 1", b.tools.whole, preamble, bench)
	key.Add(b.arguments(s, folders)...)
	for _, d := range b.design.Deps {
		key.Add(d.Path, d.SHA256)
	}
	for _, dir := range folders {
		key.Add(dir)
		key.Add(verilogIn(dir)...) // a new file can hide one further down
	}
	dir, hit, err := buildcache.Entry("icarus", key.Sum(), func(dir string) error {
		return b.compile(ctx, s, folders, bench, dir)
	})
	if err != nil {
		return err
	}
	warnings, err := os.ReadFile(filepath.Join(dir, warningsFile))
	if err != nil {
		return fmt.Errorf("reading what Icarus Verilog said of %s: %w", b.design.Top, err)
	}
	b.path, b.Cached, b.warnings = filepath.Join(dir, vvpFile), hit, string(warnings)
	return nil
}

// folders lists where includes and modules are looked for: the searched folders
// and, after them, the folder of the process and those of the files that
// Verilator read.
func (b *Bench) folders(s cosim.Source) ([]string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("looking for sources of %s: %w", b.design.Top, err)
	}
	dirs := append(s.Searched(), wd)
	for _, d := range b.design.Deps {
		dirs = append(dirs, filepath.Dir(d.Path))
	}
	var out []string
	for _, d := range dirs {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out, nil
}

// verilogIn lists the Verilog files of a folder; a folder that cannot be read
// holds none.
func verilogIn(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".v", ".sv", ".vh", ".svh", ".h", ".inc":
			names = append(names, e.Name())
		}
	}
	return names
}

// arguments returns the options that say how to read the sources.
func (b *Bench) arguments(s cosim.Source, folders []string) []string {
	args := []string{"-g2012"}
	if b.design.Language != "" {
		args = []string{"-g2005"} // words of SystemVerilog are names there
	}
	args = append(args, "-gsupported-assertions", "-s", top, "-Y.v", "-Y.sv")
	for _, d := range s.Defines {
		args = append(args, "-D"+d)
	}
	for _, d := range folders {
		args = append(args, "-I"+d, "-y"+d)
	}
	return args
}

// compile compiles in dir and leaves only the simulation and the warnings there.
func (b *Bench) compile(ctx context.Context, s cosim.Source, folders []string, bench, dir string) error {
	for name, text := range map[string]string{preambleFile: preamble, benchFile: bench} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
		defer os.Remove(filepath.Join(dir, name))
	}
	// In dir, and with temporary files there, since a shell sees these paths too.
	args := append(b.arguments(s, folders), "-o", vvpFile, "-Mall="+depsFile, preambleFile)
	args = append(append(args, s.Paths()...), benchFile)
	var messages strings.Builder
	c := sandbox.Command{
		Path: b.tools.iverilog, Args: args, Dir: dir, Stdout: &messages, Stderr: &messages,
		Env:   []string{"TMPDIR=.", "TMP=.", "PWD=" + dir},
		Grant: sandbox.Grant{Read: folders, Write: []string{dir}},
	}
	err := c.Run(sandbox.With(ctx, s.Grant()))
	defer os.Remove(filepath.Join(dir, depsFile))
	var exit *sandbox.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit):
		return b.readError(ofDesign(messages.String()))
	case err != nil:
		return tool.Ended("iverilog", fmt.Errorf("running %s: %w", b.tools.iverilog, err))
	}
	if err := b.checkDeps(filepath.Join(dir, depsFile), dir); err != nil {
		return err
	}
	if err := b.runnable(ctx, filepath.Join(dir, vvpFile)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, warningsFile), []byte(firstLines(ofDesign(messages.String()))), 0o644)
}

// checkDeps compares the files that Icarus Verilog read with those that Verilator read, by
// content: a simulator that read other text is no witness.
func (b *Bench) checkDeps(list, dir string) error {
	data, err := os.ReadFile(list)
	if err != nil {
		return fmt.Errorf("reading Icarus Verilog's list of sources: %w", err)
	}
	known := map[string]bool{}
	for _, d := range b.design.Deps {
		known[d.SHA256] = true
	}
	n := 0
	for path := range strings.Lines(string(data)) {
		path = strings.TrimSuffix(path, "\n")
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if base := filepath.Base(path); filepath.Dir(path) == dir && (base == preambleFile || base == benchFile) {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading a source that Icarus Verilog read: %w", err)
		}
		sum := sha256.Sum256(text)
		if !known[hex.EncodeToString(sum[:])] {
			return b.readError(fmt.Sprintf("it reads %s, which Verilator did not read, or not with this content", path))
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("the list of sources that Icarus Verilog read for %s is empty", b.design.Top)
	}
	return nil
}

// runnable starts the simulation without operands, which ends it at once: a
// system task that Icarus Verilog lacks is found only now.
func (b *Bench) runnable(ctx context.Context, path string) error {
	out := &output{}
	ctx, stop := context.WithTimeout(ctx, b.Timeout)
	defer stop()
	err := b.simulation(path, "", out).Run(ctx)
	if err != nil && ctx.Err() == nil && strings.Contains(out.String(), notRunnable) {
		return b.readError(out.String())
	}
	return nil // whatever else happens will happen again, and has a name then
}

const notRunnable = "Program not runnable"

func (b *Bench) readError(text string) *ReadError {
	return &ReadError{
		Tool: b.tools.version, Text: firstLines(text),
		Design: fmt.Sprintf("%s (%s:%d)", b.design.Top, b.design.File, b.design.Line),
	}
}

// ofDesign leaves out messages about the testbench, which nobody has written, if
// others are left.
func ofDesign(messages string) string {
	var own []string
	for _, l := range strings.Split(strings.TrimSpace(messages), "\n") {
		if !strings.Contains(l, top) {
			own = append(own, l)
		}
	}
	if len(own) == 0 {
		return messages
	}
	return strings.Join(own, "\n")
}

func firstLines(s string) string {
	const most = 5
	lines := strings.SplitN(strings.TrimSpace(s), "\n", most+1)
	if len(lines) > most {
		lines[most] = "…"
	}
	return strings.Join(lines, "\n")
}
