package cosim

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
	"github.com/approxtrain/approxtrain/internal/tool"
)

// toolchain is the Verilator and the C++ compiler in use, with their versions
// as they go into cache keys and table headers.
type toolchain struct {
	verilator string // path
	include   string // Verilator's run-time sources
	cxx       string
	// first lines of --version
	verilatorVersion, cxxVersion string
	// digests of the programs behind these names and of the variables they read
	verilatorID, cxxID string
}

const howToInstall = "run scripts/bootstrap, or apt-get install verilator g++"

// findTools locates the tools: $VERILATOR and $CXX, else verilator and g++ in
// the path. needVerilator is false for C models.
func findTools(ctx context.Context, needVerilator bool) (t toolchain, err error) {
	if t.cxx, err = findPath("CXX", "g++"); err != nil {
		return t, err
	}
	if t.cxxVersion, err = versionOf(ctx, t.cxx); err != nil {
		return t, err
	}
	t.cxxID = Identity(append([]string{t.cxx}, compilerPrograms(ctx, t.cxx)...), compilerVariables)
	if !needVerilator {
		return t, nil
	}
	if t.verilator, err = findPath("VERILATOR", "verilator"); err != nil {
		return t, err
	}
	if program := verilatorProgram(t.verilator); program != "" {
		t.verilator = program
	}
	if t.verilatorVersion, err = versionOf(ctx, t.verilator); err != nil {
		return t, err
	}
	root, err := exec.CommandContext(ctx, t.verilator, "--getenv", "VERILATOR_ROOT").Output()
	if err != nil {
		return t, fault.Missingf("asking %s for VERILATOR_ROOT: %w; %s", t.verilator, err, howToInstall)
	}
	t.include = filepath.Join(strings.TrimSpace(string(root)), "include")
	t.verilatorID = Identity([]string{
		t.verilator, filepath.Join(filepath.Dir(resolved(t.verilator)), "verilator_bin"), os.Getenv("VERILATOR_BIN"),
		filepath.Join(strings.TrimSpace(string(root)), "bin", "verilator_bin"), "verilator_bin",
	}, verilatorVariables)
	return t, nil
}

// verilatorProgram returns the program beside Verilator's start script, which is in Perl and
// takes longer than the program does for a small design. The script raises the limit of the
// stack, as the sandbox does for every tool, looks at variables, and starts the program with
// the same arguments. It returns "" where the script is another one, where a variable of
// Verilator's is set, and where there is no such program.
func verilatorProgram(script string) string {
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "VERILATOR_") {
			return ""
		}
	}
	script = resolved(script)
	f, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "#!") || !strings.Contains(line, "perl") {
		return ""
	}
	program, err := exec.LookPath(filepath.Join(filepath.Dir(script), "verilator_bin"))
	if err != nil {
		return ""
	}
	return program
}

// Variables that change what the tools read or make; a * at the end stands for
// anything.
var (
	verilatorVariables = []string{"VERILATOR_*", "SYSTEMC*"}
	compilerVariables  = []string{"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "GCC_*", "CCC_*", "COMPILER_PATH", "LIBRARY_PATH",
		"LD_RUN_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "LDEMULATION", "GNUTARGET", "COLLECT_*"}
)

// identity returns what goes into the key of an entry that Verilator and the
// compiler make.
func (t toolchain) identity() []string {
	return []string{t.verilatorVersion, t.verilatorID, t.cxxVersion, t.cxxID}
}

// Versions returns the versions and digests of Verilator and the C++ compiler, for keys of what is made with them.
// A tool that is missing is an error of status 3; verilator says whether Verilator is needed.
func Versions(ctx context.Context, verilator bool) (string, error) {
	t, err := findTools(ctx, verilator)
	return strings.Join(t.identity(), "\n"), err
}

// Identity returns a digest of programs and variables: of a program its place and
// its content.
func Identity(programs, variables []string) string {
	key := &buildcache.Key{}
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			continue // one place of several
		}
		path = resolved(path)
		key.Add(path, buildcache.ProgramDigest(path))
	}
	for _, v := range slices.Sorted(slices.Values(os.Environ())) {
		name, value, _ := strings.Cut(v, "=")
		if slices.ContainsFunc(variables, func(pattern string) bool {
			stem, any := strings.CutSuffix(pattern, "*")
			return name == pattern || any && strings.HasPrefix(name, stem)
		}) {
			key.Add(v)
			if value != "" { // which may name a folder relative to this one
				key.Add(absolute("."))
			}
		}
	}
	return key.Sum()
}

// compilerPrograms returns the programs that a compiler runs, as far as it tells.
func compilerPrograms(ctx context.Context, cxx string) (out []string) {
	for _, name := range []string{"cc1plus", "cc1", "as", "ld"} {
		path, err := exec.CommandContext(ctx, cxx, "-print-prog-name="+name).Output()
		if err == nil && strings.TrimSpace(string(path)) != "" {
			out = append(out, strings.TrimSpace(string(path)))
		}
	}
	return out
}

// resolved follows links as far as it can.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// findPath returns the absolute path of a tool, which runs in other folders as well: that in a
// variable, else the name in the path.
func findPath(env, name string) (string, error) {
	path, err := tool.Find(env, howToInstall, name)
	if err != nil {
		return "", err
	}
	return absolute(path), nil
}

// versionOf returns the first line that a tool prints for --version.
func versionOf(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fault.Missingf("%s --version failed: %w; %s", path, err, howToInstall)
	}
	version, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(version), nil
}

// toolRun is a finished run of a tool.
type toolRun struct {
	stdout, stderr string
	failed         bool
}

// run runs a tool in a sandbox to its end; an exit status other than 0 is no error here. The tool
// reads and writes only what the context grants.
func run(ctx context.Context, path string, args ...string) (toolRun, error) {
	return runIn(ctx, "", path, args...)
}

// runIn is run in a folder, which is the tool's own.
func runIn(ctx context.Context, dir, path string, args ...string) (toolRun, error) {
	var out, err strings.Builder
	c := sandbox.Command{Path: path, Args: args, Dir: dir, Stdout: &out, Stderr: &err}
	if dir != "" {
		c.Grant.Write = []string{dir}
	}
	e := c.Run(ctx)
	r := toolRun{stdout: out.String(), stderr: err.String()}
	var exit *sandbox.ExitError
	if errors.As(e, &exit) {
		r.failed = true
		return r, nil
	}
	return r, tool.Ended(filepath.Base(path), e)
}

// writing grants a folder to the tools that a context runs.
func writing(ctx context.Context, dir string) context.Context {
	return sandbox.With(ctx, sandbox.Grant{Write: []string{dir}})
}

// granted grants a source to the tools that a context runs.
func (s Source) granted(ctx context.Context) context.Context { return sandbox.With(ctx, s.Grant()) }

// Grant is what tools may read for a source: its files, with the projects and folders that they
// are in, and everything if it is trusted.
func (s Source) Grant() sandbox.Grant {
	g := sandbox.Grant{Read: append(s.Searched(), s.Paths()...), Trusted: s.Trust}
	for _, f := range s.Paths() {
		g.Read = append(g.Read, sandbox.Project(filepath.Dir(f)))
	}
	return g
}
