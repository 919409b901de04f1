package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"approxtrain/cosim"
	"approxtrain/fpga/gateware"
	"approxtrain/golden"
	"approxtrain/internal/fault"
	"approxtrain/lut"
	"approxtrain/witness"
)

// isAll refuses what names a design beside --all.
func (d *designFlags) isAll(c *cobra.Command, args []string) error {
	if len(args) > 0 || len(d.source.Files) > 0 || d.model.File != "" {
		return fault.Usagef("--all takes the built-in multipliers: without a name, --rtl or --model")
	}
	return d.check(c, true)
}

// builtins returns the rows of the manifest that a board's table is about: 8-bit
// integers and floats of 7 mantissa bits.
func builtins(filter string) ([]golden.Row, error) {
	rows, err := manifestRows(filter)
	if err != nil {
		return nil, err
	}
	var out []golden.Row
	for _, r := range rows {
		m, err := r.Multiplier()
		if err != nil {
			return nil, err
		}
		f := m.Format
		if eight := f.Kind != lut.Mantissa && f.A == 8 || f.Kind == lut.Mantissa && f.A == 7; eight {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fault.Usagef("no built-in multiplier of 8 bits or e8m7 matches --filter %s; approxtrain list shows all", filter)
	}
	return out, nil
}

// buildAll builds the built-in multipliers on boards.
func buildAll(ctx context.Context, w io.Writer, boards []gateware.Board, filter string, jobs int, asJSON, markdown bool) error {
	rows, err := builtins(filter)
	if err != nil {
		return err
	}
	results := make([]buildResult, len(rows)*len(boards))
	err = side(ctx, jobs, len(results), "build", "bitstreams", func(ctx context.Context, i int) (err error) {
		results[i], err = buildOne(ctx, rows[i/len(boards)], boards[i%len(boards)])
		return err
	})
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(w, results)
	} else {
		err = boardsTable(w, markdown, boards, results)
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

// buildOne builds a built-in multiplier on a board. That it does not fit is a
// result.
func buildOne(ctx context.Context, row golden.Row, b gateware.Board) (buildResult, error) {
	r := buildResult{Board: b.Name, Multiplier: row.String()}
	o, err := openBuiltin(ctx, row.Name, row.Variant, cosim.Options{}, witness.Options{})
	if err != nil {
		return r, err
	}
	m, err := adapted(ctx, o, 0)
	if err != nil {
		return r, err
	}
	r.Digest = m.Digest.String()
	bits, err := gateware.Build(ctx, b, m)
	var full *gateware.NoRoomError
	switch {
	case errors.As(err, &full):
		r.Needs = &full.Needs
	case err != nil:
		return r, err
	default:
		r.Report = &bits.Report
	}
	return r, nil
}

// boardsTable prints a row for each multiplier, two columns for each board. Cells
// that a board does not have stand in brackets.
func boardsTable(w io.Writer, markdown bool, boards []gateware.Board, results []buildResult) error {
	head := []string{"multiplier"}
	for _, b := range boards {
		head = append(head, b.Name+": cells", "MHz")
	}
	var rows [][]string
	for i := 0; i < len(results); i += len(boards) {
		row := []string{results[i].Multiplier}
		for _, r := range results[i:][:len(boards)] {
			switch {
			case r.Report == nil:
				row = append(row, fmt.Sprintf("(%s)", count(r.Needs.Used)), "–")
			case !r.Report.Met():
				row = append(row, count(r.Report.Cells.Used), fmt.Sprintf("%.1f: too slow", r.Report.Fmax))
			default:
				row = append(row, count(r.Report.Cells.Used), fmt.Sprintf("%.1f", r.Report.Fmax))
			}
		}
		rows = append(rows, row)
	}
	return writeTable(w, markdown, head, rows)
}
