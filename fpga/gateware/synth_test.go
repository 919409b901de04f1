package gateware_test

import (
	"testing"

	"github.com/approxtrain/approxtrain/fpga/gateware"
)

// TestSynthesize measures two multipliers: the exact one is the larger.
func TestSynthesize(t *testing.T) {
	synthesis(t)
	hx8k := findBoard(t, "hx8k")
	area := map[string]*gateware.Area{}
	for _, name := range []string{"exact_u8", "trunc2_u8"} {
		r, _ := openBuiltin(t, name, "")
		var err error
		if area[name], err = gateware.Synthesize(t.Context(), r, []gateware.Board{hx8k}); err != nil {
			t.Fatal(err)
		}
	}
	exact, trunc := area["exact_u8"], area["trunc2_u8"]
	e, c := exact.Boards["hx8k"], trunc.Boards["hx8k"]
	// 64 ANDs and 56 adders are some 400 to 1000 NANDs.
	if exact.NAND2 < 400 || exact.NAND2 > 1000 || trunc.NAND2 >= exact.NAND2 || trunc.NAND2 < 100 || exact.Registers != 0 {
		t.Errorf("gates: exact %+v, truncated %+v", exact.Gates, trunc.Gates)
	}
	if e.Cells.Of != 7680 || e.Cells.Used < 60 || e.Cells.Used > 300 || c.Cells.Used >= e.Cells.Used || !e.Met() || c.Fmax <= e.Fmax {
		t.Errorf("cells: exact %+v, truncated %+v", e, c)
	}
	// A design with registers: as many as it has.
	r, _ := openBuiltin(t, "exact_u4", "sequential")
	a, err := gateware.Synthesize(t.Context(), r, nil)
	if err != nil || a.Registers != 1+8+4+8 {
		t.Errorf("exact_u4 (sequential): %+v, %v, expected 21 registers", a, err)
	}
}
