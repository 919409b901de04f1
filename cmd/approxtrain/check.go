package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newCheck() *cobra.Command {
	var d design.Flags
	var k checkFlags
	c := &cobra.Command{
		Use:   "check [NAME | --rtl FILE… | --c FILE.c[:function] | --port PORT] --golden MODEL|--limit LIMITS",
		Short: "compare a multiplier with a golden model, exhaustively",
		Long: `check evaluates every operand pair of a multiplier and compares each product with a
golden model, a table, a C function or other RTL. With --full it goes on to all pairs of
floating-point operands: signs, exponents, zeros, infinities and NaN. Integers of 13 to
16 bits, which no table holds, are compared as they are computed, with all error figures.
Of their pairs the netlist computes all; Verilator computes 2^24 where there are more than
2^26, unless --simulator both is given.

With --sample N, which is needed for integers above 16 bits and floats above 16, N pairs that
are drawn uniformly from all are compared, and beside them directed ones and some of each
stratum: of each position of the leading ones of both operands. That is no proof; the output
says what rate of wrong pairs N excludes at 95 % confidence.

With --limit the design passes if its error figures against the exact products do not exceed
the limits: mred, wcre, ep (products in error), nmed and bias in percent; mae and wce as
numbers or in percent of the range; mse; wrong_zero (products that should be 0).
That is no proof of what any single product is.`,
		Example: `  approxtrain check --rtl mul.v --golden drum6_u8
  approxtrain check --rtl fpmul.v --golden mitchell --full
  approxtrain check --rtl mul16.v --golden exact      # all 2^32 pairs of 16 x 16 bits
  approxtrain check --rtl mul64.v --golden exact --sample 1000000 --seed 7
  approxtrain check --rtl mul.v --golden other.v      # RTL against RTL
  approxtrain check --rtl mul.v --limit mred=3%,wce=600    # error figures, not equality
  approxtrain check --rtl mul.v --golden mul.c --wave fail.vcd --junit result.xml
  approxtrain check mitchell_e8m7 --coverage --lcov cover.info`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			start := time.Now()
			if err := cli.CanWrite("--junit", k.junit, false); err != nil {
				return err
			}
			r, err := k.run(c, &d, args)
			cases := text.CheckCases(d.Named(args)+" against "+k.against(), r, k.show, err, c.Context().Err() != nil, time.Since(start))
			return cli.WriteJUnit(k.junit, "approxtrain check", cases, err)
		},
	}
	d.Register(c)
	d.RegisterBoard(c)
	d.RegisterRuns(c)
	f := c.Flags()
	k.golden.Register(f,
		"golden `model`, what the design should be: a built-in NAME, file.lut, file.c[:function] or other.v[:module]")
	f.StringVar(&k.limit, "limit", "", "largest error `FIGURE=VALUE,…` against exact products, in place of --golden: mred=3%,wce=12")
	f.BoolVar(&k.full, "full", false, "compare all pairs of floating-point operands (2^32 for 16 bits)")
	k.sample.Register(c)
	f.StringVar(&k.plot, "plot", "", "error map and histogram: `file.png or .svg`")
	f.StringVar(&k.wave, "wave", "", "write a waveform of the failing pairs: `file.vcd or .fst`")
	f.StringVar(&k.junit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.BoolVar(&k.coverage, "coverage", false, "line and toggle coverage of the RTL")
	f.StringVar(&k.lcov, "lcov", "", "`file` for the coverage in lcov's format (default with --coverage: coverage.info)")
	k.show = 10
	command.NumberVar(f, &k.show, "show", "", shownRange, "`mismatches` to print")
	f.BoolVar(&k.asJSON, "json", false, "print the result as JSON")
	return c
}

type checkFlags struct {
	golden            design.Golden
	limit             string
	limits            []proof.Limit
	wave, junit, lcov string
	plot              string
	sample            design.Sampling
	full, coverage    bool
	asJSON            bool
	show              int
}

// against names what the design is compared with, as it was given.
func (k *checkFlags) against() string {
	return cmp.Or(k.limit, k.golden.Text, "its golden model")
}

// check refuses, before the work, what cannot be printed, written or compared.
func (k *checkFlags) check() (err error) {
	if k.limits, err = proof.ParseLimits(k.limit); err != nil {
		return fmt.Errorf("--limit: %w", err)
	}
	if k.limit != "" && (k.golden.Text != "" || k.full || k.wave != "" || k.coverage || k.lcov != "") {
		return fault.Usagef("--limit compares error figures with limits: " +
			"--golden, --full, --wave, --coverage and --lcov have no meaning beside it")
	}
	if k.sample.Given() && (k.limit != "" || k.full || k.wave != "" || k.plot != "" || k.coverage || k.lcov != "") {
		return fault.Usagef("--sample: --limit, --full, --plot, --wave, --coverage and --lcov have no meaning beside it")
	}
	if k.wave != "" {
		if _, err := cosim.TraceOf(k.wave); err != nil {
			return err
		}
	}
	for _, err := range []error{cli.CanWrite("--wave", k.wave, false), cli.CanWrite("--lcov", k.lcov, false),
		command.CanPlot(k.plot), k.golden.Parse()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// run opens the design, compares and prints. The outcome is nil if the design could not be opened.
func (k *checkFlags) run(c *cobra.Command, d *design.Flags, args []string) (*proof.Outcome, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	sample, err := k.sample.Options(c)
	if err != nil {
		return nil, err
	}
	d.Wide, d.Sample, d.AllPairs = true, sample != nil, k.full
	d.FormatOf(&k.golden)
	ctx := c.Context()
	o, done, err := d.Open(ctx, c, args)
	if err != nil {
		return nil, err
	}
	defer done()
	if !k.asJSON {
		design.Print(o)
	}
	if err := k.checkWide(o.Shape()); err != nil {
		return &proof.Outcome{Inferred: o.Describe()}, err
	}
	if k.coverage && k.lcov == "" {
		k.lcov = "coverage.info"
	}
	opts := proof.CheckOptions{Golden: k.golden.Ref, Full: k.full, Everything: c.Flags().Changed("simulator"),
		Wave: k.wave, Lcov: k.lcov, Noted: k.sayNote, Limits: k.limits, Map: k.plot != "", Sample: sample}
	r, err := d.Options().Check(ctx, o, opts)
	if !r.Compares() {
		return r, design.GoldenError(err)
	}
	err = k.report(c, r, err)
	if e := design.Plot(k.plot, o, r, k.asJSON); e != nil {
		err = errors.Join(err, e)
	}
	return r, err
}

// checkWide refuses flags that mean nothing for integers that no table holds.
func (k *checkFlags) checkWide(s cosim.Shape) error {
	switch {
	case !s.Wide() || k.sample.Given():
	case k.full:
		return fault.Usagef("--full is for floating-point designs; of %v every pair is compared anyway", s)
	case k.coverage || k.lcov != "":
		return fault.Usagef("--coverage: the lines and toggles of %v are not collected, "+
			"since most of its products come from the netlist", s)
	}
	return nil
}

// sayNote prints the note on a golden model.
func (k *checkFlags) sayNote(note string) {
	if !k.asJSON {
		fmt.Fprintln(cli.Stdout, "note: "+note)
	}
}

// report prints the outcome; the error is the verdict, or what failed after it.
func (k *checkFlags) report(c *cobra.Command, r *proof.Outcome, late error) error {
	if k.asJSON {
		late = errors.Join(late, cli.WriteJSON(c.OutOrStdout(), r.Shortened(k.show)))
		if !r.Passed { // standard output may be a file; the log of a CI server gets a line as well
			cli.Logf("FAIL  %s", text.Differ(r))
		}
	} else {
		text.Check(cli.Stdout, r, text.CheckOptions{Show: k.show, Wave: k.wave, Exact: k.golden.Text == proof.ExactDesign})
	}
	switch {
	case r.Passed:
		return late
	case late != nil: // after the verdict
		return fault.Failedf("%w", late)
	}
	return cli.ErrNotEqual
}
