package fpga_test

import (
	"context"
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/golden"
)

// Every product of a board is compared with a golden table. The example needs a board, so it
// is compiled and not run.
func ExampleCheck() {
	ctx := context.Background()
	board, err := fpga.Open(ctx, "/dev/ttyUSB1", fpga.Options{Baud: 1_000_000})
	if err != nil {
		log.Fatal(err)
	}
	defer board.Disconnect()
	m, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		log.Fatal(err)
	}
	r, err := fpga.Check(ctx, board, m.Table(), fpga.CheckOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d of %d products differ\n", len(r.Wrong), r.Total)
}
