package gateware_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga/gateware"
)

// TestGatesAreNotStale changes what only yosys reads, and the content of a memory
// image that both read by the same relative name.
func TestGatesAreNotStale(t *testing.T) {
	needYosys(t)
	dir, cache := t.TempDir(), t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_CACHE_HOME", cache)
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // an entry made from files as young as the run serves once
	}
	write("mul.v", "`ifdef YOSYS\n`include \"only.vh\"\n`else\n`define WRONG 0\n`endif\n"+
		"module mul(input [1:0] a, b, output [3:0] p); reg [3:0] rows [0:15]; initial $readmemh(\"rows.hex\", rows);\n"+
		"assign p = rows[{a, b}] ^ (`WRONG ? a & b : 4'd0); endmodule\n")
	const product = "0 0 0 0 0 1 2 3 0 2 4 6 0 3 6 9\n"
	write("rows.hex", product)
	write("only.vh", "`define WRONG 0\n")
	area := func() float64 {
		t.Helper()
		r, err := cosim.ElaborateRTL(t.Context(), cosim.Source{Files: []string{"mul.v"}}, cosim.Overrides{}, cosim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, err := gateware.Synthesize(t.Context(), r, nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.NAND2
	}
	entry := func() os.FileInfo {
		t.Helper()
		found, _ := filepath.Glob(filepath.Join(cache, "approxtrain/v2/fpga/*"))
		if len(found) != 1 {
			t.Fatalf("entries %q, expected 1", found)
		}
		st, err := os.Stat(found[0])
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	first := area()
	made := entry()
	if again := area(); again != first || !os.SameFile(made, entry()) {
		t.Errorf("%g gates, then %g; same entry: %v", first, again, os.SameFile(made, entry()))
	}
	write("only.vh", "`define WRONG 1\n")
	if got := area(); got == first {
		t.Errorf("%g gates, as before yosys's own header changed", got)
	}
	write("only.vh", "`define WRONG 0\n")
	if got := area(); got != first {
		t.Errorf("%g gates, then %g of the same files", first, got)
	}
	write("rows.hex", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 8\n")
	if got := area(); got >= first {
		t.Errorf("%g gates for an AND of four bits, %g for the product", got, first)
	}
}
