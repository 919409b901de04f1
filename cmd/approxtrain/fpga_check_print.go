package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/report"
)

type boardReport struct {
	Board  string `json:"board"`
	Golden string `json:"golden"`
	Equal  bool   `json:"equal"`
	*fpga.Result
}

func (k *boardCheck) print(w io.Writer, r *fpga.Result) {
	fmt.Fprintln(w, r.Build)
	if r.Equal() {
		fmt.Fprintf(w, "PASS  %s of %s products equal to %s\n", cli.Count(r.Pairs.Compared), cli.Count(r.Total), k.what)
	} else {
		printComparison(w, k.what, r.Table().Format, r.Pairs, k.show)
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
	printLink(w, r.Link, r.Lost)
	fmt.Fprintf(w, "%.2f s, %.3g bytes on the line for a product\n", r.Seconds, r.BytesPerProduct())
	if k.plot != "" {
		fmt.Fprintf(w, "wrote %s\n", k.plot)
	}
}

// printLink says what went over the line, and what the board did not understand.
func printLink(w io.Writer, s link.Stats, lost link.Counters) {
	fmt.Fprintln(w, s)
	if lost.Total() > 0 {
		fmt.Fprintf(w, "the board lost %v\n", lost)
	}
}

func (k *boardCheck) junitCases(r *fpga.Result, err error, interrupted bool, took time.Duration) []report.JUnitCase {
	j := report.JUnitCase{Name: k.what, Class: "approxtrain.fpga.check", Time: took, Output: k.board}
	if j.Name == "" {
		j.Name = "fpga check"
	}
	switch {
	case r != nil && !r.Equal():
		var b strings.Builder
		k.print(&b, r)
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
