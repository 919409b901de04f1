package gateware_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// synthesis leaves out a test where nobody has asked for yosys and its like. In
// continuous integration they are there.
func synthesis(t *testing.T) {
	t.Helper()
	needYosys(t)
	t.Parallel()
}

func needYosys(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("yosys"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no yosys: scripts/bootstrap --fpga")
	}
}

func findBoard(t *testing.T, name string) gateware.Board {
	t.Helper()
	b, err := gateware.FindBoard(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTableLong builds rows of docs/fpga.md once more: they fit, they are fast enough,
// and the page says what they take. nextpnr of another version may place another
// way, but not far from there. (The iCEstick has its turn in fpga_build.txtar.)
func TestTableLong(t *testing.T) {
	synthesis(t)
	for _, c := range []struct {
		board, name string
		rams        gateware.Use
	}{
		{"icebreaker", "exact_u8", gateware.Use{Used: 6, Of: 30}},
		{"hx8k", "mitchell_e8m7", gateware.Use{Used: 6, Of: 32}},
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

// TestNoRoom has a nextpnr that says what the real one does when a design does not
// fit. It is asked once.
func TestNoRoom(t *testing.T) {
	r, _ := openBuiltin(t, "exact_u8", "")
	for tool, script := range map[string]string{
		"YOSYS": `echo "$ASKED" # a version that is not in the cache yet
while [ $# -gt 0 ]; do [ "$1" = -E ] && echo "board.json: /bin/sh" >"$2"; shift; done
exit 0`,
		"ICEPACK": "exit 1",
		"NEXTPNR": `[ "$1" = --version ] && exit
echo "Info:          ICESTORM_LC:  1533/ 1280   119%"
echo "ERROR: Unable to place cell 'u_core', no BELs remaining"
echo >>"$YOSYS_ASKED"
exit 255`,
	} {
		path := filepath.Join(t.TempDir(), tool)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv(tool, path)
	}
	folder := t.TempDir()
	asked := filepath.Join(folder, "asked")
	t.Setenv("YOSYS_ASKED", asked) // a variable that tools in the sandbox see
	ctx := sandbox.With(t.Context(), sandbox.Grant{Write: []string{folder}})
	for range 2 {
		_, err := gateware.Build(ctx, findBoard(t, "icestick"), adapt(t, r))
		const want = "uint_exact needs 1533 logic cells, the iCEstick (iCE40HX1K) has 1280: choose a larger board"
		var full *gateware.NoRoomError
		if !errors.As(err, &full) || full.Needs != (gateware.Use{Used: 1533, Of: 1280}) || err.Error() != want || fault.Status(err) != fault.Failed {
			t.Errorf("%v (%+v), expected: %s", err, full, want)
		}
	}
	if text(t, asked) != "\n" {
		t.Errorf("nextpnr was asked %d times", len(text(t, asked)))
	}
}
