package gateware_test

import (
	"errors"
	"os"
	"testing"

	"approxtrain/cosim"
	"approxtrain/fpga/gateware"
)

// TestBuild makes bitstreams: one that fits and is fast enough, and one that
// does not fit.
func TestBuild(t *testing.T) {
	r, _ := openBuiltin(t, "exact_u4", "sequential")
	icestick, err := gateware.FindBoard("icestick")
	if err != nil {
		t.Fatal(err)
	}
	b, err := gateware.Build(t.Context(), icestick, adapt(t, r))
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(b.Path)
	if err != nil || st.Size() < 30_000 {
		t.Errorf("bitstream %s: %v, expected some 32 KB", b.Path, err)
	}
	if b.Cells.Of != 1280 || b.Cells.Used < 500 || b.Cells.Used > 1280 || b.RAMs != (gateware.Use{Used: 3, Of: 16}) || b.Clock != 12 || !b.Met() || b.Fmax > 200 {
		t.Errorf("%+v", b.Report)
	}
	_, err = gateware.Build(t.Context(), icestick, adapt(t, openFile(t, "heavy.v", cosim.Overrides{})))
	var full *gateware.NoRoomError
	if !errors.As(err, &full) || full.Needs.Of != 1280 || full.Needs.Used <= 1280 {
		t.Errorf("a design of thousands of cells: %v, %+v", err, full)
	}
}
