package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writeImages writes a small data set of images of noise, 12 × 12, as IDX files.
func writeImages(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for prefix, n := range map[string]int{"train": 100, "t10k": 50} {
		images := []byte{0, 0, 8, 3}
		for _, size := range []int{n, 12, 12} {
			images = binary.BigEndian.AppendUint32(images, uint32(size))
		}
		labels := binary.BigEndian.AppendUint32([]byte{0, 0, 8, 1}, uint32(n))
		for range n {
			labels = append(labels, byte(rng.IntN(10)))
			for range 12 * 12 {
				images = append(images, byte(rng.IntN(256)))
			}
		}
		for name, content := range map[string][]byte{"-images-idx3-ubyte": images, "-labels-idx1-ubyte": labels} {
			if err := os.WriteFile(filepath.Join(dir, prefix+name), content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// imageset DIR writes a small data set.
func imageset(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: imageset DIR")
	}
	ts.Check(writeImages(ts.MkAbs(args[0])))
}

// The fields of metrics.jsonl that measure time.
var times = regexp.MustCompile(`"(train|test)_ns":[0-9]+`)

// TestKill: a process that is killed or interrupted again and again, at moments that follow from a
// seed and the load of the machine, and goes on each time, leaves the same weights to
// the bit, the same checkpoints and the same metrics as one that is left alone.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writeImages(filepath.Join(dir, "set")))
	program, err := os.Executable()
	require.NoError(t, err)
	var output bytes.Buffer // of the latest process
	command := func(args ...string) *exec.Cmd {
		output.Reset()
		c := exec.Command(program)
		c.Args = append([]string{"approxtrain"}, args...) // see TestMain
		c.Dir, c.Stdout, c.Stderr = dir, &output, &output
		return c
	}
	args := []string{"train", "--model", "lenet-5", "--data", "./set", "--batch", "8", "--epochs", "12",
		"--mult", "mitchell_e8m3,fp32", "--checkpoint-every", "3", "--name"}
	require.NoError(t, command(append(args, "whole")...).Run(), "%s", &output)

	cut := filepath.Join(dir, "runs", "cut")
	newest := func() (all [2]os.FileInfo) {
		for i, m := range []string{"mitchell_e8m3", "fp32"} {
			all[i], _ = os.Stat(filepath.Join(cut, m+".checkpoint"))
		}
		return all
	}
	rng := rand.New(rand.NewPCG(5, 6))
	const rounds = 8
	killed := 0
	c := command(append(args, "cut")...)
	for {
		before := newest()
		require.NoError(t, c.Start())
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		if killed < rounds {
			// Killed when it got on by a checkpoint or more: else it might never end.
			progress := time.NewTicker(time.Millisecond)
			for now := newest(); len(ended) == 0 && same(now, before); now = newest() {
				<-progress.C
			}
			progress.Stop()
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
			signal := os.Kill
			if killed%4 == 3 { // Ctrl-C: a word on how to go on
				signal = os.Interrupt
			}
			require.NoError(t, ignoreDone(c.Process.Signal(signal)))
		}
		if err := <-ended; err == nil {
			break
		} else if state := c.ProcessState; state.ExitCode() == 130 {
			assert.Contains(t, output.String(), "saved; to go on: approxtrain train --resume runs/cut\n")
		} else if state.Exited() {
			t.Fatalf("status %d: %s", state.ExitCode(), &output)
		}
		killed++
		c = command("train", "--resume", "runs/cut", "--checkpoint-every", "3")
	}
	t.Logf("killed %d times", killed)
	assert.Positive(t, killed)
	entries, err := os.ReadDir(filepath.Join(dir, "runs", "whole"))
	require.NoError(t, err)
	compared := 0
	for _, e := range entries {
		if e.IsDir() { // tensorboard: times are in its files
			continue
		}
		want, err := os.ReadFile(filepath.Join(dir, "runs", "whole", e.Name()))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(cut, e.Name()))
		require.NoError(t, err)
		switch filepath.Ext(e.Name()) {
		case ".safetensors", ".json":
		case ".jsonl":
			want, got = times.ReplaceAll(want, nil), times.ReplaceAll(got, nil)
			assert.Equal(t, 24, bytes.Count(got, []byte("\n")))
		default: // times are in the others
			continue
		}
		assert.True(t, bytes.Equal(want, got), "%s of the run that was killed differs", e.Name())
		compared++
	}
	assert.Equal(t, 4, compared)
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) || a[i] != nil && !(os.SameFile(a[i], b[i]) && a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return true
}

func ignoreDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// TestKilledOutput: of a file that was being written when the process was killed nothing is
// left after the next command that writes beside it.
func TestKilledOutput(t *testing.T) {
	l := newLab(t)
	dir := filepath.Join(l.root, "work")
	require.NoError(t, os.Mkdir(dir, 0o755))
	temporary := func() []string {
		all, err := filepath.Glob(filepath.Join(dir, ".approxtrain-writing-*"))
		require.NoError(t, err)
		return all
	}
	c := program(t, dir, "convert", filepath.Join(l.inputs, "big.lut"), "out.csv")
	require.NoError(t, c.Start())
	require.Eventually(t, func() bool { return len(temporary()) > 0 }, time.Minute, time.Millisecond)
	require.NoError(t, c.Process.Kill())
	require.Error(t, c.Wait())
	require.Len(t, temporary(), 1)
	l.must(dir, "convert", "drum6_u8", "other.npy")
	assert.Equal(t, []string{"other.npy"}, l.names(dir))
}
