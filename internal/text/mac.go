package text

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/mac"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/report"
)

// Sums prints the outcome of the check of an accumulator, with at most so many wrong products.
func Sums(w io.Writer, r *mac.Result, show int) {
	fmt.Fprintln(w, strings.ReplaceAll(r.Timing.String(), "; ", "\n"))
	if r.Alone != "" {
		fmt.Fprintln(w, "only one tool reads the source, because "+r.Alone)
	}
	simulators := strings.Join(r.Simulators, ", ")
	what := "the products of its own table, of " + cli.Count(r.Products) + " entries"
	if r.Golden != "" {
		what = r.Golden
		fmt.Fprintf(w, "%s products, each alone in the sum, compared with %s in %s: %s differ\n", cli.Count(r.Products), r.Golden,
			simulators, cli.Count(r.Wrong))
	}
	for _, p := range r.FirstWrong[:min(show, len(r.FirstWrong))] {
		fmt.Fprintf(w, "  a = %#x, b = %#x: %d, expected %d\n", p.A, p.B, p.Got, p.Want)
	}
	verdict := "PASS"
	if !r.Equal() {
		verdict = "FAIL"
	}
	switch {
	case r.Disagree != nil && r.Sums == 0:
		fmt.Fprintf(w, "FAIL  the simulators disagree: a = %#x, b = %#x, alone in the sum: %s has %#x, %s %#x\n", r.Disagree.A, r.Disagree.B,
			r.Simulators[0], r.Disagree.Want, r.Disagree.Simulator, r.Disagree.Got)
		return
	case r.Disagree != nil:
		d := r.Disagree
		fmt.Fprintf(w, "FAIL  the simulators disagree: sequence %d, cycle %d, a = %#x, b = %#x: %s has %#x, %s %#x\n", d.Sequence, d.Cycle, d.A, d.B,
			r.Simulators[0], d.Want, d.Simulator, d.Got)
		return
	case r.Sums == 0 && r.Wrong > 0:
		fmt.Fprintf(w, "FAIL  %s products of %s differ; sums were not compared\n", cli.Count(r.Wrong), cli.Count(r.Products))
		return
	case r.Sums == 0:
		fmt.Fprintf(w, "FAIL  no way to accumulate explains the sums of a first trial; by the one that explains most,\n  %v\n", r.Mismatch)
		return
	}
	fmt.Fprintf(w, "%s  %s sums compared with those of %s: %s pairs in %s sequences, %s of them begun by a clear in the middle, %s pauses, in %s",
		verdict, cli.Count(r.Sums), what, cli.Count(r.Pairs), cli.Count(r.Sequences), cli.Count(r.Clears), cli.Count(r.Pauses), simulators)
	if narrower, ok := r.Narrower(); ok {
		fmt.Fprintf(w, ": they are not those of an accumulator of %d bits, as the port has, "+
			"but of one of %v: name its bits with %v\n", r.Port, narrower, option.P)
		return
	}
	if r.Mismatch != nil {
		fmt.Fprintf(w, ": they differ\n  %v\n", r.Mismatch)
		return
	}
	fmt.Fprintln(w, ": 0 differ; sequences are a sample, no proof of all")
	overflow, known := r.Overflow()
	if known {
		fmt.Fprintf(w, "accumulator: %d bits, %s; without limits the sums go from %s to %s\n", r.Port, overflow, cli.Count(r.Least), cli.Count(r.Most))
	} else {
		fmt.Fprintf(w, "accumulator: %d bits at the port, what happens above the largest sum is undetermined: the sums went from %s to %s only "+
			"(%v adds up more pairs)\n", r.Port, cli.Count(r.Least), cli.Count(r.Most), option.AccumulatedPairs)
	}
	fmt.Fprintln(w, "bits without a value (x) were 0, 1 and random in turn; Icarus Verilog, which has x and z, simulates no accumulators")
}

// Wave says what a waveform of a wrong sum has.
func Wave(w *mac.Wave) string {
	what := fmt.Sprintf("sequence %d", w.Sequence)
	if w.Sequence < 0 {
		what = "pairs alone in the sum"
	}
	return fmt.Sprintf("cycles %s to %s of %s; the sum is wrong after cycle %s", cli.Count(w.First), cli.Count(w.Last), what, cli.Count(w.Wrong))
}

// SumCases makes test cases of the outcome of the check of an accumulator, which is nil if nothing was compared: one of
// its products and one of its sums. name is the same whatever the outcome is, and of no other design; err is how
// the command ended, show the number of wrong products to list.
func SumCases(name, command string, r *mac.Result, show int, err error, interrupted bool, took time.Duration) []report.JUnitCase {
	products := report.JUnitCase{Name: name + ": products", Class: "approxtrain." + command, Time: took}
	sums := report.JUnitCase{Name: name + ": sums", Class: products.Class}
	switch {
	case r == nil && interrupted:
		products.Error, sums.Skipped = "interrupted", true
	case r == nil:
		products.Error, sums.Skipped = err.Error(), true
	default:
		var b strings.Builder
		Sums(&b, r, show)
		said := strings.TrimSuffix(b.String(), "\n")
		products.Output = r.Design
		switch {
		case r.Equal():
			sums.Output = said
		case r.Sums == 0 && (r.Wrong > 0 || r.Disagree != nil):
			products.Failure, products.Details = verdictOf(said), said
			sums.Skipped = true
		default: // the products are right
			sums.Failure, sums.Details = verdictOf(said), said
		}
		if err != nil && !errors.Is(err, cli.ErrNotEqual) { // after the verdict
			if r.Equal() {
				sums.Error = err.Error()
			} else {
				products.Output += "\n" + err.Error()
			}
		}
	}
	return []report.JUnitCase{products, sums}
}

// verdictOf returns the line of a text that begins with FAIL, and the line after it if that explains it.
func verdictOf(said string) string {
	_, verdict, _ := strings.Cut(said, "FAIL  ")
	return strings.Join(strings.Fields(verdict), " ")
}
