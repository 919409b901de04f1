package main

import (
	"context"
	"fmt"
	"runtime"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// figure is what a benchmark measured.
type figure struct {
	Name    string       `json:"name"`
	Value   float64      `json:"value"`
	Unit    string       `json:"unit"`
	Target  float64      `json:"target,omitempty"`
	Less    bool         `json:"less_is_better"`
	Against []comparison `json:"against,omitempty"`
	Parts   []part       `json:"parts,omitempty"`
}

// comparison is a figure beside a reference's.
type comparison struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`            // the reference's figure, in the same unit
	Ratio  float64 `json:"ratio"`            // the figure over it
	Target float64 `json:"target,omitempty"` // of the ratio, at least
}

// part is one of several things that a figure sums up.
type part struct {
	Name  string  `json:"name"`
	Count int     `json:"count"` // how often it is in the sum
	Terms float64 `json:"terms"` // the share of the products that are not with padding
	Value float64 `json:"value"`
	Ratio float64 `json:"ratio"` // over the value of the figure's first reference
}

// compare adds a reference whose figure is known; target 0 is none.
func (f *figure) compare(name string, value, target float64) {
	if value > 0 {
		f.Against = append(f.Against, comparison{name, value, f.Value / value, target})
	}
}

// met says whether the figure reaches its target.
func (f figure) met() bool {
	if f.Less {
		return f.Value <= f.Target
	}
	return f.Value >= f.Target
}

func printFigures(figures []figure) {
	verdict := func(sign string, target float64, of string, met bool) string {
		word := "missed"
		if met {
			word = "met"
		}
		return fmt.Sprintf("%s %.4g%s: %s", sign, target, of, word)
	}
	fmt.Fprintf(stdout, "%s, %d cores\n", cpuName(), runtime.NumCPU())
	t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "benchmark\tfigure\t\ttarget\tagainst\t\t")
	for _, f := range figures {
		head := fmt.Sprintf("%s\t%.4g\t%s", f.Name, f.Value, f.Unit)
		if f.Target != 0 || len(f.Against) == 0 {
			target := ""
			if f.Target != 0 {
				sign := "≥"
				if f.Less {
					sign = "≤"
				}
				target = verdict(sign, f.Target, "", f.met())
			}
			fmt.Fprintf(t, "%s\t%s\t\t\t\n", head, target)
			head = "\t\t"
		}
		for _, c := range f.Against {
			target := ""
			if c.Target != 0 {
				target = verdict("≥", c.Target, " ×", c.Ratio >= c.Target)
			}
			fmt.Fprintf(t, "%s\t%s\t%.3g × %s\t%.4g\t\n", head, target, c.Ratio, c.Name, c.Value)
			head = "\t\t"
		}
	}
	t.Flush()
}

// printParts prints what figures are made of.
func printParts(figures []figure) {
	for _, f := range figures {
		if len(f.Parts) == 0 {
			continue
		}
		fmt.Fprintf(stdout, "\n%s\n", f.Name)
		t := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(t, "layer\ttimes\tnot padding\t%s\t× %s\t\n", f.Unit, f.Against[0].Name)
		for _, p := range f.Parts {
			fmt.Fprintf(t, "%s\t%d\t%.1f %%\t%.4g\t%.2f\t\n", p.Name, p.Count, 100*p.Terms, p.Value, p.Ratio)
		}
		t.Flush()
	}
}

// contestant is one of several things that are measured against each other.
type contestant struct {
	name  string
	round func() (rate float64, err error)
	best  float64
}

// turn is how long a contestant goes on, so that short rounds find the caches as
// they left them.
const turn = 25 * time.Millisecond

// contest lets contestants take turns and keeps the rate of each one's best
// round, since noise only slows.
func contest(ctx context.Context, turns int, all ...*contestant) error {
	for range turns {
		for _, c := range all {
			for start := time.Now(); ; {
				if err := ctx.Err(); err != nil {
					return err
				}
				rate, err := c.round()
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				c.best = max(c.best, rate)
				if time.Since(start) > turn {
					break
				}
			}
		}
	}
	return nil
}

// processorTime returns the seconds of processor time that work takes on this
// thread: what others do on the core does not count. It is of use for work that
// keeps to one goroutine.
func processorTime(work func()) (float64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var from, to unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &from); err != nil {
		return 0, fmt.Errorf("reading the thread's clock: %w", err)
	}
	work()
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &to); err != nil {
		return 0, fmt.Errorf("reading the thread's clock: %w", err)
	}
	return float64(to.Nano()-from.Nano()) / 1e9, nil
}

// wallTime returns the seconds that work takes.
func wallTime(work func()) (float64, error) {
	start := time.Now()
	work()
	return time.Since(start).Seconds(), nil
}
