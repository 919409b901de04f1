package gateware_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"approxtrain/fpga/gateware"
)

// TestTable makes two rows of docs/fpga.md once more, on one board. nextpnr of
// another version may place another way, but not far from there.
func TestTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/fpga.md")
	if err != nil {
		t.Fatal(err)
	}
	const board = "icebreaker"
	b, err := gateware.FindBoard(board)
	if err != nil {
		t.Fatal(err)
	}
	column, rows := 0, map[string][]string{}
	for _, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if cells[0] == "multiplier" {
			for i, c := range cells {
				if c == board+": cells" {
					column = i
				}
			}
		} else if len(cells) > column+1 && column > 0 {
			rows[cells[0]] = cells
		}
	}
	if column == 0 || len(rows) < 30 {
		t.Fatalf("docs/fpga.md has no table of boards with %s: column %d, %d rows", board, column, len(rows))
	}
	for _, name := range []string{"exact_u8", "mitchell_e8m7"} {
		r, _ := openBuiltin(t, name, "")
		bits, err := gateware.Build(t.Context(), b, adapt(t, r))
		if err != nil {
			t.Fatal(err)
		}
		var cells, fmax float64
		row := rows[name]
		if row == nil {
			t.Errorf("docs/fpga.md has no row %s", name)
			continue
		}
		if _, err := fmt.Sscan(strings.ReplaceAll(row[column], ",", "")+" "+row[column+1], &cells, &fmax); err != nil {
			t.Errorf("%s: %q: %v", name, row, err)
			continue
		}
		off := func(got, said, part float64) bool { return !(math.Abs(got-said) <= part*said) }
		if off(float64(bits.Cells.Used), cells, 0.02) || off(bits.Fmax, fmax, 0.2) || !bits.Met() {
			t.Errorf("%s on the %s: %d cells and %.1f MHz, the page says %.0f and %.1f (approxtrain fpga build --all --markdown)",
				name, board, bits.Cells.Used, bits.Fmax, cells, fmax)
		}
	}
}
