package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"approxtrain/internal/fault"
)

// benchmark is one measurement. Its figure is compared with a reference that is
// measured in the same run, where there is one, and with the figure that the
// project promises.
type benchmark struct {
	name  string
	about string
	run   func(ctx context.Context, b *benchRun) (figure, error)
}

// figure is what a benchmark measured.
type figure struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Against string  `json:"against,omitempty"` // the reference
	Ratio   float64 `json:"ratio,omitempty"`   // value over the reference's
	Target  float64 `json:"target,omitempty"`
	Less    bool    `json:"less_is_better"`
}

// met says whether the figure reaches its target.
func (f figure) met() bool {
	if f.Less {
		return f.Value <= f.Target
	}
	return f.Value >= f.Target
}

// errNotHere says that this machine lacks what a benchmark measures.
var errNotHere = errors.New("not on this machine")

// benchmarks lists all of them in the order in which they run.
var benchmarks = []benchmark{
	{"sweep-verilated", "evaluations of Verilated combinational mitchell_e8m7, one core", benchVerilated},
	{"sweep-model", "the same function written in C, through the same harness", benchModel},
	{"sweep-pipelined", "mitchell_e8m7, three pipeline stages, one core", benchPipelined},
	{"sweep-sequential", "exact_u8, shift and add behind a handshake, one core", benchSequential},
	{"lut-cold", "approxtrain lut of an 8-bit multiplier, nothing cached", benchCold},
	{"lut-warm", "the same once more", benchWarm},
	{"check-full", "all 2^32 pairs of mitchell_e8m7 compared, all cores", benchFull},
	{"gemm-table-generic", "384 × 512 × 1152 products of mitchell_e8m7, portable Go, one thread", gemm("generic", true)},
	{"gemm-table-avx2", "the same with AVX2", gemm("avx2", true)},
	{"gemm-fp32", "the same shape in native binary32, the best instructions, one thread", gemm("", false)},
}

func newBench() *cobra.Command {
	var filter string
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure this machine: sweep rates, build times, full comparison, products",
		Long: `bench measures how fast multipliers are simulated here. Rates are the best of several
rounds; a reference is measured in the same run, so that ratios hold on a noisy machine.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			re, err := regexp.Compile(filter)
			if err != nil {
				return fault.Usagef("--filter: %w", err)
			}
			b := &benchRun{}
			defer b.close()
			var figures []figure
			for _, m := range benchmarks {
				if !re.MatchString(m.name) {
					continue
				}
				logf("%s: %s", m.name, m.about)
				f, err := m.run(c.Context(), b)
				if errors.Is(err, errNotHere) {
					logf("%s: left out: %v", m.name, err)
					continue
				}
				if err != nil {
					return fmt.Errorf("benchmark %s: %w", m.name, err)
				}
				f.Name = m.name
				figures = append(figures, f)
			}
			if len(figures) == 0 {
				return fault.Usagef("--filter %s matches no benchmark", filter)
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), map[string]any{"cpu": cpuName(), "cores": runtime.NumCPU(), "figures": figures})
			}
			printFigures(figures)
			return nil
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "only benchmarks whose name matches the `regexp`")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func printFigures(figures []figure) {
	fmt.Printf("%s, %d cores\n", cpuName(), runtime.NumCPU())
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "benchmark\tfigure\t\ttarget\tagainst\t\t")
	for _, f := range figures {
		target, against := "", ""
		if f.Target != 0 {
			sign, met := "≥", "missed"
			if f.Less {
				sign = "≤"
			}
			if f.met() {
				met = "met"
			}
			target = fmt.Sprintf("%s %.4g: %s", sign, f.Target, met)
		}
		if f.Against != "" {
			against = fmt.Sprintf("%.2f × %s", f.Ratio, f.Against)
		}
		fmt.Fprintf(t, "%s\t%.4g\t%s\t%s\t%s\t\n", f.Name, f.Value, f.Unit, target, against)
	}
	t.Flush()
}

var modelName = regexp.MustCompile(`(?m)^model name\s*: (.*)$`)

func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if g := modelName.FindSubmatch(info); err == nil && g != nil {
		return string(g[1])
	}
	return runtime.GOARCH
}
