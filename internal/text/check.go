package text

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/report"
)

// CheckOptions say how the outcome of a check is printed.
type CheckOptions struct {
	Show  int    // mismatches and lines without coverage
	Wave  string // the waveform that was asked for, "" for none
	Exact bool   // the golden model are exact products
}

// Check prints the outcome of a check.
func Check(w io.Writer, r *proof.Outcome, o CheckOptions) {
	if r.Agreement != "" {
		fmt.Fprintln(w, r.Agreement)
	}
	switch {
	case r.Limited != nil:
		limited(w, r.Limited)
		return
	case r.Sample != nil:
		sampled(w, r, o.Show)
		return
	}
	Comparison(w, r.Golden, r.Format, r.Pairs, o.Show)
	histories(w, r.Visits)
	if r.Metrics != nil {
		Metrics(w, r.Format, *r.Metrics)
		if !o.Exact || r.Passed { // else it was printed above
			errorSpread(w, r.Format, r.Errors)
		}
	}
	if r.All != nil {
		if r.AgreementOfAll != "" {
			fmt.Fprintln(w, r.AgreementOfAll)
		}
		Comparison(w, r.Golden+", all operands", r.Ports, r.All, o.Show)
		histories(w, r.AllVisits)
	}
	if r.FractionsOnly {
		fmt.Fprintln(w, fractionsOnly())
	}
	switch {
	case r.Wave > 0:
		fmt.Fprintf(w, "wrote %s: the first %s failing pairs, 10 ns a pair or clock cycle; "+
			"%s has operands a and b, product p and the expected product\n", o.Wave, cli.Count(r.Wave), cosim.WaveScope)
		if r.WaveExtra > 0 {
			fmt.Fprintf(w, "  expected has %d fraction bits more than p, as the golden model has\n", r.WaveExtra)
		}
	case o.Wave != "" && r.Passed:
		fmt.Fprintf(w, "no pair fails, so %s was not written\n", o.Wave)
	}
	if cover := r.Coverage; cover != nil {
		fmt.Fprintf(w, "coverage: lines %v, toggles %v", cover.Line, cover.Toggle)
		if r.Lcov != "" {
			fmt.Fprintf(w, "; wrote %s", r.Lcov)
		}
		fmt.Fprintln(w)
		for _, m := range cover.Missed[:min(o.Show, len(cover.Missed))] {
			fmt.Fprintf(w, "  never: %s\n", m)
		}
		if more := len(cover.Missed) - o.Show; more > 0 && o.Show > 0 {
			fmt.Fprintf(w, "  and %d more\n", more)
		}
	}
}

// fractionsOnly says what a table of floats leaves out.
func fractionsOnly() string {
	return fmt.Sprintf("signs, exponents and special values were not compared: %v does that", option.Full)
}

// CheckCases makes a test case of the outcome of a check, which is nil if the design could not be opened, and another
// one of an interruption after mismatches had been found. name is the same whatever the outcome is, and of no other
// design; err is how the check ended, show the number of mismatches to list.
func CheckCases(name string, r *proof.Outcome, show int, err error, interrupted bool,
	took time.Duration) []report.JUnitCase {
	if r == nil {
		r = &proof.Outcome{}
	}
	j := report.JUnitCase{Name: name, Class: "approxtrain.check", Time: took, Output: r.Inferred}
	say := func(text string) { j.Output = strings.TrimPrefix(j.Output+"\n"+text, "\n") }
	if r.Note != "" {
		say("note: " + r.Note)
	}
	var more []report.JUnitCase
	switch {
	case r.Compares() && !r.Passed:
		j.Failure, j.Details = failure(r, show)
		if interrupted {
			more = append(more, report.JUnitCase{Name: j.Name, Class: j.Class, Error: "interrupted"})
		} else if !errors.Is(err, cli.ErrNotEqual) {
			say(err.Error())
		}
	case interrupted && err != nil:
		j.Error = "interrupted"
	case err != nil:
		j.Error = err.Error()
	case r.Sample != nil:
		say(sampleText(r, show))
		say(r.Agreement)
	case r.Limited != nil:
		var b strings.Builder
		limited(&b, r.Limited)
		say(strings.TrimSuffix(b.String(), "\n"))
		say(r.Agreement)
	default:
		say(fmt.Sprintf("%s products compared with %s, 0 differ", cli.Count(r.Compared()), r.Golden))
		say(r.Agreement)
		say(r.AgreementOfAll)
		if r.FractionsOnly {
			say(fractionsOnly())
		}
	}
	return append([]report.JUnitCase{j}, more...)
}

// failure says how many products differ, and lists the first as they are printed.
func failure(r *proof.Outcome, show int) (message, details string) {
	var b strings.Builder
	switch {
	case r.Limited != nil:
		limited(&b, r.Limited)
		return Differ(r), b.String()
	case r.Sample != nil:
		return Differ(r), sampleText(r, show)
	}
	mismatches(&b, r.Format, r.Pairs.First, show)
	if r.All != nil {
		mismatches(&b, r.Ports, r.All.First, show)
	}
	return Differ(r), b.String()
}

// Differ returns how many of the products of a check that failed differ, or which figures exceed their limits, in a
// line.
func Differ(r *proof.Outcome) string {
	if s := r.Sample; s != nil {
		return fmt.Sprintf("%s of a sample of %s products differ", cli.Count(s.Mismatched), cli.Count(s.Compared))
	}
	if l := r.Limited; l != nil {
		return fmt.Sprintf("of the error figures of %s products %d of %d exceed their limits: %s",
			cli.Count(l.Compared), len(l.Beyond()), len(l.Figures), judged(l.Beyond()))
	}
	line := fmt.Sprintf("%s of %s products differ", cli.Count(r.Pairs.Mismatched), cli.Count(r.Pairs.Compared))
	if r.All != nil {
		line += fmt.Sprintf("; of all operands %s of %s", cli.Count(r.All.Mismatched), cli.Count(r.All.Compared))
	}
	return line
}
