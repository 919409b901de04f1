package text

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Regress prints the outcome of each row of the manifest, and how long all took.
func Regress(w io.Writer, results []lutgen.Result, took time.Duration) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "multiplier\tsimulators\tRTL = model\tmodel = committed\ttime\t\t")
	var passed, failed, skipped int
	var compared uint64
	for _, r := range results {
		verdict := "PASS"
		switch {
		case r.Skipped:
			skipped++
			verdict = "skipped"
		case r.Passed():
			passed++
		default:
			failed++
			verdict = "FAIL"
		}
		compared += r.Compared
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%.1f s\t%s\t\n", r.Name, len(r.Witnesses), cli.Count(r.Compared), cli.Count(r.Stored),
			r.Time.Seconds(), verdict)
	}
	t.Flush()
	for _, a := range lutgen.Agreements(results) {
		fmt.Fprintln(w, a)
	}
	for _, r := range results {
		if r.Err != nil {
			fmt.Fprintf(w, "FAIL  %s: %v\n", r.Name, r.Err)
		}
	}
	fmt.Fprintf(w, "%s products of the RTL compared in %.0f s\n", cli.Count(compared), took.Seconds())
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
}

// RegressClass is the class of the test cases of a regression.
const RegressClass = "approxtrain.regress"

// RegressCases makes a test case of each row.
func RegressCases(results []lutgen.Result) []report.JUnitCase {
	var out []report.JUnitCase
	for _, r := range results {
		j := report.JUnitCase{Name: r.Name, Class: RegressClass, Time: r.Time, Skipped: r.Skipped}
		switch {
		case r.Wrong > 0:
			j.Failure, j.Details = r.Error, r.Error
		case r.Err != nil:
			j.Error = r.Error
		default:
			j.Output = fmt.Sprintf("%s products compared, 0 differ", cli.Count(r.Compared))
			for _, a := range lutgen.Agreements([]lutgen.Result{r}) {
				j.Output += fmt.Sprintf("\n%v", a)
			}
		}
		out = append(out, j)
	}
	return out
}
