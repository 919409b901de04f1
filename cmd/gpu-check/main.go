// Command gpu-check verifies that a GPU and the CPU produce identical bits, and measures the GPU.
//
// `make gpu-check` runs it; it takes a few minutes. It starts two programs from its own folder,
// so build/gpu-check can be copied to a machine where nothing is installed: approxtrain, and
// devices.test, the tests of package devices. The folder ptx beside them holds functional
// models that -compile has compiled for a GPU.
//
// Start reading at stages. A stage is a function that writes its findings to a report.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/approxtrain/approxtrain/gpu/cuda"
	"github.com/approxtrain/approxtrain/internal/devices"
	"github.com/approxtrain/approxtrain/internal/fault"
)

func main() {
	var c check
	self, err := os.Executable()
	if err == nil {
		c.programs = filepath.Dir(self)
	}
	flag.StringVar(&c.device, "device", devices.CUDA+"0", "what to check: `cuda:N`, or emulation to try this program out")
	flag.StringVar(&c.programs, "programs", c.programs, "`folder` of approxtrain and devices.test")
	flag.StringVar(&c.out, "out", ".", "`folder` for gpu-check-GPU.txt and .json")
	flag.BoolVar(&c.small, "small", false, "small sizes, to try this program out")
	compile := flag.Bool("compile", false, "fill the folder ptx with functional models, and do nothing else")
	limit := flag.Duration("limit", 8*time.Minute, "the most that all may take")
	flag.Parse()
	do := func(ctx context.Context) error { return c.run(ctx, os.Stdout, os.Getenv("REQUIRE_GPU") == "1") }
	if *compile {
		do = c.compile
	}
	ctx, stop := context.WithTimeout(context.Background(), *limit)
	defer stop()
	if err := do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "gpu-check:", err)
		stop()
		os.Exit(fault.Status(err))
	}
}

// check is a check of one device.
type check struct {
	device, programs, out string
	small                 bool

	log     io.Writer
	scratch string
	report  report
}

// stages are done one after the other. One that fails, or takes longer than it may, does
// not keep others from going on.
var stages = []struct {
	name  string
	limit time.Duration
	do    func(*check, context.Context) error
}{
	{"the battery of tests that every device passes", 2 * time.Minute, (*check).battery},
	{"LeNet-5 and ResNet-18, step by step as on the processor", 2 * time.Minute, (*check).curves},
	{"figures of products and training steps", 3 * time.Minute, (*check).figures},
	{"ResNet-18, layer by layer", time.Minute, (*check).layers},
	{"epochs", 2 * time.Minute, (*check).epochs},
}

// run does all stages and writes the report.
func (c *check) run(ctx context.Context, out io.Writer, required bool) error {
	if err := c.present(); err != nil {
		if required || fault.Status(err) != fault.Missing {
			return err
		}
		fmt.Fprintf(out, "gpu-check: skipped: %v\n", err)
		return nil
	}
	var text bytes.Buffer
	c.log = io.MultiWriter(out, &text)
	c.report.Date = time.Now().UTC().Format(time.DateOnly)
	var err error
	if c.scratch, err = os.MkdirTemp("", "gpu-check-"); err != nil {
		return err
	}
	defer os.RemoveAll(c.scratch)
	var failed error
	for _, s := range stages {
		fmt.Fprintf(c.log, "\n== %s\n", s.name)
		start, done := time.Now(), stage{Name: s.name}
		limited, stop := context.WithTimeout(ctx, s.limit)
		err := s.do(c, limited)
		if stop(); err != nil {
			done.Error = err.Error()
			fmt.Fprintf(c.log, "failed: %v\n", err)
			failed = errors.Join(failed, fault.Failedf("%s: %w", s.name, err))
		}
		done.Seconds = time.Since(start).Seconds()
		fmt.Fprintf(c.log, "%.1f s\n", done.Seconds)
		c.report.Stages = append(c.report.Stages, done)
	}
	c.report.print(c.log)
	return errors.Join(failed, c.report.write(c.out, text.Bytes()))
}

// present is an error unless the device is there.
func (c *check) present() error {
	n, isGPU := devices.Number(c.device)
	if !isGPU {
		if c.device != devices.Emulation {
			return fault.Usagef("--device %s: expected cuda:N or emulation", c.device)
		}
		c.report.Device = c.device
		return nil
	}
	names, err := cuda.Devices()
	if err == nil && n >= len(names) {
		err = fault.Missingf("there are %d GPUs", len(names))
	}
	if err != nil {
		return fmt.Errorf("device %s: %w", c.device, err)
	}
	c.report.Device = names[n]
	return nil
}
