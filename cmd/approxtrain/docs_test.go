package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/docs"
)

const repository = "../.."

// withoutCommands lists the pages that have no command for this test, each with the reason.
var withoutCommands = map[string]string{
	"docs/protocol.md": "TestExamples of fpga/link replays its frames",
	"docs/vectors.md":  "TestVectors of cpu and internal/onnxruntime reads its file",
}

// longestCommand ends a command of a page that hangs.
const longestCommand = 5 * time.Minute

// TestDocsLong runs the commands in README.md and docs/*.md as a reader would: those of one page in their order in one
// folder that holds the page's files and the examples. It compares the shown outputs. Blocks that are marked board,
// gpu, network or long are not run.
func TestDocsLong(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"verilator", "yosys", "iverilog", "bash"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			t.Skipf("no %s", tool)
		}
	}
	cache, err := os.UserCacheDir() // builds are shared with the scripts
	require.NoError(t, err)
	pages, err := docs.Pages(repository)
	require.NoError(t, err)
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := &pageRun{folder: t.TempDir(), cache: cache, page: page}
			p.run(t)
			t.Logf("%d commands ran, %d did not, %d outputs were compared", p.ran, p.left, p.compared)
			if withoutCommands[page] == "" {
				assert.NotZero(t, p.ran, "no command of the page ran")
			}
			assert.Equal(t, p.all, p.ran+p.left, "a command was neither run nor named as one that is not")
		})
	}
}

// pageRun is one reader of one page.
type pageRun struct {
	page, folder, cache string
	stdout, stderr      string // of the last sh block
	shown               bool   // whether the last sh block ran, so that its output can be compared
	all, ran, left      int    // commands
	compared            int    // outputs
}

func (p *pageRun) run(t *testing.T) {
	require.NoError(t, os.CopyFS(filepath.Join(p.folder, "examples"), os.DirFS(filepath.Join(repository, "examples"))))
	text, err := os.ReadFile(filepath.Join(repository, p.page))
	require.NoError(t, err)
	blocks, err := docs.Parse(p.page, string(text))
	require.NoError(t, err)
	for _, b := range blocks {
		if b.Kind == "sh" {
			p.all += len(b.Commands())
		}
	}
	for _, b := range blocks {
		switch b.Kind {
		case "sh":
			p.block(t, b)
		case "output", "stderr":
			p.compare(t, b)
		case "text":
		default:
			require.Len(t, b.Words, 1, "%s: a block of %s names its file", b.Where(), b.Kind)
			require.NoError(t, os.WriteFile(filepath.Join(p.folder, b.Words[0]), []byte(b.Text), 0o644))
		}
		if t.Failed() {
			return // what follows needs what failed
		}
	}
}

// block runs the commands of an sh block, unless its marks say that a test can't.
func (p *pageRun) block(t *testing.T, b docs.Block) {
	marks, err := b.Marks()
	require.NoError(t, err)
	commands := b.Commands()
	require.NotEmpty(t, commands, "%s: a block without a command", b.Where())
	p.stdout, p.stderr, p.shown = "", "", false
	if marks.Needs != "" && os.Getenv("CI") != "true" {
		if _, err := exec.LookPath(marks.Needs); err != nil {
			marks.Skip = "no " + marks.Needs
			t.Logf("%s is left out: %s", b.Where(), marks.Skip)
		}
	}
	if marks.Skip != "" {
		p.left += len(commands)
		return
	}
	if marks.Background {
		require.Len(t, commands, 1, "%s: one command in the background", b.Where())
		p.background(t, commands[0])
		return
	}
	p.shown = true
	for _, c := range commands {
		p.command(t, c)
	}
}

// program returns a command of a page, to be run by bash in the page's folder, as a process group of its own.
func (p *pageRun) program(ctx context.Context, c docs.Command) *exec.Cmd {
	x := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", c.Text)
	x.Dir = p.folder
	x.Env = append(os.Environ(), "XDG_CACHE_HOME="+p.cache, "APPROXTRAIN_DATA=")
	x.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	x.Cancel = func() error { return syscall.Kill(-x.Process.Pid, syscall.SIGINT) }
	x.WaitDelay = 10 * time.Second
	return x
}

func (p *pageRun) command(t *testing.T, c docs.Command) {
	ctx, cancel := context.WithTimeout(t.Context(), longestCommand)
	defer cancel()
	var stdout, stderr bytes.Buffer
	x := p.program(ctx, c)
	x.Stdout, x.Stderr = &stdout, &stderr
	begin := time.Now()
	err := x.Run()
	status := 0
	if e := (*exec.ExitError)(nil); errors.As(err, &e) {
		status = e.ExitCode()
	} else {
		require.NoError(t, err)
	}
	p.ran++
	t.Logf("%s:%d: %.1f s: %s", c.Page, c.Line, time.Since(begin).Seconds(), c.Text)
	assert.Equal(t, c.Status, status, "%s:%d: the exit status of %s\n%s%s", c.Page, c.Line, c.Text, &stdout, &stderr)
	p.stdout += stdout.String()
	p.stderr += stderr.String()
}

// background starts a command that serves until the page ends, and waits for its first line.
func (p *pageRun) background(t *testing.T, c docs.Command) {
	ctx, stop := context.WithCancel(context.Background())
	x := p.program(ctx, c)
	var stderr bytes.Buffer
	x.Stderr = &stderr
	out, err := x.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, x.Start())
	p.ran++
	first := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := bufio.NewReader(out)
		_, err := r.ReadString('\n')
		first <- err
		io.Copy(io.Discard, r)
	}()
	end := func() { stop(); <-done; x.Wait() }
	select {
	case err = <-first:
	case <-time.After(longestCommand):
		err = errors.New("it prints nothing")
	}
	if err != nil {
		end()
		require.NoError(t, err, "%s:%d: %s\n%s", c.Page, c.Line, c.Text, &stderr)
	}
	t.Cleanup(end)
}

// compare compares an output that the page shows with that of the sh block before it.
func (p *pageRun) compare(t *testing.T, b docs.Block) {
	if !p.shown {
		return // the block before it was not run
	}
	p.compared++
	var err error
	if b.Kind == "stderr" {
		err = docs.MatchPart(b.Text, p.stderr)
	} else {
		err = docs.Match(b.Text, p.stdout)
	}
	assert.NoError(t, err, b.Where())
}

// TestNamesInDocs checks commands that no test runs, and those in the prose: each subcommand and flag of approxtrain,
// each target of make and each script exists.
func TestNamesInDocs(t *testing.T) {
	pages, err := docs.Pages(repository)
	require.NoError(t, err)
	makefile, err := os.ReadFile(filepath.Join(repository, "Makefile"))
	require.NoError(t, err)
	checked := 0
	for _, page := range append(pages, "ARCHITECTURE.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(filepath.Join(repository, page))
		require.NoError(t, err)
		commands := docs.Spans(string(text))
		blocks, err := docs.Parse(page, string(text))
		require.NoError(t, err)
		for _, b := range blocks {
			if b.Kind == "sh" {
				for _, c := range b.Commands() {
					commands = append(commands, c.Text)
				}
			}
		}
		for _, c := range commands {
			known, err := existing(strings.Fields(c), string(makefile))
			assert.NoError(t, err, "%s: %s", page, c)
			checked += known
		}
	}
	t.Logf("%d commands checked", checked)
	assert.Greater(t, checked, 100)
}

// TestExamplesInHelp checks the same of the examples that the help texts show.
func TestExamplesInHelp(t *testing.T) {
	checked := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			known, err := existing(strings.Fields(line), "")
			assert.NoError(t, err, "%s: %s", c.CommandPath(), line)
			checked += known
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
	assert.Greater(t, checked, 40)
}

// existing checks the names in a command. It returns 1 if the command is one that it knows.
func existing(words []string, makefile string) (known int, err error) {
	for i, w := range words {
		if strings.HasPrefix(w, "#") {
			words = words[:i]
			break
		}
	}
	for len(words) > 0 && strings.Contains(words[0], "=") && !strings.HasPrefix(words[0], "-") {
		words = words[1:] // variables of the environment
	}
	switch {
	case len(words) == 0:
		return 0, nil
	case words[0] == "make" && len(words) > 1 && !strings.Contains(words[1], "="):
		if !strings.Contains(makefile, "\n"+strings.TrimRight(words[1], ",.")+":") {
			return 1, errors.New("the Makefile has no such target")
		}
		return 1, nil
	case strings.HasPrefix(words[0], "scripts/"):
		_, err := os.Stat(filepath.Join(repository, words[0]))
		return 1, err
	case words[0] != "approxtrain" || len(words) == 1:
		return 0, nil
	}
	root := newRoot()
	c, rest, err := root.Find(words[1:])
	if err != nil {
		return 1, err
	}
	if c == root {
		return 1, errors.New("there is no such command")
	}
	c.InitDefaultHelpFlag()
	for _, w := range rest {
		name, isLong := strings.CutPrefix(w, "--")
		name, _, _ = strings.Cut(name, "=")
		if isLong && c.Flags().Lookup(name) == nil {
			return 1, errors.New(c.CommandPath() + " has no flag --" + name)
		}
	}
	return 1, nil
}
