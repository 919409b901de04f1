package cosim

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"approxtrain/internal/fault"
	"approxtrain/internal/tool"
)

// toolchain is the Verilator and the C++ compiler in use, with their versions
// as they go into cache keys and table headers.
type toolchain struct {
	verilator string // path
	include   string // Verilator's run-time sources
	cxx       string
	// first lines of --version
	verilatorVersion, cxxVersion string
}

const howToInstall = "run scripts/bootstrap, or apt-get install verilator g++"

// findTools locates the tools: $VERILATOR and $CXX, else verilator and g++ in
// the path. needVerilator is false for C models.
func findTools(ctx context.Context, needVerilator bool) (t toolchain, err error) {
	if t.cxx, t.cxxVersion, err = findTool(ctx, "CXX", "g++"); err != nil {
		return t, err
	}
	if !needVerilator {
		return t, nil
	}
	if t.verilator, t.verilatorVersion, err = findTool(ctx, "VERILATOR", "verilator"); err != nil {
		return t, err
	}
	root, err := exec.CommandContext(ctx, t.verilator, "--getenv", "VERILATOR_ROOT").Output()
	if err != nil {
		return t, fault.Missingf("asking %s for VERILATOR_ROOT: %w; %s", t.verilator, err, howToInstall)
	}
	t.include = filepath.Join(strings.TrimSpace(string(root)), "include")
	return t, nil
}

func findTool(ctx context.Context, env, name string) (path, version string, err error) {
	if v := os.Getenv(env); v != "" {
		name = v
	}
	path, err = exec.LookPath(name)
	if err != nil {
		return "", "", fault.Missingf("%s is not installed (%w); %s", name, err, howToInstall)
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", "", fault.Missingf("%s --version failed: %w; %s", path, err, howToInstall)
	}
	version, _, _ = strings.Cut(string(out), "\n")
	return path, strings.TrimSpace(version), nil
}

// toolRun is a finished run of a tool.
type toolRun struct {
	stdout, stderr string
	failed         bool
}

// run runs a tool to its end; a tool that ends with a status other than 0 is
// no error here. When the context ends, the tool and what it started are
// killed.
func run(ctx context.Context, path string, args ...string) (toolRun, error) {
	var out, err strings.Builder
	cmd := tool.Command(ctx, path, args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	e := cmd.Run()
	r := toolRun{stdout: out.String(), stderr: err.String()}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(e, &exit) {
		r.failed = true
		return r, nil
	}
	return r, e
}
