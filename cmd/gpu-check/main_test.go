package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/gpu/cuda"
	"github.com/approxtrain/approxtrain/internal/bench"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// programs compiles what gpu-check starts.
func programs(t *testing.T, flags ...string) string {
	dir := t.TempDir()
	for _, args := range [][]string{{"build", "-o", dir, "github.com/approxtrain/approxtrain/cmd/approxtrain"}, {"test", "-c", "-o", filepath.Join(dir, "devices.test"), "github.com/approxtrain/approxtrain/internal/devices"}} {
		args = slices.Insert(args, 1, flags...)
		out, err := exec.Command("go", args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return dir
}

// All stages run on the emulation, with small sizes, and leave their report.
func TestStagesLong(t *testing.T) {
	c := check{device: devices.Emulation, programs: programs(t), out: t.TempDir(), small: true}
	var out bytes.Buffer
	require.NoError(t, c.run(t.Context(), &out, true), out.String())
	files, err := filepath.Glob(filepath.Join(c.out, "gpu-check-emulation.json"))
	require.NoError(t, err)
	require.Len(t, files, 1, out.String())
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var r report
	require.NoError(t, json.Unmarshal(text, &r))
	assert.Equal(t, []curveResult{{"lenet-5", "digits", "mbm_e8m7", 4, 6, true, true}, {"lenet-5", "digits", "mbm_e8m23", 4, 2, true, true}}, r.Curves)
	assert.Equal(t, 5, r.BatteryPassed)
	assert.Len(t, r.Stages, len(stages))
	assert.Len(t, r.Epochs, 1)
	assert.Empty(t, r.Goals, "nothing is promised of the emulation")
	require.Len(t, r.Figures, 2)
	require.NotEmpty(t, r.Figures[0].Against)
	assert.Equal(t, "fetching kernel", r.Figures[0].Against[0].Name)
	require.NotNil(t, r.Layers)
	assert.Equal(t, "resnet-20", r.Layers.Model)
	assert.Contains(t, out.String(), "lenet-5, mbm_e8m7: 6 losses compared, equal: true; weights equal: true")
}

// A stage that fails leaves the others to go on, and the status says so.
func TestFailures(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"devices.test": "echo nothing", "approxtrain": "echo no >&2; exit 3"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	c := check{device: devices.Emulation, programs: dir, out: dir, small: true}
	err := c.run(t.Context(), &bytes.Buffer{}, true)
	require.ErrorContains(t, err, "tests were not run:\nnothing")
	require.ErrorContains(t, err, "approxtrain bench --device emulation --json --model resnet-20")
	assert.Equal(t, fault.Failed, fault.Status(err))
	require.Len(t, c.report.Stages, len(stages))
	for _, s := range c.report.Stages {
		assert.NotEmpty(t, s.Error, s.Name)
	}
	assert.FileExists(t, filepath.Join(dir, "gpu-check-emulation.json"))
}

// A device that computes something else is found: here a program that trains with
// another seed on it.
func TestCurves(t *testing.T) {
	dir := t.TempDir()
	script := `#!/bin/sh
loss=1.5
case "$*" in *emulation*) loss=1.25 ;; esac
while [ $# -gt 0 ]; do case $1 in --out) out=$2 ;; --name) name=$2 ;; esac; shift; done
mkdir -p $out/$name
echo same >$out/$name/mbm_e8m7.safetensors
echo "[{\"epochs\": [{\"train_loss_course\": [1, 2, 3]}, {\"train_loss_course\": [4, 5, $loss]}]}]"
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "approxtrain"), []byte(script), 0o755))
	c := check{device: devices.Emulation, programs: dir, small: true, log: &bytes.Buffer{}, scratch: t.TempDir()}
	require.ErrorContains(t, c.curves(t.Context()), "lenet-5, mbm_e8m7, on emulation is not what it is on the processor: losses [1 2 3 4 5 1.25] and [1 2 3 4 5 1.5]")
	assert.Equal(t, []curveResult{{"lenet-5", "digits", "mbm_e8m7", 4, 6, false, true}}, c.report.Curves)
}

func TestGoals(t *testing.T) {
	var figures []bench.Figure
	require.NoError(t, json.Unmarshal([]byte(`[{"name": "gemm", "value": 3999, "unit": "GMAC/s", "target": 4000,
		"against": [{"name": "fetch", "value": 400, "ratio": 9.9, "target": 8}, {"name": "other", "ratio": 1}]}, {"name": "plain", "value": 1}]`), &figures))
	assert.Equal(t, []goal{{"gemm", 3999, "GMAC/s", 4000, false}, {"gemm over fetch", 9.9, "×", 8, true}}, goals(figures))
}

// Without a GPU it says so in a line, and fails only if one is required.
func TestMissing(t *testing.T) {
	if names, err := cuda.Devices(); err == nil && len(names) > 0 {
		t.Skip("this machine has a GPU")
	}
	c := check{device: "cuda:0"}
	var out bytes.Buffer
	require.NoError(t, c.run(t.Context(), &out, false))
	assert.Regexp(t, `^gpu-check: skipped: device cuda:0: .*\n$`, out.String())
	err := c.run(t.Context(), &out, true)
	assert.Equal(t, fault.Missing, fault.Status(err))
	c.device = "cpu"
	assert.Equal(t, fault.Usage, fault.Status(c.run(t.Context(), &out, false)))
}
