package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
)

func newWrap() *cobra.Command {
	var d design.Flags
	c := &cobra.Command{
		Use:   "wrap --rtl FILE…",
		Short: "print the module with plain ports in which a design is simulated",
		Long: `wrap prints Verilog of a module with plain ports that holds the design: operands a and b, product p, and
clock, reset and handshake, all of them active high. It has the connections that lut and check use.`,
		Example: `  approxtrain wrap --rtl axis.v --a 'tdata[7:0]' --b 'tdata[15:8]' > plain.v
  approxtrain lut --rtl plain.v --rtl axis.v`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := d.OnlyVerilog(); err != nil {
				return err
			}
			o, done, err := d.Open(c.Context(), c, args)
			if err != nil {
				return err
			}
			defer done()
			text, err := o.RTL.Wrapper()
			if err != nil {
				return fault.Usagef("%w", err)
			}
			fmt.Fprint(cli.Stdout, text)
			return nil
		},
	}
	d.Register(c)
	return c
}
