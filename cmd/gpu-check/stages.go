package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/gpu"
	"github.com/approxtrain/approxtrain/gpu/ptx"
	"github.com/approxtrain/approxtrain/internal/bench"
	"github.com/approxtrain/approxtrain/internal/cmodel"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/experiment"
)

// program runs one of the programs, passes on its output, and returns it.
func (c *check) program(ctx context.Context, environment []string, name string, args ...string) ([]byte, error) {
	fmt.Fprintf(c.log, "$ %s %s\n", name, strings.Join(args, " "))
	p := exec.CommandContext(ctx, filepath.Join(c.programs, name), args...)
	p.Env = append(os.Environ(), append(environment, ptx.FolderVariable+"="+filepath.Join(c.programs, "ptx"))...)
	var out bytes.Buffer
	p.Stdout, p.Stderr = &out, c.log
	err := p.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("the time is over: %w", ctx.Err())
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out.Bytes())
	}
	return out.Bytes(), nil
}

// Functional models of the stages, by the names of their designs.
var functional = map[string]string{"mitchell_e8m23": "mitchell", "mbm_e8m23": "mbm"}

// compile compiles the functional models for a GPU.
func (c *check) compile(context.Context) error {
	if err := os.Setenv(ptx.FolderVariable, filepath.Join(c.programs, "ptx")); err != nil {
		return err
	}
	for name, design := range functional {
		m, err := cmodel.Builtin(name, design, 23)
		if err == nil {
			err = gpu.CompileFunctional(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// battery runs the battery of package devicetest.
func (c *check) battery(ctx context.Context) error {
	pattern := "^TestBattery$"
	if c.small {
		pattern += "/^(Copy|ReLU|MaxPool|IntegerNetworks|Functional)$"
	}
	environment := []string{devices.TestVariable + "=" + c.device}
	out, err := c.program(ctx, environment, "devices.test", "-test.v", "-test.run", pattern)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "    --- PASS: TestBattery/") {
			c.report.BatteryPassed++
		}
	}
	fmt.Fprintf(c.log, "%d groups of tests passed\n", c.report.BatteryPassed)
	if c.report.BatteryPassed == 0 || strings.Contains(string(out), "--- SKIP") {
		return fmt.Errorf("tests were not run:\n%s", out)
	}
	return nil
}

// table is the multiplier of most stages.
const table = "mbm_e8m7"

// curve is a network that is trained on two devices.
type curve struct {
	model, data, multiplier      string
	epochs, steps, batch, losses int
}

// train trains and returns the results, and the SHA-256 of the weights.
func (c *check) train(ctx context.Context, name, device, multiplier string,
	args ...string) (t []experiment.Trained, sum [32]byte, err error) {
	args = append([]string{"train", "--device", device, "--mult", multiplier,
		"--out", c.scratch, "--name", name, "--json"}, args...)
	out, err := c.program(ctx, nil, "approxtrain", args...)
	if err != nil {
		return nil, sum, err
	}
	if err := json.Unmarshal(out, &t); err != nil {
		return nil, sum, fmt.Errorf("approxtrain train --json: %w", err)
	}
	if len(t) != 1 || len(t[0].Epochs) == 0 {
		return nil, sum, fmt.Errorf("approxtrain train --json says nothing of epochs")
	}
	weights, err := os.ReadFile(filepath.Join(c.scratch, name, multiplier+".safetensors"))
	return t, sha256.Sum256(weights), err
}

// set returns the first data set that is there.
func set(names ...string) string {
	for _, n := range names[:len(names)-1] {
		if _, err := data.Open(n); err == nil {
			return n
		}
	}
	return names[len(names)-1]
}

// curves compares training on the processor and on the device: the loss of each step,
// of which an epoch has no more than nn keeps apart, and the weights that it ends with.
func (c *check) curves(ctx context.Context) error {
	all := []curve{
		{"lenet-5", "digits", table, 5, 20, 64, 100},
		{"resnet-18", set("cifar10", "digits"), table, 1, 20, 64, 20},
		{"lenet-5", "digits", "mbm_e8m23", 1, 20, 64, 20},
	}
	if c.small {
		all = []curve{{"lenet-5", "digits", table, 2, 3, 4, 6}, {"lenet-5", "digits", "mbm_e8m23", 1, 2, 4, 2}}
	}
	for _, v := range all {
		var results [2][]experiment.Trained
		var sums [2][32]byte
		for i, device := range []string{devices.CPU, c.device} {
			var err error
			name := fmt.Sprint(v.model, "-", v.multiplier, "-", i)
			results[i], sums[i], err = c.train(ctx, name, device, v.multiplier, "--model", v.model, "--data", v.data,
				"--epochs", fmt.Sprint(v.epochs), "--steps", fmt.Sprint(v.steps), "--batch", fmt.Sprint(v.batch))
			if err != nil {
				return err
			}
		}
		losses := [2][]float64{}
		for i, r := range results {
			for _, e := range r[0].Epochs {
				losses[i] = append(losses[i], e.Course...)
			}
		}
		r := curveResult{v.model, v.data, v.multiplier, v.batch, len(losses[0]), slices.Equal(losses[0], losses[1]),
			sums[0] == sums[1]}
		c.report.Curves = append(c.report.Curves, r)
		fmt.Fprintf(c.log, "%s, %s: %d losses compared, equal: %v; weights equal: %v\n", v.model, v.multiplier,
			r.Losses, r.LossesEqual, r.WeightsEqual)
		switch {
		case r.Losses != v.losses:
			return fmt.Errorf("%s, %s: %d losses, expected one for each of %d steps", v.model, v.multiplier,
				r.Losses, v.losses)
		case !r.LossesEqual || !r.WeightsEqual:
			return fmt.Errorf("%s, %s, on %s is not what it is on the processor: losses %v and %v",
				v.model, v.multiplier, c.device, losses[1], losses[0])
		}
	}
	return nil
}

// bench runs approxtrain bench and reads the result that it prints as JSON.
func (c *check) bench(ctx context.Context, result any, args ...string) error {
	args = append([]string{"bench", "--device", c.device, "--json"}, args...)
	out, err := c.program(ctx, nil, "approxtrain", args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("approxtrain bench --json: %w", err)
	}
	return nil
}

func (c *check) figures(ctx context.Context) error {
	groups := []string{"^gemm-table$", "^train-", "^gemm-(fp32|table-wide|integers|functional)$",
		"^gemm-(small|skinny)$", "^conv-"}
	if c.small {
		groups = []string{"^gemm-table$", "^train-"}
	}
	var failed error
	for _, filter := range groups { // one that fails leaves the others
		args := []string{"--filter", filter}
		if c.small {
			args = append(args, "--quick")
		}
		var r bench.Result
		if err := c.bench(ctx, &r, args...); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		c.report.CPU, c.report.Cores = r.CPU, r.Cores
		c.report.Figures = append(c.report.Figures, r.Figures...)
	}
	return failed
}

func (c *check) layers(ctx context.Context) error {
	args := []string{"--model", "resnet-18", "--batch", "512", "--steps", "5"}
	if c.small {
		args = []string{"--model", "resnet-20", "--image", "4x4x3", "--batch", "2", "--steps", "1"}
	}
	var r bench.ModelResult
	if err := c.bench(ctx, &r, args...); err != nil {
		return err
	}
	c.report.Layers = &r
	return nil
}

// epochs trains whole epochs.
func (c *check) epochs(ctx context.Context) error {
	all := []curve{{model: "lenet-5", data: set("mnist", "digits"), batch: 64}}
	if set("cifar10", "") != "" {
		all = append(all, curve{model: "resnet-20", data: "cifar10", batch: 128},
			curve{model: "resnet-18", data: "cifar10", batch: 512})
	}
	for _, v := range all {
		args := []string{"--model", v.model, "--data", v.data, "--epochs", "1", "--batch", fmt.Sprint(v.batch)}
		if c.small {
			args = append(args, "--steps", "2")
		}
		t, _, err := c.train(ctx, "epoch-"+v.model, c.device, table, args...)
		if err != nil {
			return err
		}
		e := t[0].Epochs[0]
		seconds := e.TrainTime.Seconds()
		r := epochResult{v.model, v.data, v.batch, e.Images, seconds, float64(e.Images) / seconds, e.TrainLoss, e.TestAccuracy}
		c.report.Epochs = append(c.report.Epochs, r)
		fmt.Fprintf(c.log, "%s on %s, batch %d: %d images in %.2f s, %.0f images/s, test accuracy %.2f %%\n", r.Model,
			r.Data, r.Batch, r.Images, r.Seconds, r.Rate, 100*r.Accuracy)
		if c.small {
			break
		}
	}
	return nil
}
