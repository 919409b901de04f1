package text

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/cli"
)

// Built prints what a multiplier takes of a board.
func Built(w io.Writer, r gateware.Built, b gateware.Board) {
	p := r.Report
	fmt.Fprintf(w, "%s: %s of %s logic cells (%d %%), %d of %d block RAMs\n", b.Title,
		cli.Count(p.Cells.Used), cli.Count(p.Cells.Of), 100*p.Cells.Used/p.Cells.Of, p.RAMs.Used, p.RAMs.Of)
	met := "timing is met"
	if !p.Met() {
		met = "timing is not met"
	}
	fmt.Fprintf(w, "at most %.1f MHz, the clock has %.0f MHz: %s\n", p.Fmax, p.Clock, met)
	if r.Path != "" {
		fmt.Fprintf(w, "wrote %s (digest %s)\n", r.Path, r.Digest)
	}
}

// Boards prints a row for each multiplier, two columns for each board. Cells
// that a board does not have stand in brackets.
func Boards(w io.Writer, markdown bool, boards []gateware.Board, results []gateware.Built) error {
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
				row = append(row, fmt.Sprintf("(%s)", cli.Count(r.Needs.Used)), "–")
			case !r.Report.Met():
				row = append(row, cli.Count(r.Report.Cells.Used), fmt.Sprintf("%.1f: too slow", r.Report.Fmax))
			default:
				row = append(row, cli.Count(r.Report.Cells.Used), fmt.Sprintf("%.1f", r.Report.Fmax))
			}
		}
		rows = append(rows, row)
	}
	return grid(w, markdown, head, rows)
}

// Areas prints the areas of multipliers, those on FPGAs in two columns for each board.
func Areas(w io.Writer, markdown bool, boards []gateware.Board, results []gateware.Measured) error {
	head := []string{"multiplier", "MRED", "NAND2", "registers"}
	library := slices.ContainsFunc(results, func(r gateware.Measured) bool { return r.Library != nil })
	if library {
		head = append(head, "library area")
	}
	for _, b := range boards {
		head = append(head, b.Device+": cells", "MHz")
	}
	var rows [][]string
	for _, r := range results {
		row := []string{r.Multiplier, fmt.Sprintf("%.4g %%", 100*r.MRED),
			cli.Count(int(math.Round(r.NAND2))), cli.Count(r.Registers)}
		switch {
		case library && r.Library != nil:
			row = append(row, fmt.Sprintf("%.6g", r.Library.Area))
		case library:
			row = append(row, "–")
		}
		for _, b := range boards {
			if p, fits := r.Boards[b.Name]; fits {
				row = append(row, cli.Count(p.Cells.Used), fmt.Sprintf("%.1f", p.Fmax))
			} else {
				row = append(row, "–", "–")
			}
		}
		rows = append(rows, row)
	}
	return grid(w, markdown, head, rows)
}
