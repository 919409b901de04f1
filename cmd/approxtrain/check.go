package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/report"
)

func newCheck() *cobra.Command {
	var d designFlags
	var k checkFlags
	c := &cobra.Command{
		Use:   "check [NAME | --rtl FILE… | --c FILE.c[:function] | --port PORT] --golden MODEL",
		Short: "compare a multiplier with a golden model, exhaustively",
		Long: `check evaluates every operand pair of a multiplier and compares each product with a
golden model, a table, a C function or other RTL. With --full it goes on to all pairs of
floating-point operands: signs, exponents, zeros, infinities and NaN. Integers of 13 to
16 bits, which no table holds, are compared as they are computed, with all error figures.
Of their pairs the netlist computes all; Verilator computes 2^24 where there are more than
2^26, unless --simulator both is given.`,
		Example: `  approxtrain check --rtl mul.v --golden drum6_u8
  approxtrain check --rtl fpmul.v --golden mitchell --full
  approxtrain check --rtl mul16.v --golden exact      # all 2^32 pairs of 16 x 16 bits
  approxtrain check --rtl mul.v --golden other.v      # RTL against RTL
  approxtrain check --rtl mul.v --golden mul.c --wave fail.vcd --junit result.xml
  approxtrain check mitchell_e8m7 --coverage --lcov cover.info`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			start := time.Now()
			if err := cli.CanWrite("--junit", k.junit, false); err != nil {
				return err
			}
			r, err := k.run(c, &d, args)
			cases := k.junitCases(r, err, c.Context().Err() != nil, time.Since(start))
			return writeJUnit(k.junit, "approxtrain check", cases, err)
		},
	}
	d.register(c)
	d.registerBoard(c)
	f := c.Flags()
	k.golden.register(f, "golden `model`, what the design should be: a built-in NAME, file.lut, file.c[:function] or other.v[:module]")
	f.BoolVar(&k.full, "full", false, "compare all pairs of floating-point operands (2^32 for 16 bits)")
	f.StringVar(&k.wave, "wave", "", "write a waveform of the failing pairs: `file.vcd or .fst`")
	f.StringVar(&k.junit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.BoolVar(&k.coverage, "coverage", false, "line and toggle coverage of the RTL")
	f.StringVar(&k.lcov, "lcov", "", "`file` for the coverage in lcov's format (default with --coverage: coverage.info)")
	k.show = 10
	cli.NumberVar(f, &k.show, "show", "", shownRange, "`mismatches` to print")
	f.BoolVar(&k.asJSON, "json", false, "print the result as JSON")
	return c
}

type checkFlags struct {
	golden            goldenFlag
	wave, junit, lcov string
	full, coverage    bool
	asJSON            bool
	show              int
}

// check refuses, before the work, what cannot be printed, written or compared.
func (k *checkFlags) check() error {
	if k.wave != "" {
		if _, err := cosim.TraceOf(k.wave); err != nil {
			return err
		}
	}
	for _, err := range []error{cli.CanWrite("--wave", k.wave, false), cli.CanWrite("--lcov", k.lcov, false), k.golden.parse()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// run opens the design, compares and prints. The outcome is nil if the design could not be opened.
func (k *checkFlags) run(c *cobra.Command, d *designFlags, args []string) (*proof.Outcome, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	d.over.Wide = true
	ctx := c.Context()
	o, done, err := d.open(ctx, c, args)
	if err != nil {
		return nil, err
	}
	defer done()
	if !k.asJSON {
		printInferred(o)
	}
	if err := k.checkWide(o.Shape()); err != nil {
		return &proof.Outcome{Inferred: o.Describe()}, err
	}
	if k.coverage && k.lcov == "" {
		k.lcov = "coverage.info"
	}
	r, err := d.options().Check(ctx, o, proof.CheckOptions{Golden: k.golden.ref, Full: k.full,
		Everything: c.Flags().Changed("simulator"), Wave: k.wave, Lcov: k.lcov, Noted: k.sayNote})
	if r.CheckResult == nil {
		return r, goldenError(err)
	}
	return r, k.report(c, r, err)
}

// checkWide refuses flags that mean nothing for integers that no table holds.
func (k *checkFlags) checkWide(s cosim.Shape) error {
	switch {
	case !s.Wide():
	case k.full:
		return fault.Usagef("--full is for floating-point designs; of %v every pair is compared anyway", s)
	case k.coverage || k.lcov != "":
		return fault.Usagef("--coverage: the lines and toggles of %v are not collected, since most of its products come from the netlist", s)
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
		shown, compared := *r, *r.CheckResult
		shown.CheckResult = &compared
		shown.Pairs, shown.All = shortened(r.Pairs, k.show), shortened(r.All, k.show)
		late = errors.Join(late, cli.WriteJSON(c.OutOrStdout(), shown))
	} else {
		k.print(r)
	}
	switch {
	case r.Passed:
		return late
	case late != nil: // after the verdict
		return fault.Failedf("%w", late)
	}
	return errNotEqual
}

// shortened is a comparison with no more mismatches than are to be shown.
func shortened(c *lutgen.Comparison, show int) *lutgen.Comparison {
	if c == nil {
		return nil
	}
	short := *c
	short.First = c.First[:min(show, len(c.First))]
	return &short
}

func (k *checkFlags) print(r *proof.Outcome) {
	if r.Agreement != "" {
		fmt.Fprintln(cli.Stdout, r.Agreement)
	}
	printComparison(cli.Stdout, r.Golden, r.Format, r.Pairs, k.show)
	printHistories(r.Visits)
	if r.Metrics != nil {
		printMetrics(cli.Stdout, r.Format, *r.Metrics)
		if k.golden.text != proof.ExactDesign || r.Passed { // else it was printed above
			printSpread(cli.Stdout, "product − exact product", r.Errors)
		}
	}
	if r.All != nil {
		if r.AgreementOfAll != "" {
			fmt.Fprintln(cli.Stdout, r.AgreementOfAll)
		}
		printComparison(cli.Stdout, r.Golden+", all operands", r.Ports, r.All, k.show)
		printHistories(r.AllVisits)
	}
	switch {
	case r.Wave > 0:
		fmt.Fprintf(cli.Stdout, "wrote %s: the first %s failing pairs, 10 ns a pair or clock cycle\n", k.wave, cli.Count(r.Wave))
	case k.wave != "" && r.Passed:
		fmt.Fprintf(cli.Stdout, "no pair fails, so %s was not written\n", k.wave)
	}
	if cover := r.Coverage; cover != nil {
		fmt.Fprintf(cli.Stdout, "coverage: lines %v, toggles %v", cover.Line, cover.Toggle)
		if r.Lcov != "" {
			fmt.Fprintf(cli.Stdout, "; wrote %s", r.Lcov)
		}
		fmt.Fprintln(cli.Stdout)
		for _, m := range cover.Missed[:min(k.show, len(cover.Missed))] {
			fmt.Fprintf(cli.Stdout, "  never: %s\n", m)
		}
		if more := len(cover.Missed) - k.show; more > 0 && k.show > 0 {
			fmt.Fprintf(cli.Stdout, "  and %d more\n", more)
		}
	}
}

// junitCases makes a test case of the outcome, and another one of an
// interruption after mismatches had been found.
func (k *checkFlags) junitCases(r *proof.Outcome, err error, interrupted bool, took time.Duration) []report.JUnitCase {
	if r == nil {
		r = &proof.Outcome{}
	}
	j := report.JUnitCase{Name: r.Golden, Class: "approxtrain.check", Time: took, Output: r.Inferred}
	if j.Name == "" {
		j.Name = "check"
	}
	say := func(text string) { j.Output = strings.TrimPrefix(j.Output+"\n"+text, "\n") }
	if r.Note != "" {
		say("note: " + r.Note)
	}
	var more []report.JUnitCase
	switch {
	case r.CheckResult != nil && !r.Passed:
		j.Failure, j.Details = k.failure(r)
		if interrupted {
			more = append(more, report.JUnitCase{Name: j.Name, Class: j.Class, Error: "interrupted"})
		} else if !errors.Is(err, errNotEqual) {
			say(err.Error())
		}
	case interrupted && err != nil:
		j.Error = "interrupted"
	case err != nil:
		j.Error = err.Error()
	default:
		say(fmt.Sprintf("%s products compared, 0 differ", cli.Count(r.Compared())))
		say(r.Agreement)
		say(r.AgreementOfAll)
	}
	return append([]report.JUnitCase{j}, more...)
}

// failure says how many products differ, and lists the first as they are printed.
func (k *checkFlags) failure(r *proof.Outcome) (message, details string) {
	var b strings.Builder
	message = fmt.Sprintf("%s of %s products differ", cli.Count(r.Pairs.Mismatched), cli.Count(r.Pairs.Compared))
	printMismatches(&b, r.Format, r.Pairs.First, k.show)
	if r.All != nil {
		message += fmt.Sprintf("; of all operands %s of %s", cli.Count(r.All.Mismatched), cli.Count(r.All.Compared))
		printMismatches(&b, r.Ports, r.All.First, k.show)
	}
	return message, b.String()
}

// writeJUnit writes a report, if a file is given. It returns err, or what kept
// the report from being written; of two errors that one is printed.
func writeJUnit(path, suite string, cases []report.JUnitCase, err error) error {
	if path == "" {
		return err
	}
	e := report.WriteJUnit(path, suite, cases)
	if e == nil || err == nil {
		return errors.Join(err, e)
	}
	cli.Logf("approxtrain: %v", e)
	return err
}
