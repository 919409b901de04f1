package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
	"github.com/approxtrain/approxtrain/multiplier"
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
			r, err := k.run(c.Context(), c, &d, args)
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
	everything        bool // --simulator both was given
	asJSON            bool
	show              int
	inferred, what    string     // for the reports
	sandbox           string     // likewise
	said, saidFull    string     // which simulators agree, on the table and on all pairs of floats
	proof             string     // how it is known that products are a function of the operands
	note              string     // on the golden table, may be empty
	ports             lut.Format // of all operands, as at the ports
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

// run opens the design, compares and prints.
func (k *checkFlags) run(ctx context.Context, c *cobra.Command, d *designFlags, args []string) (*lutgen.CheckResult, error) {
	if err := k.check(); err != nil {
		return nil, err
	}
	d.over.Wide = true
	k.everything = c.Flags().Changed("simulator")
	o, err := d.open(ctx, c, args)
	if err != nil {
		return nil, err
	}
	defer o.done()
	k.inferred, k.sandbox = o.Describe(), o.sandbox
	if !k.asJSON {
		o.report()
	}
	k.ports = lut.Format{Kind: lut.Unsigned, A: o.Shape().A, B: o.Shape().B, P: o.Shape().P}
	if o.Shape().Wide() {
		return k.exhaustive(ctx, c, d, o)
	}
	var other *opened // golden RTL
	var want *lut.Table
	if ref := k.golden.ref; ref.Kind == multiplier.RTL {
		if other, err = d.openGolden(ctx, ref, o.Shape()); err != nil {
			return nil, err
		}
		k.what = other.Describe()
		want, err = d.goldenRTLTable(ctx, other)
	} else {
		want, k.what, err = d.goldenTable(ctx, ref, o)
	}
	if err != nil {
		return nil, err
	}
	k.note = sharedSources(want.Sources, o.Sources())
	k.sayNote()
	sweep, all := cli.NewProgress("sweep", "products"), cli.NewProgress("all pairs", "products")
	opts := lutgen.CheckOptions{Options: o.sweep(d.jobs), Full: k.full, Wave: k.wave, FullProgress: all.Set, RTL: o.rtl}
	opts.Progress = sweep.Set
	if other != nil && k.full {
		design, golden := o.side(true), other.side(true)
		opts.Design, opts.Golden = &design, &golden
	}
	if k.lcov != "" {
		k.coverage = true
	}
	if k.coverage {
		if opts.Coverage, err = cosim.NewCoverage(); err != nil {
			return nil, err
		}
		defer opts.Coverage.Close()
		ctx = opts.Coverage.Writing(ctx)
		if k.lcov == "" {
			k.lcov = "coverage.info"
		}
	}
	r, late := lutgen.Check(ctx, o.Opener, want, opts)
	sweep.Finish()
	all.Finish()
	if r == nil {
		return nil, late
	}
	var cover *cosim.Summary
	if opts.Coverage != nil {
		s, err := opts.Coverage.Summarize()
		if err == nil {
			cover = &s
			err = opts.Coverage.WriteLcov(ctx, k.lcov)
		}
		if err != nil {
			k.lcov = ""
		}
		late = errors.Join(late, err)
	}
	k.said, k.proof = o.witnesses(r.Table), r.Table.Function
	if r.All != nil && o.design != nil {
		k.saidFull = lutgen.Said(r.AllWitnesses)
	}
	return r, k.report(c, r, cover, late)
}

// sayNote prints the note.
func (k *checkFlags) sayNote() {
	if k.note != "" && !k.asJSON {
		fmt.Fprintln(cli.Stdout, "note: "+k.note)
	}
}

// report prints the outcome; the error is the verdict, or what failed after it.
func (k *checkFlags) report(c *cobra.Command, r *lutgen.CheckResult, cover *cosim.Summary, late error) error {
	if k.asJSON {
		shown := *r
		shown.Pairs, shown.All = shortened(r.Pairs, k.show), shortened(r.All, k.show)
		late = errors.Join(late, cli.WriteJSON(c.OutOrStdout(), checkReport{k.inferred, k.sandbox, k.what, k.note, r.Equal(), r.Witnesses, k.proof, &shown, cover}))
	} else {
		k.print(r, cover)
	}
	switch {
	case r.Equal():
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

type checkReport struct {
	Inferred string `json:"inferred"`
	Sandbox  string `json:"sandbox,omitempty"` // what the design ran in
	Golden   string `json:"golden"`
	Note     string `json:"note,omitempty"`
	Equal    bool   `json:"equal"`

	Witnesses []lut.Witness `json:"witnesses,omitempty"`
	Function  string        `json:"function,omitempty"`
	*lutgen.CheckResult
	Coverage *cosim.Summary `json:"coverage,omitempty"`
}

func (k *checkFlags) print(r *lutgen.CheckResult, cover *cosim.Summary) {
	if k.said != "" {
		fmt.Fprintln(cli.Stdout, k.said)
	}
	printComparison(cli.Stdout, k.what, r.Format, r.Pairs, k.show)
	printHistories(r.Visits)
	if r.Metrics != nil {
		printMetrics(cli.Stdout, r.Format, *r.Metrics)
		if k.golden.text != exactDesign || r.Equal() { // else it was printed above
			printSpread(cli.Stdout, "product − exact product", r.Errors)
		}
	}
	if r.All != nil {
		if k.saidFull != "" {
			fmt.Fprintln(cli.Stdout, k.saidFull)
		}
		printComparison(cli.Stdout, k.what+", all operands", k.ports, r.All, k.show)
		printHistories(r.AllVisits)
	}
	switch {
	case r.Wave > 0:
		fmt.Fprintf(cli.Stdout, "wrote %s: the first %s failing pairs, 10 ns a pair or clock cycle\n", k.wave, cli.Count(r.Wave))
	case k.wave != "" && r.Equal():
		fmt.Fprintf(cli.Stdout, "no pair fails, so %s was not written\n", k.wave)
	}
	if cover != nil {
		fmt.Fprintf(cli.Stdout, "coverage: lines %v, toggles %v", cover.Line, cover.Toggle)
		if k.lcov != "" {
			fmt.Fprintf(cli.Stdout, "; wrote %s", k.lcov)
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
func (k *checkFlags) junitCases(r *lutgen.CheckResult, err error, interrupted bool, took time.Duration) []report.JUnitCase {
	j := report.JUnitCase{Name: k.what, Class: "approxtrain.check", Time: took, Output: k.inferred}
	if j.Name == "" {
		j.Name = "check"
	}
	say := func(text string) { j.Output = strings.TrimPrefix(j.Output+"\n"+text, "\n") }
	if k.note != "" {
		say("note: " + k.note)
	}
	var more []report.JUnitCase
	switch {
	case r != nil && !r.Equal():
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
		say(k.said)
		say(k.saidFull)
	}
	return append([]report.JUnitCase{j}, more...)
}

// failure says how many products differ, and lists the first as they are printed.
func (k *checkFlags) failure(r *lutgen.CheckResult) (message, details string) {
	var b strings.Builder
	message = fmt.Sprintf("%s of %s products differ", cli.Count(r.Pairs.Mismatched), cli.Count(r.Pairs.Compared))
	printMismatches(&b, r.Format, r.Pairs.First, k.show)
	if r.All != nil {
		message += fmt.Sprintf("; of all operands %s of %s", cli.Count(r.All.Mismatched), cli.Count(r.All.Compared))
		printMismatches(&b, k.ports, r.All.First, k.show)
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
