package main

import (
	"context"
	"io"
	"regexp"

	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/text"
)

// builtins returns the built-in multipliers that docs/fpga.md has tables of and whose names match.
func builtins(filter string) ([]golden.Row, error) {
	re, err := regexp.Compile(filter)
	if err != nil {
		return nil, fault.Usagef("--filter: %w", err)
	}
	rows, err := gateware.Builtins(re)
	if err == nil && len(rows) == 0 {
		err = fault.Usagef("no built-in multiplier of 8 bits or e8m7 matches --filter %s; approxtrain list shows all", filter)
	}
	return rows, err
}

// buildAll builds the built-in multipliers on boards.
func buildAll(ctx context.Context, w io.Writer, boards []gateware.Board, filter string, jobs int,
	asJSON, markdown bool) error {
	rows, err := builtins(filter)
	if err != nil {
		return err
	}
	p := cli.NewProgress("build", "bitstreams")
	results, err := gateware.BuildAll(ctx, rows, boards, gateware.Several{Jobs: jobs, Progress: p.Set})
	if p.Finish(); err != nil {
		return err
	}
	if asJSON {
		err = cli.WriteJSON(w, results)
	} else {
		err = text.Boards(w, markdown, boards, results)
	}
	slow := 0
	for _, r := range results {
		if r.Report != nil && !r.Report.Met() {
			slow++
		}
	}
	if err == nil && slow > 0 {
		err = fault.Failedf("%d of %d designs are too slow for their board's clock", slow, len(results))
	}
	return err
}
