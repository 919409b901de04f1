package leash

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func build(t *testing.T) Leash {
	path, err := exec.LookPath("cc")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C compiler")
	}
	l, err := Build(path, "", "c")
	require.NoError(t, err)
	return l
}

// script is a program that leaves three processes behind: one in its own session, a
// child of that one whose parent has ended, and one that ignores signals. It writes
// their numbers to the file in $PIDS, then does what is given.
func script(then string) string {
	return `setsid sh -c 'echo $$ >> $PIDS; (sh -c "echo \$\$ >> $PIDS; exec sleep 60" &) ; exec sleep 60' &
sh -c 'trap "" INT TERM HUP; echo $$ >> $PIDS; sleep 60; sleep 60' &
while [ $(wc -l < $PIDS) -lt 3 ]; do sleep 0.01; done
` + then
}

func pids(t *testing.T, file string) (all []int) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, s := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(s)
		require.NoError(t, err)
		all = append(all, pid)
	}
	return all
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// Whatever the program starts has ended when it has, and the exit status is its own.
func TestRun(t *testing.T) {
	l := build(t)
	for _, c := range []struct{ then, want string }{
		{"exit 0", ""}, {"exit 7", "exit status 7"}, {"kill -SEGV $$", "signal: segmentation fault"}, {"kill -KILL $$", "signal: killed"},
		{"sleep 60", "signal: killed"}, // until it is cut
	} {
		file := filepath.Join(t.TempDir(), "pids")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script(c.then))
		cmd.Env = append(os.Environ(), "PIDS="+file)
		var out bytes.Buffer // which the processes left behind hold open
		cmd.Stdout, cmd.Stderr = &out, &out
		start := time.Now()
		cut, err := l.Start(cmd)
		require.NoError(t, err)
		if c.then == "sleep 60" {
			for len(pids(t, file)) < 3 {
				time.Sleep(10 * time.Millisecond)
			}
			cut()
		}
		err = cmd.Wait()
		stop()
		if c.want == "" {
			assert.NoError(t, err, "%s: %s", c.then, &out)
		} else {
			assert.EqualError(t, err, c.want, c.then)
		}
		assert.Less(t, time.Since(start), 10*time.Second)
		left := pids(t, file)
		assert.Len(t, left, 3)
		for _, pid := range left {
			assert.True(t, gone(pid), "%s: process %d is left", c.then, pid)
		}
	}
}

// A context that ends does the same, and so does a leash that is killed itself to the
// program, if not to what it left behind.
func TestCancel(t *testing.T) {
	l := build(t)
	file := filepath.Join(t.TempDir(), "pids")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", script("sleep 60"))
	cmd.Env = append(os.Environ(), "PIDS="+file)
	require.Error(t, l.Run(cmd))
	left := pids(t, file)
	require.Len(t, left, 3)
	for _, pid := range left {
		assert.True(t, gone(pid), "process %d is left", pid)
	}
	cmd = exec.CommandContext(t.Context(), "/bin/sh", "-c", "echo $$; exec sleep 60")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	_, err = l.Start(cmd)
	require.NoError(t, err)
	var text [16]byte
	n, err := out.Read(text[:])
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	assert.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, 10*time.Millisecond)
}
