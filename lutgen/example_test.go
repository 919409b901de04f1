package lutgen_test

import (
	"context"
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Make sweeps the Verilog of a built-in into a table. CompareTables compares it with the
// table of the model that was written from the published formula.
func ExampleMake() {
	ctx := context.Background()
	m, err := golden.Lookup("mitchell_u4")
	if err != nil {
		log.Fatal(err)
	}
	s, err := cosim.Builtin(m.RTL.File, m.RTL.Top, m.RTL.Params)
	if err != nil {
		log.Fatal(err)
	}
	r, err := cosim.OpenRTL(ctx, s, cosim.Overrides{Kind: cosim.Kind(m.RTL.Kind)}, cosim.Options{})
	if err != nil {
		log.Fatal(err)
	}
	t, err := lutgen.Make(ctx, r, lutgen.Options{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := lutgen.CompareTables(t, m.Table())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d products compared, %d differ\n", c.Compared, c.Mismatched)
	// Output: 256 products compared, 0 differ
}
