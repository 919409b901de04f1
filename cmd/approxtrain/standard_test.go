package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/cli"
)

// full runs a command with /dev/full as its standard output.
func full(t *testing.T, dir string, args ...string) (status int, message string) {
	t.Helper()
	out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer out.Close()
	c := program(t, dir, args...)
	var text bytes.Buffer
	c.Stdout, c.Stderr = out, &text
	c.Run()
	return c.ProcessState.ExitCode(), text.String()
}

const fullMessage = "approxtrain: standard output is not complete: write /dev/stdout: no space left on device\n"

// A standard output that is full is an error of every command's help.
func TestFullOutputOfHelp(t *testing.T) {
	checked := 0
	var each func(c *cobra.Command)
	each = func(c *cobra.Command) {
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		status, message := full(t, t.TempDir(), args...)
		assert.Equal(t, 1, status, "%s", args)
		assert.Equal(t, fullMessage, message, "%s", args)
		checked++
		for _, sub := range c.Commands() {
			each(sub)
		}
	}
	root := newRoot()
	root.InitDefaultCompletionCmd()
	each(root)
	assert.GreaterOrEqual(t, checked, 25)
}

// And of what every command prints.
func TestFullOutputLong(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeImages(filepath.Join(dir, "set")))
	for name, text := range map[string]string{"mul.c": "int mul(int a, int b) { return a * b; }\n", "mul.v": mulV} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	train := []string{"train", "--model", "lenet-5", "--data", "./set", "--batch", "50", "--epochs", "1", "--mult", "mitchell_e8m3"}
	out, err := func() ([]byte, error) {
		c := program(t, dir, append(train, "--name", "one")...)
		return c.CombinedOutput()
	}()
	require.NoError(t, err, "%s", out)
	tests := [][]string{
		{}, {"data"}, {"completion", "bash"},
		{"list"}, {"list", "--json"}, {"list", "--errors", "--filter", "drum6_u8"},
		{"inspect", "drum6_u8"}, {"inspect", "drum6_u8", "--json"}, {"convert", "drum6_u8", "drum6.csv"},
		{"data", "list"}, {"data", "list", "--json"}, {"data", "show", "digits"},
		append(train, "--name", "two"), append(train, "--name", "three", "--json"), append(train, "--dry-run"),
		{"eval", "runs/one", "--data", "./set"}, {"eval", "runs/one", "--data", "./set", "--json"},
		{"bench", "--model", "lenet-300-100", "--batch", "2", "--steps", "1"}, {"bench", "--model", "lenet-300-100", "--batch", "2", "--steps", "1", "--json"},
	}
	tools := func(tool string, more ...[]string) {
		if _, err := exec.LookPath(tool); err == nil || os.Getenv("CI") == "true" {
			tests = append(tests, more...)
		}
	}
	tools("cc", []string{"lut", "--c", "mul.c", "--width", "4"}, []string{"lut", "--c", "mul.c", "--width", "4", "--json"},
		[]string{"check", "--c", "mul.c", "--width", "4", "--golden", "exact", "--junit", "mul.xml"},
		[]string{"check", "--c", "mul.c", "--width", "4", "--golden", "exact", "--json"})
	tools("verilator", []string{"regress", "--filter", "exact_u8"}, []string{"regress", "--filter", "exact_u8", "--json"})
	tools("yosys", []string{"synth", "exact_u8", "--board", "hx8k"}, []string{"synth", "exact_u8", "--board", "hx8k", "--json"})
	for _, args := range tests {
		status, message := full(t, dir, args...)
		assert.Equal(t, 1, status, "%s: %s", args, message)
		assert.True(t, strings.HasSuffix(message, fullMessage), "%s: %s", args, message)
	}
	assert.GreaterOrEqual(t, len(tests), 19)
	// The work is done all the same.
	assert.FileExists(t, filepath.Join(dir, "drum6.csv"))
	assert.FileExists(t, filepath.Join(dir, "runs", "two", "mitchell_e8m3.safetensors"))
	// Wrong usage stays wrong usage.
	status, message := full(t, dir, "list", "--nope")
	assert.Equal(t, 2, status, message)
}

// Where nobody reads any more, a command ends as other programs do: without a word, even one
// with much to do.
func TestOutputNobodyReads(t *testing.T) {
	c := program(t, t.TempDir(), "train", "--model", "lenet-5", "--epochs", "10000", "--steps", "1", "--batch", "2", "--mult", "fp32")
	r, w, err := os.Pipe()
	require.NoError(t, err)
	var text bytes.Buffer
	c.Stdout, c.Stderr = w, &text
	require.NoError(t, c.Start())
	defer c.Process.Kill()
	w.Close()
	_, err = bufio.NewReaderSize(r, 16).ReadString('\n')
	require.NoError(t, err)
	r.Close()
	c.Wait()
	assert.Equal(t, 128+int(syscall.SIGPIPE), c.ProcessState.ExitCode(), "%s", &text)
	assert.NotContains(t, text.String(), "approxtrain:")
}

// starts starts a command that hangs until a signal ends it and waits until it hangs, in a
// session of its own, on a terminal if one is given. With wrapper, that starts it.
func starts(t *testing.T, terminal *os.File, wrapper ...string) (c *exec.Cmd, text *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "experiment.yaml")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	c = program(t, dir, "train", fifo)
	if len(wrapper) > 0 {
		link := filepath.Join(dir, "approxtrain") // the name tells the test binary what to be
		require.NoError(t, os.Symlink(c.Path, link))
		path, err := exec.LookPath(wrapper[0])
		require.NoError(t, err)
		c.Path, c.Args = path, append(wrapper, link, "train", fifo)
	}
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if terminal != nil {
		c.Stdin = terminal
		c.SysProcAttr.Setctty = true
	}
	text = &bytes.Buffer{}
	c.Stderr = text
	require.NoError(t, c.Start())
	watch := time.AfterFunc(2*time.Minute, func() { c.Process.Kill() })
	t.Cleanup(func() { watch.Stop(); c.Process.Kill() })
	require.Eventually(t, func() bool { // it catches TERM and sits in open
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
		_, caught, _ := strings.Cut(string(status), "SigCgt:\t")
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.Process.Pid))
		return len(caught) > 12 && caught[12]&4 != 0 && bytes.Contains(name, []byte("experiment.yaml"))
	}, time.Minute, 10*time.Millisecond)
	time.Sleep(300 * time.Millisecond) // main has begun long since
	return c, text
}

// A second signal ends a command at once. One of three tries has to show it, on a machine that
// does other work.
func TestSecondSignal(t *testing.T) {
	var took time.Duration
	for range 3 {
		c, text := starts(t, nil)
		start := time.Now()
		require.NoError(t, c.Process.Signal(syscall.SIGINT))
		time.Sleep(200 * time.Millisecond)
		require.NoError(t, c.Process.Signal(syscall.SIGTERM))
		c.Wait()
		took = time.Since(start)
		assert.Equal(t, 130, c.ProcessState.ExitCode(), "of the first")
		assert.Equal(t, "approxtrain: interrupted\n", text.String())
		if took < cli.Grace {
			return
		}
	}
	t.Errorf("it took %v", took)
}

// Under nohup a command does not hear of HUP, and hears of the others.
func TestNohup(t *testing.T) {
	c, text := starts(t, nil, "nohup")
	require.NoError(t, c.Process.Signal(syscall.SIGHUP))
	time.Sleep(2 * time.Second)
	require.NoError(t, c.Process.Signal(syscall.Signal(0)), "it is there")
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	c.Wait()
	assert.Equal(t, 143, c.ProcessState.ExitCode())
	assert.Contains(t, text.String(), "approxtrain: terminated\n")
}

// In the background of a script INT is ignored. It stays so where it may come from Ctrl-C of
// a terminal; elsewhere somebody who sends INT means the command.
func TestBackground(t *testing.T) {
	script := []string{"sh", "-c", `trap "" INT; exec "$@"`, "sh"}
	c, text := starts(t, nil, script...)
	require.NoError(t, c.Process.Signal(syscall.SIGINT))
	c.Wait()
	assert.Equal(t, 130, c.ProcessState.ExitCode())
	assert.Equal(t, "approxtrain: interrupted\n", text.String())

	control, terminal, err := pty.Open()
	require.NoError(t, err)
	defer control.Close()
	c, _ = starts(t, terminal, script...)
	terminal.Close()
	require.NoError(t, c.Process.Signal(syscall.SIGINT))
	time.Sleep(2 * time.Second)
	require.NoError(t, c.Process.Signal(syscall.SIGTERM), "it is there")
	c.Wait()
	assert.Equal(t, 143, c.ProcessState.ExitCode())

	control2, terminal, err := pty.Open()
	require.NoError(t, err)
	defer control2.Close()
	c, _ = starts(t, terminal) // in the foreground, not of a script's background
	terminal.Close()
	_, err = control2.Write([]byte{3}) // Ctrl-C
	require.NoError(t, err)
	c.Wait()
	assert.Equal(t, 130, c.ProcessState.ExitCode())
}
