package cosim_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/approxtrain/approxtrain/cosim"
)

// OpenRTL finds out what the ports of a design are for and builds it with Verilator. An
// instance multiplies a rectangle of operand pairs at a time.
func ExampleOpenRTL() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "mul.v")
	verilog := "module mul(input [3:0] a, b, output [7:0] p);\n  assign p = a * b & 8'hfc;\nendmodule\n"
	if err := os.WriteFile(file, []byte(verilog), 0o644); err != nil {
		log.Fatal(err)
	}
	r, err := cosim.OpenRTL(ctx, cosim.Source{Files: []string{file}}, cosim.Overrides{}, cosim.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Shape())
	d, err := r.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	row, err := d.Sweep(ctx, cosim.Rect{A0: 7, NA: 1, NB: 16}, cosim.RowMajor)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("7 × 9 =", row.At(9))
	// Output:
	// uint 4×4→8 (u4)
	// 7 × 9 = 60
}
