package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	signalRounds = flag.Int("signals", 40, "random signals that TestSignalsLong sends")
	signalSeed   = flag.Uint64("signals-seed", 1, "seed of TestSignalsLong")
	signalCase   = flag.String("signals-case", "", "only the kinds of commands of TestSignalsLong whose name matches the regexp")
)

// program starts the test binary under the name approxtrain (see TestMain), in a process
// group of its own.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(path)
	c.Args = append([]string{"approxtrain"}, args...)
	c.Dir = dir
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// messages are the last lines of a program that a signal ended.
var messages = map[syscall.Signal]string{syscall.SIGINT: "interrupted", syscall.SIGTERM: "terminated", syscall.SIGHUP: "hung up"}

// allowed is how long a program may take to end after a signal: two seconds, and more on a
// machine that has more to do than it has processors.
func allowed() time.Duration {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	if l, err := strconv.ParseFloat(load, 64); err != nil || l <= float64(runtime.NumCPU()) {
		return 2 * time.Second
	}
	return 4 * time.Second
}

// TestSignalsLong sends random signals to all kinds of commands at random moments. Each command
// ends in time and with the right status, and leaves nothing: no process, no temporary file,
// no output that is not complete. -signals N sends N.
func TestSignalsLong(t *testing.T) {
	// A command leaves HUP ignored that was so when it began, as under nohup. This test may itself
	// run under nohup; with a channel HUP is not ignored, here and in what the test starts.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	l := newLab(t)
	kinds := l.kinds()
	if *signalCase != "" {
		re := regexp.MustCompile(*signalCase)
		var some []kind
		for _, k := range kinds {
			if re.MatchString(k.name) {
				some = append(some, k)
			}
		}
		kinds = some
	} else {
		assert.GreaterOrEqual(t, len(kinds), 20)
	}
	rng := rand.New(rand.NewPCG(*signalSeed, 0))
	var slowest time.Duration
	sent, before, ways := 0, 0, map[string]int{}
	for n := 0; sent < *signalRounds; n++ {
		require.Less(t, before, *signalRounds+200, "most commands end before the signal")
		k := kinds[n%len(kinds)]
		s := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[rng.IntN(3)]
		wait := time.Duration(rng.Float64() * rng.Float64() * float64(k.most))
		took, way := l.round(n, k, s, wait)
		if way == "" {
			before++
			continue
		}
		sent++
		ways[way]++
		slowest = max(slowest, took)
	}
	t.Logf("seed %d: %d signals to %d kinds of commands, %d ended before the signal; slowest end %v; %v",
		*signalSeed, sent, len(kinds), before, slowest.Round(time.Millisecond), ways)
	assert.Equal(t, *signalRounds, sent)
}

// round runs a command and sends it a signal. way is how it ended, empty if before the signal.
func (l *lab) round(n int, k kind, s syscall.Signal, wait time.Duration) (took time.Duration, way string) {
	t := l.t
	what := fmt.Sprintf("round %d, %s, %v after %v", n, k.name, s, wait.Round(time.Millisecond))
	dir := filepath.Join(l.root, "work", fmt.Sprint(n))
	tmp := filepath.Join(l.root, "tmp", fmt.Sprint(n))
	require.NoError(t, errors.Join(os.MkdirAll(dir, 0o755), os.MkdirAll(tmp, 0o755)))
	args := k.prepare(n, dir)
	there := l.names(dir)
	c := program(t, dir, args...)
	c.Env = append(l.env(), "TMPDIR="+tmp)
	outputs := filepath.Join(l.root, "outputs")
	require.NoError(t, os.MkdirAll(outputs, 0o755))
	var files [2]*os.File
	for i, name := range []string{"stdout", "stderr"} {
		var err error
		files[i], err = os.Create(filepath.Join(outputs, fmt.Sprint(n, name)))
		require.NoError(t, err)
		defer files[i].Close()
	}
	c.Stdout, c.Stderr = files[0], files[1]
	if k.full {
		c.Stdout = l.fullPipe()
	}
	require.NoError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		text, _ := os.ReadFile(files[1].Name())
		assert.NoError(t, err, "%s: ended before the signal: %s", what, text)
		return 0, ""
	case <-time.After(wait):
	}
	limit := allowed()
	start := time.Now()
	require.NoError(t, ignoreDone(c.Process.Signal(s)))
	select {
	case <-ended:
		took = time.Since(start)
	case <-time.After(limit + 10*time.Second):
		took = time.Since(start)
		l.dump(c.Process.Pid)
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	assert.LessOrEqual(t, took, limit, what)
	text, err := os.ReadFile(files[1].Name())
	require.NoError(t, err)
	state := c.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case state.Exited() && state.ExitStatus() == 128+int(s):
		way = messages[s]
		assert.Regexp(t, `(?m)^approxtrain: `+way+`\b`, string(text), what)
	case state.Exited() && state.ExitStatus() == 0:
		way = "complete"
	case state.Signaled() && state.Signal() == s:
		way = "before main"
		assert.Less(t, wait, time.Second, what)
	default:
		way = "wrong"
		t.Errorf("%s: status %#x: %s", what, state, text)
	}
	l.processes(what)
	assert.Empty(t, l.names(tmp), "%s: left in the folder of temporary files", what)
	for _, name := range l.names(l.home) {
		if inTheMaking.MatchString(name) && !l.reported[name] { // once: it is still there in later rounds
			l.reported[name] = true
			t.Errorf("%s: left in the cache: %s", what, name)
		}
	}
	for _, name := range l.names(dir) {
		if contains(there, name) {
			continue
		}
		assert.NotRegexp(t, inTheMaking, name, "%s: left in the working folder", what)
		assert.NoError(t, l.complete(filepath.Join(dir, name), way == "complete"), "%s left %s", what, name)
	}
	if run := filepath.Join(dir, "runs", "out"); way != "complete" {
		if _, err := os.Stat(run); err == nil {
			checkpoints, _ := filepath.Glob(filepath.Join(run, "*.checkpoint"))
			metrics, _ := filepath.Glob(filepath.Join(run, "metrics.jsonl"))
			assert.NotEmpty(t, append(checkpoints, metrics...), "%s: left a run's folder without anything to go on from: %s", what, l.names(run))
		}
	}
	require.NoError(t, errors.Join(os.RemoveAll(dir), os.RemoveAll(tmp)))
	return took, way
}

// inTheMaking matches what is temporary in the cache and beside outputs.
var inTheMaking = regexp.MustCompile(`\.making-|\.temp\b|\.tmp\b|\.old-|\.new$|\.gone$|\.rtl-`)

func contains(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return false
}

// names lists everything below a folder.
func (l *lab) names(dir string) (all []string) {
	filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, rel)
		}
		return nil
	})
	return all
}

// processes checks that no process of the laboratory is left: by its environment, its
// command line or its working folder. A child that was killed may take a moment to go.
func (l *lab) processes(what string) {
	var left []string
	for end := time.Now().Add(allowed() / 2); ; time.Sleep(20 * time.Millisecond) {
		if left = l.survivors(); len(left) == 0 || time.Now().After(end) {
			break
		}
	}
	assert.Empty(l.t, left, "%s: processes are left", what)
	for _, p := range left { // or each later round would find them again
		pid, _, _ := strings.Cut(p, " ")
		if n, err := strconv.Atoi(pid); err == nil {
			syscall.Kill(n, syscall.SIGKILL)
		}
	}
}

func (l *lab) survivors() (left []string) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		if filepath.Base(d) == fmt.Sprint(os.Getpid()) {
			continue
		}
		command, err := os.ReadFile(filepath.Join(d, "cmdline"))
		if err != nil || len(command) == 0 { // a zombie has none
			continue
		}
		environment, _ := os.ReadFile(filepath.Join(d, "environ"))
		folder, _ := os.Readlink(filepath.Join(d, "cwd"))
		if bytes.Contains(environment, []byte(l.root)) || bytes.Contains(command, []byte(l.root)) || strings.HasPrefix(folder, l.root) {
			left = append(left, filepath.Base(d)+" "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return left
}

// dump shows what a process that does not end waits for.
func (l *lab) dump(pid int) {
	stacks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", pid))
	for _, s := range stacks {
		text, _ := os.ReadFile(s)
		l.t.Logf("%s: %s", s, text)
	}
}
