package gateware

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

const howToInstall = "run scripts/bootstrap --fpga, or apt-get install yosys nextpnr-ice40 fpga-icestorm"

// tools are the programs that make a bitstream: $YOSYS, $NEXTPNR and $ICEPACK, or
// those in the path.
type tools struct {
	yosys, nextpnr, icepack string
	versions                string
}

// findTools locates the tools of an FPGA, or yosys alone.
func findTools(ctx context.Context, onlyYosys bool) (t tools, err error) {
	for _, f := range []struct {
		env, name string
		version   []string
		to        *string
	}{
		{"YOSYS", "yosys", []string{"-V"}, &t.yosys},
		{"NEXTPNR", "nextpnr-ice40", []string{"--version"}, &t.nextpnr},
		{"ICEPACK", "icepack", nil, &t.icepack},
	} {
		if onlyYosys && f.to != &t.yosys {
			continue
		}
		if *f.to, err = tool.Find(f.env, howToInstall, f.name); err != nil {
			return t, err
		}
		if *f.to, err = filepath.Abs(*f.to); err != nil { // it runs in another folder
			return t, err
		}
		if f.version == nil {
			continue
		}
		out, err := exec.CommandContext(ctx, *f.to, f.version...).CombinedOutput()
		if err != nil {
			return t, fault.Missingf("asking %s for its version: %w; %s", *f.to, err, howToInstall)
		}
		t.versions += strings.TrimSpace(string(out)) + "\n"
	}
	programs := []string{t.yosys, filepath.Join(filepath.Dir(t.yosys), "yosys-abc")}
	if !onlyYosys {
		programs = append(programs, t.nextpnr, t.icepack)
	}
	t.versions += cosim.Identity(programs, []string{"YOSYS*", "ABC*"})
	return t, nil
}

// Versions returns the versions and digests of the tools of an FPGA, for keys of what is made with them; of yosys
// alone without an FPGA's place and route. A tool that is missing is an error of status fault.Missing.
func Versions(ctx context.Context, place bool) (string, error) {
	t, err := findTools(ctx, !place)
	return t.versions, err
}

// errTooLong is the error of a tool that took more processor time than it may.
var errTooLong = errors.New("took too long")

// run runs a tool in a folder, in a sandbox, and returns its output; failed reports an exit status
// other than 0.
func run(ctx context.Context, dir, path string, args ...string) (output string, failed bool, err error) {
	return runFor(ctx, 0, dir, path, args...)
}

// runFor is run with a limit of processor time; 0 for the usual one.
func runFor(ctx context.Context, limit time.Duration, dir, path string, args ...string) (output string, failed bool, err error) {
	var out strings.Builder
	c := sandbox.Command{
		Path: path, Args: args, Dir: dir, Stdout: &out, Stderr: &out,
		Grant: sandbox.Grant{Write: []string{dir}}, Limits: sandbox.Limits{Processor: limit},
	}
	e := c.Run(ctx)
	var exit *sandbox.ExitError
	var violation *sandbox.Violation
	switch {
	case errors.As(e, &exit):
		return out.String(), true, nil
	case errors.As(e, &violation) && violation.Limit && limit > 0:
		return out.String(), true, errTooLong
	}
	return out.String(), false, tool.Ended(filepath.Base(path), e)
}

// errorLine returns the line of a tool's output that holds its error.
func errorLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, l := range lines {
		if strings.Contains(l, "ERROR") || strings.Contains(l, "Assert") {
			return strings.TrimSpace(l)
		}
	}
	return strings.TrimSpace(lines[len(lines)-1])
}
