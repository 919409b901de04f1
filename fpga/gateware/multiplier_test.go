package gateware_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/approxtrain/approxtrain/fpga/gateware"
)

var update = flag.Bool("update", false, "rewrite rtl/testbench/board")

// TestGenerated compares the two files for a pipelined multiplier with those that
// are committed for the linter, and for readers.
func TestGenerated(t *testing.T) {
	t.Parallel()
	r, _ := openBuiltin(t, "mitchell_e8m7", "pipelined")
	m := adapt(t, r)
	for name, text := range map[string]string{gateware.ConfigFile: m.Config, gateware.MultiplierFile: m.Verilog} {
		path := filepath.Join("../../rtl/testbench/board", name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || string(want) != text {
			t.Errorf("%s is not what is generated (go test ./fpga/gateware -run Generated -update): %v\n%s", path, err, text)
		}
	}
}
