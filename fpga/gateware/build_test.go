package gateware_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"approxtrain/fpga/gateware"
)

// synthesis leaves out a test where nobody has asked for yosys and its like. In
// continuous integration they are there.
func synthesis(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("yosys"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no yosys: scripts/bootstrap --fpga")
	}
	t.Parallel()
}

func findBoard(t *testing.T, name string) gateware.Board {
	t.Helper()
	b, err := gateware.FindBoard(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTable builds a row of docs/fpga.md on each board once more: it fits, it is
// fast enough, and the page says what it takes. nextpnr of another version may
// place another way, but not far from there.
func TestTable(t *testing.T) {
	synthesis(t)
	for _, c := range []struct {
		board, name string
		rams        gateware.Use
	}{
		{"icebreaker", "exact_u8", gateware.Use{Used: 3, Of: 30}},
		{"hx8k", "mitchell_e8m7", gateware.Use{Used: 3, Of: 32}},
		{"icestick", "trunc2_u8", gateware.Use{Used: 3, Of: 16}},
	} {
		t.Run(c.board, func(t *testing.T) {
			t.Parallel()
			cells, fmax := documented(t, c.board, c.name)
			r, _ := openBuiltin(t, c.name, "")
			b, err := gateware.Build(t.Context(), findBoard(t, c.board), adapt(t, r))
			if err != nil {
				t.Fatal(err)
			}
			off := func(got, said, part float64) bool { return !(math.Abs(got-said) <= part*said) }
			if off(float64(b.Cells.Used), cells, 0.02) || off(b.Fmax, fmax, 0.2) {
				t.Errorf("%s on the %s: %d cells and %.1f MHz, docs/fpga.md says %.0f and %.1f (make fpga-table)",
					c.name, c.board, b.Cells.Used, b.Fmax, cells, fmax)
			}
			if !b.Met() || b.Clock != 12 || b.RAMs != c.rams {
				t.Errorf("%+v, expected a clock of 12 MHz that is met, block RAMs %+v", b.Report, c.rams)
			}
			if st, err := os.Stat(b.Path); err != nil || st.Size() < 30_000 {
				t.Errorf("bitstream %s: %v, expected 32 KB or more", b.Path, err)
			}
		})
	}
}

// documented returns what docs/fpga.md says of a multiplier on a board.
func documented(t *testing.T, board, name string) (cells, fmax float64) {
	t.Helper()
	column := 0
	for line := range strings.Lines(text(t, "../../docs/fpga.md")) {
		row := strings.Split(strings.Trim(line, "| \n"), " | ")
		switch {
		case row[0] == "multiplier":
			for i, c := range row {
				if c == board+": cells" {
					column = i
				}
			}
		case row[0] == name && column > 0 && column+1 < len(row):
			if _, err := fmt.Sscan(strings.ReplaceAll(row[column], ",", "")+" "+row[column+1], &cells, &fmax); err != nil {
				t.Fatalf("docs/fpga.md, %s: %q: %v", name, row, err)
			}
			return cells, fmax
		}
	}
	t.Fatalf("docs/fpga.md says nothing of %s on the %s", name, board)
	return
}

// TestNoRoom builds a design that does not fit.
func TestNoRoom(t *testing.T) {
	synthesis(t)
	r, _ := openBuiltin(t, "exact_u12", "")
	_, err := gateware.Build(t.Context(), findBoard(t, "icestick"), adapt(t, r))
	var full *gateware.NoRoomError
	if !errors.As(err, &full) || full.Needs.Of != 1280 || full.Needs.Used <= 1280 {
		t.Errorf("exact_u12 on an iCEstick: %v, %+v", err, full)
	}
}
