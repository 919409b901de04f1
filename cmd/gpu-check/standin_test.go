//go:build cuda && cgo && linux && (amd64 || arm64)

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/gpu"
	"github.com/approxtrain/approxtrain/gpu/cuda/standin"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/gpu/gputest"
)

// noting notes units instead of compiling them.
type noting struct {
	driver.Driver
	units []string
}

func (n *noting) Compile(unit string) error {
	n.units = append(n.units, unit)
	return nil
}

// All stages run on a GPU whose driver is the stand-in, with functional models that were
// compiled before. -compile and the stages use the same folder.
func TestStandin(t *testing.T) {
	host, err := emulation.New(emulation.Options{})
	require.NoError(t, err)
	units := &noting{Driver: host}
	d, err := gpu.New(units)
	require.NoError(t, err)
	for name := range functional {
		_, err := d.Functional(gputest.Model(t, name))
		require.NoError(t, err)
	}
	require.NoError(t, host.Close())
	var settings []string
	for _, u := range units.units {
		path, err := emulation.Library(emulation.Options{Kernels: u})
		require.NoError(t, err)
		settings = append(settings, "kernels="+path)
	}
	environment, err := standin.Environment(settings...)
	require.NoError(t, err)
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		t.Setenv(name, value)
	}

	c := check{device: "cuda:0", programs: programs(t, "-tags", "cuda"), out: t.TempDir(), small: true}
	require.NoError(t, c.compile(t.Context()))
	t.Setenv("CLANG", "no-such-compiler")
	var out bytes.Buffer
	require.NoError(t, c.run(t.Context(), &out, true), out.String())
	assert.Equal(t, 5, c.report.BatteryPassed)
	assert.Len(t, c.report.Curves, 2)
	assert.Len(t, c.report.Figures, 2)
	require.NotNil(t, c.report.Layers)
	assert.Equal(t, "resnet-20", c.report.Layers.Model)
	assert.Len(t, c.report.Epochs, 1)
}

// A device that is lost ends a run, which says so, and leaves a checkpoint from which it
// goes on elsewhere to the bits of a run that nothing happened to.
func TestLostDevice(t *testing.T) {
	dir, runs := programs(t, "-tags", "cuda"), t.TempDir()
	environment, err := standin.Environment("break=900")
	require.NoError(t, err)
	train := func(args ...string) (string, error) {
		p := exec.Command(filepath.Join(dir, "approxtrain"), append([]string{"train"}, args...)...)
		p.Env = append(os.Environ(), environment...)
		out, err := p.CombinedOutput()
		return string(out), err
	}
	begin := func(name, device string) (string, error) {
		return train("--model", "lenet-5", "--data", "digits", "--batch", "4", "--epochs", "6", "--steps", "3", "--mult", "mitchell_e8m3",
			"--out", runs, "--name", name, "--device", device)
	}
	out, err := begin("whole", "cpu")
	require.NoError(t, err, out)
	out, err = begin("lost", "cuda:0")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, out)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Contains(t, out, "CUDA_ERROR_ILLEGAL_ADDRESS")
	assert.NoFileExists(t, filepath.Join(runs, "lost", "mitchell_e8m3.safetensors"))
	out, err = train("--resume", filepath.Join(runs, "lost"), "--device", "cpu")
	require.NoError(t, err, out)
	assert.Regexp(t, `going on after [1-5] of 6 epochs`, out)
	var weights [2][]byte
	for i, name := range []string{"whole", "lost"} {
		weights[i], err = os.ReadFile(filepath.Join(runs, name, "mitchell_e8m3.safetensors"))
		require.NoError(t, err)
	}
	assert.True(t, bytes.Equal(weights[0], weights[1]))
}
