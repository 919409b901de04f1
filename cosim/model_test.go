package cosim

import (
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

	"github.com/approxtrain/approxtrain/internal/cases"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

func needCompiler(t *testing.T) toolchain {
	if _, err := exec.LookPath("g++"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no C++ compiler")
	}
	tools, err := findTools(t.Context(), false)
	require.NoError(t, err)
	return tools
}

// daemons returns the numbers that daemons have left in a file, when there are n.
func daemons(t *testing.T, file string, n int) (pids []int) {
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(file)
		lines := strings.Fields(string(text))
		pids = nil
		for _, s := range lines {
			pid, err := strconv.Atoi(s)
			require.NoError(t, err)
			pids = append(pids, pid)
		}
		return len(pids) == n
	}, 10*time.Second, 10*time.Millisecond)
	return pids
}

func ended(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// A daemon that a trusted model starts ends when the instance is closed, when a call is
// interrupted and when one takes too long.
func TestDaemonsEnd(t *testing.T) {
	needCompiler(t)
	m, err := OpenModel(t.Context(), ModelSource{File: "testdata/models/daemon.c", A: 3, B: 3, Trust: true}, Options{Timeout: 2 * time.Second})
	require.NoError(t, err)
	for i, o := range append(m.Builds(), m, m, m) {
		log := filepath.Join(t.TempDir(), "log")
		t.Setenv("DAEMON_LOG", log)
		ctx, stop := context.WithCancel(t.Context())
		d, err := o.Open(ctx)
		require.NoError(t, err)
		start := time.Now()
		_, err = d.Sweep(ctx, Rect{NA: 4, NB: 8}, RowMajor)
		require.NoError(t, err)
		pids := daemons(t, log, 1)
		require.False(t, ended(pids[0]), "the model has not started what this test is about")
		switch i {
		case 3: // hangs
			var e *DesignError
			require.ErrorAs(t, d.Eval(ctx, []uint32{7}, []uint32{7}, []uint32{0}), &e)
			require.NotZero(t, e.Hang)
		case 4: // is interrupted
			time.AfterFunc(50*time.Millisecond, stop)
			require.ErrorIs(t, d.Eval(ctx, []uint32{7}, []uint32{7}, []uint32{0}), context.Canceled)
		default:
			require.NoError(t, d.Close())
		}
		assert.True(t, ended(pids[0]), "the daemon is left, %d", i)
		assert.Less(t, time.Since(start), 20*time.Second)
		d.Close()
		stop()
	}
}

// The same for whatever is started as a harness: RTL may run commands as well.
func TestDaemonsOfHarnessEnd(t *testing.T) {
	needCompiler(t)
	log := filepath.Join(t.TempDir(), "log")
	harness := file(t, t.TempDir(), "harness", "#!/bin/sh\n(setsid sh -c 'echo $$ >> "+log+"; exec sleep 60' &)\ncat <&3\n")
	require.NoError(t, os.Chmod(harness, 0o700))
	p, err := startProcess(sandbox.With(t.Context(), sandbox.Grant{Trusted: true}), harness, time.Second)
	require.NoError(t, err)
	pids := daemons(t, log, 1)
	require.NoError(t, p.Close())
	assert.True(t, ended(pids[0]), "the daemon is left")
}

// A model that starts a process is an error; one that may, is ended with it.
func TestSharedDaemon(t *testing.T) {
	path := cases.File(t, "leash/f12_daemon.c")
	needCompiler(t)
	m, err := OpenModel(t.Context(), ModelSource{File: path, A: 8, B: 8}, Options{})
	require.NoError(t, err)
	d, err := m.Open(t.Context())
	require.NoError(t, err)
	_, err = d.Sweep(t.Context(), Rect{NA: 256, NB: 256}, RowMajor)
	require.ErrorContains(t, err, "it starts a process (fork), which the sandbox forbids")
	require.NoError(t, d.Close())

	m, err = OpenModel(t.Context(), ModelSource{File: path, A: 8, B: 8, Trust: true}, Options{})
	require.NoError(t, err)
	d, err = m.Open(t.Context())
	require.NoError(t, err)
	_, err = d.Sweep(t.Context(), Rect{NA: 256, NB: 256}, RowMajor)
	require.NoError(t, err)
	start := time.Now()
	require.NoError(t, d.Close())
	assert.Less(t, time.Since(start), 3*time.Second, "its daemon sleeps 40 s and holds its output open")
}

// What a model includes is a part of every build's key, and of what a table's header names.
func TestModelIncludes(t *testing.T) {
	needCompiler(t)
	text, err := os.ReadFile("testdata/models/header.c")
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "a b")
	require.NoError(t, os.Mkdir(dir, 0o700))
	model := file(t, dir, "m.c", string(text))
	for _, factor := range []uint32{1, 3, 1} {
		file(t, dir, "header factor.h", "#define FACTOR "+strconv.Itoa(int(factor))+"\n")
		m, err := OpenModel(t.Context(), ModelSource{File: model, A: 3, B: 3}, Options{})
		require.NoError(t, err)
		var names []string
		for _, s := range m.Sources() {
			names = append(names, s.Path)
		}
		assert.ElementsMatch(t, []string{"m.c", "header factor.h"}, names)
		for _, o := range append(m.Builds(), m) {
			assert.Equal(t, []uint32{factor * 12}, eval(t, o, []uint32{3}, []uint32{4}), o.Describe())
		}
	}
}
