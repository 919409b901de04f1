package gateware_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/approxtrain/approxtrain/fpga/gateware"
)

// TestBoards compares each row of boards.yaml with its top and its pins, and with
// docs/fpga.md: what a new board may lack.
func TestBoards(t *testing.T) {
	dir := filepath.Join(library(t), "fpga")
	tops, err := filepath.Glob(filepath.Join(dir, "board_*.pcf"))
	if err != nil || len(tops) != len(gateware.Boards()) || len(tops) < 3 {
		t.Errorf("%d files of pins, %d boards (%v)", len(tops), len(gateware.Boards()), err)
	}
	page := text(t, "../../docs/fpga.md")
	for _, b := range gateware.Boards() {
		top := text(t, filepath.Join(dir, b.Top()+".v"))
		pins := text(t, filepath.Join(dir, b.Top()+".pcf"))
		if want := fmt.Sprintf(".CLK_HZ(%d)", b.ClockHz); !strings.Contains(top, want) {
			t.Errorf("%s.v has no %s, the clock of boards.yaml", b.Top(), want)
		}
		ports := names(`(?m)^ +(?:input|output) +wire (\w+),?$`, top)
		if placed := names(`(?m)^set_io (\w+) \w+`, pins); len(ports) < 3 || !slices.Equal(ports, placed) {
			t.Errorf("%s: ports %v, pins for %v", b.Top(), ports, placed)
		}
		if !strings.Contains(page, "| `"+b.Name+"` |") {
			t.Errorf("docs/fpga.md does not list the board %s", b.Name)
		}
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// names returns what the groups of a pattern match, sorted.
func names(pattern, text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return all
}
