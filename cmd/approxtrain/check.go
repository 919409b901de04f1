package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"approxtrain/cosim"
	"approxtrain/lut"
	"approxtrain/lutgen"
	"approxtrain/report"
)

func newCheck() *cobra.Command {
	var d designFlags
	var k checkFlags
	c := &cobra.Command{
		Use:   "check [NAME | --rtl FILE… | --model FILE] --golden NAME|file.lut|model.c",
		Short: "compare a multiplier with a golden model, exhaustively",
		Long: `check evaluates every operand pair of a multiplier and compares each product with a
golden model, a table or a C function. With --full it goes on to all pairs of
floating-point operands: signs, exponents, zeros, infinities and NaN.`,
		Example: `  approxtrain check --rtl mul.v --golden drum6_u8
  approxtrain check --rtl fpmul.v --golden mitchell --full
  approxtrain check --rtl mul.v --golden mul.c --wave fail.vcd --junit result.xml
  approxtrain check mitchell_e8m7 --coverage --lcov cover.info`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			start := time.Now()
			r, err := k.run(c.Context(), c, &d, args)
			if k.junit != "" && c.Context().Err() == nil {
				if e := report.WriteJUnit(k.junit, "approxtrain check", []report.JUnitCase{k.junitCase(r, err, time.Since(start))}); e != nil && err == nil {
					err = e
				}
			}
			return err
		},
	}
	d.register(c)
	f := c.Flags()
	f.StringVar(&k.golden, "golden", "", "what the design should be: built-in `NAME|file.lut|model.c`")
	f.StringVar(&k.function, "golden-func", "", "`function` of a golden C model")
	f.BoolVar(&k.full, "full", false, "compare all pairs of floating-point operands (2^32 for 16 bits)")
	f.StringVar(&k.wave, "wave", "", "write a waveform of the failing pairs: `file.vcd or .fst`")
	f.StringVar(&k.junit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.BoolVar(&k.coverage, "coverage", false, "line and toggle coverage of the RTL")
	f.StringVar(&k.lcov, "lcov", "", "`file` for the coverage in lcov's format (default with --coverage: coverage.info)")
	f.IntVar(&k.show, "show", 10, "`mismatches` to print")
	f.BoolVar(&k.asJSON, "json", false, "print the result as JSON")
	return c
}

type checkFlags struct {
	golden, function  string
	wave, junit, lcov string
	full, coverage    bool
	asJSON            bool
	show              int
	inferred, what    string // for the reports
}

// run opens the design, compares and prints.
func (k *checkFlags) run(ctx context.Context, c *cobra.Command, d *designFlags, args []string) (*lutgen.CheckResult, error) {
	o, err := d.open(ctx, c, args)
	if err != nil {
		return nil, err
	}
	k.inferred = o.Describe()
	if !k.asJSON {
		o.report()
	}
	want, what, err := d.goldenTable(ctx, k.golden, k.function, o)
	if err != nil {
		return nil, err
	}
	k.what = what
	sweep, all := newProgress("sweep", "products"), newProgress("all pairs", "products")
	opts := lutgen.CheckOptions{Full: k.full, Wave: k.wave, FullProgress: all.set}
	opts.Jobs, opts.Progress = d.jobs, sweep.set
	if k.lcov != "" {
		k.coverage = true
	}
	if k.coverage {
		if opts.Coverage, err = cosim.NewCoverage(); err != nil {
			return nil, err
		}
		defer opts.Coverage.Close()
		if k.lcov == "" {
			k.lcov = "coverage.info"
		}
	}
	r, err := lutgen.Check(ctx, o.Opener, want, opts)
	sweep.finish()
	all.finish()
	if err != nil {
		return nil, err
	}
	var cover *cosim.Summary
	if opts.Coverage != nil {
		s, err := opts.Coverage.Summarize()
		if err != nil {
			return nil, err
		}
		if err := opts.Coverage.WriteLcov(ctx, k.lcov); err != nil {
			return nil, err
		}
		cover = &s
	}
	if k.asJSON {
		err = writeJSON(c.OutOrStdout(), checkReport{k.inferred, what, r.Equal(), r, cover})
	} else {
		k.print(o.Shape(), r, cover)
	}
	if err == nil && !r.Equal() {
		err = errNotEqual
	}
	return r, err
}

type checkReport struct {
	Inferred string `json:"inferred"`
	Golden   string `json:"golden"`
	Equal    bool   `json:"equal"`
	*lutgen.CheckResult
	Coverage *cosim.Summary `json:"coverage,omitempty"`
}

func (k *checkFlags) print(s cosim.Shape, r *lutgen.CheckResult, cover *cosim.Summary) {
	printComparison(os.Stdout, k.what, r.Table.Format, r.Pairs, k.show)
	if r.All != nil {
		ports := lut.Format{Kind: lut.Unsigned, A: s.A, B: s.B, P: s.P}
		printComparison(os.Stdout, k.what+", all operands", ports, r.All, k.show)
	}
	switch {
	case r.Wave > 0:
		fmt.Printf("wrote %s: the first %s failing pairs, 10 ns a pair or clock cycle\n", k.wave, count(r.Wave))
	case k.wave != "":
		fmt.Printf("no pair fails, so %s was not written\n", k.wave)
	}
	if cover != nil {
		fmt.Printf("coverage: lines %v, toggles %v; wrote %s\n", cover.Line, cover.Toggle, k.lcov)
		for _, m := range cover.Missed[:min(k.show, len(cover.Missed))] {
			fmt.Printf("  never: %s\n", m)
		}
		if more := len(cover.Missed) - k.show; more > 0 {
			fmt.Printf("  and %d more\n", more)
		}
	}
}

func (k *checkFlags) junitCase(r *lutgen.CheckResult, err error, took time.Duration) report.JUnitCase {
	j := report.JUnitCase{Name: k.what, Class: k.inferred, Time: took}
	if j.Name == "" {
		j.Name = "check"
	}
	switch {
	case r != nil && !r.Equal():
		j.Failure = fmt.Sprintf("%s of %s products differ", count(r.Pairs.Mismatched), count(r.Pairs.Compared))
		if r.All != nil {
			j.Failure += fmt.Sprintf("; of all operands %s of %s", count(r.All.Mismatched), count(r.All.Compared))
		}
	case err != nil:
		j.Error = err.Error()
	default:
		j.Output = fmt.Sprintf("%s products compared, 0 differ", count(r.Compared()))
	}
	return j
}
