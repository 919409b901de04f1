package text

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/report"
)

// BoardCheck prints how a board compares with what it should be. plot is the picture that was drawn, "" for none.
func BoardCheck(w io.Writer, r *fpga.Result, what string, show int, plot string) {
	fmt.Fprintln(w, r.Build)
	if r.Equal() {
		fmt.Fprintf(w, "PASS  %s of %s products equal to %s\n", cli.Count(r.Pairs.Compared), cli.Count(r.Total), what)
	} else {
		Comparison(w, what, r.Table().Format, r.Pairs, show)
		if r.Pairs.Compared < r.Total {
			fmt.Fprintf(w, "  only %s of %s products were compared\n", cli.Count(r.Pairs.Compared), cli.Count(r.Total))
		}
		if r.MoreIrregular > 0 {
			fmt.Fprintf(w, "  %s more responses had products that cannot be entries\n", cli.Count(r.MoreIrregular))
		}
	}
	fmt.Fprintln(w, r.Basis())
	if text := r.Assurance(); text != "" {
		fmt.Fprintln(w, text)
	}
	Link(w, r.Link, r.Lost)
	fmt.Fprintf(w, "%.2f s, %.3g bytes on the line for a product\n", r.Seconds, r.BytesPerProduct())
	if plot != "" {
		fmt.Fprintf(w, "wrote %s\n", plot)
	}
}

// Link prints what went over the line, and what the board did not understand.
func Link(w io.Writer, s link.Stats, lost link.Counters) {
	fmt.Fprintln(w, s)
	if lost.Total() > 0 {
		fmt.Fprintf(w, "the board lost %v\n", lost)
	}
}

// BoardCases makes a test case of the check of a board, whose result r is nil if nothing was compared. name is the
// same whatever the outcome is, and of no other board.
func BoardCases(name string, r *fpga.Result, board, what string, show int, plot string, err error, interrupted bool,
	took time.Duration) []report.JUnitCase {
	j := report.JUnitCase{Name: name, Class: "approxtrain.fpga.check", Time: took, Output: board}
	switch {
	case r != nil && !r.Equal():
		var b strings.Builder
		BoardCheck(&b, r, what, show, plot)
		j.Failure = fmt.Sprintf("%s of %s products differ", cli.Count(r.Pairs.Mismatched), cli.Count(r.Total))
		j.Details = b.String()
	case interrupted && err != nil:
		j.Error = "interrupted"
	case err != nil:
		j.Error = err.Error()
	default:
		j.Output += fmt.Sprintf("\n%s of %s products equal; %s; %v", cli.Count(r.Pairs.Compared), cli.Count(r.Total),
			r.Basis(), r.Link)
		if text := r.Assurance(); text != "" {
			j.Output += "\n" + text
		}
	}
	return []report.JUnitCase{j}
}

// SelfTest prints the latency and the throughput of the line to a board.
func SelfTest(w io.Writer, r *fpga.SelfTestResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
	share := func(rate float64) string {
		return fmt.Sprintf("%s bytes/s\t%.0f %% of the line", cli.Count(int(rate)), 100*rate/r.Line)
	}
	fmt.Fprintf(t, "latency\t%s\tmedian of %s, least %s, 99 %% at most %s\n",
		ms(r.Median), cli.Count(r.Pings), ms(r.Minimum), ms(r.P99))
	fmt.Fprintf(t, "echoes, to the board\t%s\n", share(r.Up))
	fmt.Fprintf(t, "echoes, to the host\t%s\n", share(r.Down))
	fmt.Fprintf(t, "rows, to the host\t%s\n", share(r.Stream))
	fmt.Fprintf(t, "lost\t%.3g %%\t%s of %s echoes asked for again\n",
		100*r.Lost, cli.Count(r.Retries), cli.Count(r.Echoes))
	t.Flush()
	Link(w, r.Link, r.Board)
}
