package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"

	"github.com/spf13/cobra"

	"approxtrain/devices"
	"approxtrain/gpu"
	"approxtrain/internal/fault"
)

// benchmark is one measurement. Its figure is compared with references that are
// measured in the same run, where there are any, and with what the project
// promises.
type benchmark struct {
	name  string
	about string
	run   func(ctx context.Context, b *benchRun) (figure, error)
}

// errNotHere says that this machine lacks what a benchmark measures.
var errNotHere = errors.New("not on this machine")

// benchmarks lists all of them in the order in which they run.
var benchmarks = []benchmark{
	{"sweep-verilated", "evaluations of Verilated combinational mitchell_e8m7, one core", benchVerilated},
	{"sweep-model", "the same function written in C, through the same harness", benchModel},
	{"sweep-netlist", "the netlist of mitchell_e8m7, bit-sliced, the same products on one core", benchNetlist},
	{"sweep-netlist-array", "the netlist of exact_u8, which is an array of 8 × 8 bits, all 65,536 pairs", benchNetlistArray},
	{"netlist-operations", "its word operations alone, best instructions", benchOperations},
	{"sweep-pipelined", "mitchell_e8m7, three pipeline stages, one core", benchPipelined},
	{"sweep-sequential", "exact_u8, shift and add behind a handshake, one core", benchSequential},
	{"lut-cold", "approxtrain lut of an 8-bit multiplier, nothing cached", benchCold},
	{"lut-warm", "the same once more", benchWarm},
	{"exhaustive-16x16", "all 2^32 pairs of an exact 16 × 16 multiplier and their error figures, from the netlist, all cores", benchExhaustive("exact_u16")},
	{"exhaustive-drum", "the same of drum6_u16, with its functional model", benchExhaustive("drum6_u16")},
	{"check-full", "all 2^32 pairs of mitchell_e8m7 compared, all cores", benchFull},
	{"gemm-fma", "384 × 512 × 1152 products and sums in native binary32, fused, written in C, one core", benchFMA},
	{"gemm-fp32", "the same shape by this program in native binary32, one core", benchFP32},
	{"gemm-table-generic", "the same shape through the table of mitchell_e8m7, portable Go, one core", benchTable("generic")},
	{"gemm-table-avx2", "the same with AVX2", benchTable("avx2")},
	{"gemm-table-avx512", "the same with AVX-512", benchTable("avx512")},
	{"gemm-table-wide", "the same shape through a table with entries of 16 bits, exact_e8m10, best instructions, one core", benchOther("exact_e8m10")},
	{"gemm-integers", "the same shape, quantized, through the table of drum6_u8", benchOther("drum6_u8")},
	{"gemm-functional", "the same shape by a functional model in C, mitchell_e8m23", benchFunctional},
	{"gemm-threads", "the same with the best instructions on two cores", benchThreads},
	{"conv-forward", "the convolutions of ResNet-18 for 32 × 32 pixels through the same table, one core", benchConv(convForward)},
	{"conv-input-grad", "their input gradients", benchConv(convInputGrad)},
	{"conv-weight-grad", "their weight gradients", benchConv(convWeightGrad)},
}

func newBench() *cobra.Command {
	var filter, name string
	var asJSON, verbose, quick bool
	var model modelBench
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure this machine: sweep rates, build times, full comparison, products, training steps",
		Long: `bench measures how fast multipliers are simulated here. Rates are the best of several
rounds; a reference is measured in the same run, in rounds that alternate, so that ratios
hold on a noisy machine. Products and convolutions on one core count processor time.

References of products are programs in C, compiled for this machine, that must give the
right result before they are timed: direct (a functional model called for each product),
gather (a table looked up with AVX2 gathers), fma (native, fused) and peak (what the
multiply-adders can do). Without a C compiler they are left out.

netlist-operations stands beside two limits: "limit" is a loop with the same number of loads,
of logic and of stores in the first-level cache that need not find out what to do, "ports" the
rate if the core loaded two vectors and stored one in every cycle.

--device cuda:0 measures a GPU: matrix products of several shapes, convolutions, training steps;
references are then a kernel that works as published simulators do, cuBLAS if it is there, and
the functional model in C on one core of the processor. Times are from the first launch until
the GPU is done. On the emulation shapes are small, and figures say nothing of a GPU; --quick
takes the same small shapes on a GPU, to see that everything runs.

--json prints {"cpu", "cores", "figures": […]}; a figure has "name", "value", "unit",
"less_is_better" and, where there is one, the "target" that the project promises; "against"
lists references with "name", "value", "ratio" (the figure over it) and the least "target"
of the ratio; "parts" are the layer shapes of a convolution.

--model measures whole training steps of a network instead, on random images: forward, loss,
backward and the optimizer (adam). Shown are the parts of the fastest step: the products of
each layer in each pass, in 10^9 a second without those with padding, every other operation,
and the share of the step that is in products through the multiplier ("in kernels"). "peak
memory" is the most that the process had resident; beside it stands what all tensors but the
optimizer's take together, which train --dry-run prints as well.
On a GPU "step" and "rate" are of steps that nobody looks into.
With --json there are "layers" and "rest" beside the figures.`,
		Example: `  approxtrain bench --filter 'gemm|conv' -v
  approxtrain bench --model resnet-18                    # as for CIFAR-10, batch 128
  approxtrain bench --device cuda:0 -v
  approxtrain bench --device cuda:0 --model resnet-18 --batch 512
  approxtrain bench --model vit-tiny --batch 8 --mult fp32 --steps 1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := model.only(c.Flags()); err != nil {
				return err
			}
			if model.model != "" {
				model.device = name
				return model.run(c, asJSON)
			}
			re, err := regexp.Compile(filter)
			if err != nil {
				return fault.Usagef("--filter: %w", err)
			}
			dev, note, err := devices.Open(name, 0)
			if err != nil {
				return err
			}
			if note != "" {
				logf("%s", note)
			}
			b, list, about := &benchRun{}, benchmarks, map[string]any{"cpu": cpuName(), "cores": runtime.NumCPU()}
			defer b.close()
			if devices.IsGPU(dev) {
				g := newGPUBench(dev.(*gpu.Device), b, name, quick || name == devices.Emulation)
				list, about["device"] = g.benchmarks(), dev.Name()
			}
			var figures []figure
			matched := false
			for _, m := range list {
				if !re.MatchString(m.name) {
					continue
				}
				matched = true
				logf("%s: %s", m.name, m.about)
				f, err := m.run(c.Context(), b)
				if errors.Is(err, errNotHere) {
					logf("%s: left out: %v", m.name, err)
					continue
				}
				if c.Context().Err() != nil { // what it killed did not fail
					return c.Context().Err()
				}
				if err != nil {
					return fmt.Errorf("benchmark %s: %w", m.name, err)
				}
				f.Name = m.name
				figures = append(figures, f)
			}
			switch {
			case !matched:
				return fault.Usagef("--filter %s matches no benchmark", filter)
			case len(figures) == 0:
				return fault.Missingf("this machine has nothing that --filter %s asks for; see above what is missing", filter)
			}
			if about["figures"] = figures; asJSON {
				return writeJSON(c.OutOrStdout(), about)
			}
			if devices.IsGPU(dev) {
				fmt.Fprintln(stdout, dev.Name())
			}
			printFigures(figures)
			if verbose {
				printParts(figures)
			}
			return nil
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "only benchmarks whose name matches the `regexp`")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "print each layer shape of the convolutions too")
	c.Flags().StringVar(&name, "device", devices.CPU, deviceUsage)
	c.Flags().BoolVar(&quick, "quick", false, "small shapes on a GPU, to see that everything runs")
	model.flags(c.Flags())
	return c
}

var modelName = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if g := modelName.FindSubmatch(info); err == nil && g != nil {
		return string(g[1])
	}
	return runtime.GOARCH
}
