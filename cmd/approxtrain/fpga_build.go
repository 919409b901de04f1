package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/fpga/gateware"
	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/lut"
)

func newFpgaBuild() *cobra.Command {
	var d design.Flags
	var board, out, filter string
	var fraction int
	var all, asJSON, markdown bool
	c := &cobra.Command{
		Use:   "build --board NAME [NAME | --rtl FILE…]",
		Short: "make the bitstream of a board with a multiplier",
		Long: `build puts a multiplier unchanged on a board that answers over its serial line
(docs/protocol.md). It runs yosys, nextpnr-ice40 and icepack, and reports the logic
cells and whether the design is fast enough for the board's clock.

With --all it builds every built-in multiplier of 8-bit integers and of e8m7, for the
named board or for all boards, and prints a table.`,
		Example: `  approxtrain fpga build --board icebreaker --rtl mul.v
  approxtrain fpga build --board hx8k drum6_u8 -o drum6.bin
  approxtrain fpga build --all --markdown`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			boards, err := chosenBoards(board)
			if err != nil {
				return err
			}
			if all {
				if out != "" {
					return fault.Usagef("--all writes no bitstreams: without -o")
				}
				if err := d.IsAll(c, args); err != nil {
					return err
				}
				return buildAll(ctx, c.OutOrStdout(), boards, filter, d.Jobs, asJSON, markdown)
			}
			switch {
			case board == "":
				return fault.Usagef("say which board with --board: %s", boardNames())
			case filter != "" || markdown:
				return fault.Usagef("--filter and --markdown go with --all")
			}
			for _, err := range []error{d.OnlyVerilog(), d.IsNoSource(out), cli.CanWrite("-o", out, false)} { // before the work
				if err != nil {
					return err
				}
			}
			o, _, err := d.Open(ctx, c, args)
			if err != nil {
				return err
			}
			m, err := adapted(ctx, o, d.Options(), fraction)
			if err != nil {
				return err
			}
			if out == "" {
				out = o.Name + "_" + board + ".bin"
			}
			if !asJSON {
				design.Print(o)
			}
			b, err := gateware.Build(ctx, boards[0], m)
			if err != nil {
				return err
			}
			r := gateware.Built{Board: board, Multiplier: o.Name, Digest: m.Digest.String(), Report: &b.Report}
			if b.Met() {
				r.Path = out
				bits, e := os.ReadFile(b.Path)
				if err = e; err == nil {
					err = atomicfile.WriteBytes(out, bits)
				}
			} else {
				err = fault.Failedf("%s on the %s is too slow: %.1f MHz, and the clock has %.0f MHz; no bitstream written",
					o.Name, boards[0].Title, b.Fmax, b.Clock)
			}
			if asJSON {
				return errors.Join(cli.WriteJSON(c.OutOrStdout(), r), err)
			}
			text.Built(c.OutOrStdout(), r, boards[0])
			return err
		},
	}
	d.Register(c)
	f := c.Flags()
	f.StringVar(&board, "board", "", "board: `"+boardNames()+"`")
	f.StringVarP(&out, "out", "o", "", "bitstream `file` to write (default: multiplier and board + .bin)")
	command.NumberVar(f, &fraction, "frac", "", fractionRange,
		"fraction `bits` to keep of a floating-point product, as for lut")
	f.BoolVar(&all, "all", false, "every built-in multiplier of 8 bits and of e8m7")
	f.StringVar(&filter, "filter", "", "with --all: only multipliers whose name matches the `regexp`")
	f.BoolVar(&markdown, "markdown", false, "with --all: print a table in Markdown")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

func boardNames() string {
	var names []string
	for _, b := range gateware.Boards() {
		names = append(names, b.Name)
	}
	return strings.Join(names, "|")
}

// chosenBoards returns the board of a name, or all of them.
func chosenBoards(name string) ([]gateware.Board, error) {
	if name == "" {
		return gateware.Boards(), nil
	}
	b, err := gateware.FindBoard(name)
	return []gateware.Board{b}, err
}

// adapted makes a design ready for a board, if it is one that a board can hold.
func adapted(ctx context.Context, o *proof.Design, p *proof.Options, fraction int) (*gateware.Multiplier, error) {
	r := o.RTL
	if r == nil {
		return nil, fault.Usagef("a board takes Verilog (--rtl), not a function in C")
	}
	f, err := r.Shape().Format()
	if err != nil {
		return nil, err
	}
	if f.Kind != lut.Mantissa && fraction != 0 {
		return nil, fault.Usagef("--frac has no meaning for integers: %v", f)
	}
	return gateware.Adapt(ctx, o, p, fraction)
}
