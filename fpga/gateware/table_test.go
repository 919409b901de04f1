package gateware_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/lut"
)

// TestBuiltins compares the built-in multipliers with those that docs/fpga.md has tables of.
func TestBuiltins(t *testing.T) {
	rows, err := gateware.Builtins(nil)
	if err != nil {
		t.Fatal(err)
	}
	page := text(t, "../../docs/fpga.md")
	for _, table := range []string{"boards", "areas"} {
		_, rest, _ := strings.Cut(page, "<!-- "+table+" -->")
		rest, _, _ = strings.Cut(rest, "<!-- end -->")
		var names []string
		for line := range strings.Lines(rest) {
			if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok && name != "multiplier" && name != "---" {
				names = append(names, name)
			}
		}
		if len(rows) == 0 || len(names) != len(rows) {
			t.Fatalf("%s: docs/fpga.md has %d multipliers, expected %d (make fpga-table)", table, len(names), len(rows))
		}
		for i, r := range rows {
			if names[i] != r.String() {
				t.Errorf("%s: docs/fpga.md has %s, expected %s", table, names[i], r)
			}
		}
	}
}

// TestMeasureAllLong measures two multipliers without a board: results stand in the order of the rows.
func TestMeasureAllLong(t *testing.T) {
	synthesis(t)
	rows, err := gateware.Builtins(regexp.MustCompile("^(exact|trunc2)_u8$"))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v: %v, expected two rows", rows, err)
	}
	var mu sync.Mutex
	var told []uint64
	all, err := gateware.MeasureAll(t.Context(), rows, nil, gateware.Several{Progress: func(done, total uint64) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, done, total)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 4 || told[1] != 2 || told[3] != 2 || told[0]+told[2] != 3 {
		t.Errorf("progress %v, expected 1 and 2 of 2", told)
	}
	for i, m := range all {
		if m.Multiplier != rows[i].String() || m.Format != "u8" || m.Numbers != lut.UintFormat(8, 8) {
			t.Errorf("%d is %s, %s, expected %s, u8", i, m.Multiplier, m.Format, rows[i])
		}
	}
	if exact, trunc := all[0], all[1]; exact.MRED != 0 || trunc.MRED <= 0 || !(trunc.NAND2 < exact.NAND2) {
		t.Errorf("%+v and %+v, expected that the truncated one is smaller and less exact", exact, trunc)
	}
}
