// Package rtl carries the Verilog library and the co-simulation harness inside the program.
// An installed binary needs no checkout. The package holds no logic.
package rtl

import (
	"embed"
	"io/fs"
)

//go:embed verilog testbench
var files embed.FS

// Verilog holds the multipliers: rtl/verilog.
var Verilog = sub("verilog")

// Testbench holds the harness that Verilator's output is compiled with:
// rtl/testbench.
var Testbench = sub("testbench")

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return f
}
