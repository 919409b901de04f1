package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

func newLut() *cobra.Command {
	var d design.Flags
	var g design.Golden
	var out, name string
	var fraction int
	var asJSON, force bool
	c := &cobra.Command{
		Use:   "lut [NAME | --rtl FILE… | --c FILE.c[:function] | --port PORT]",
		Short: "make the exhaustive table of a multiplier",
		Long: `lut evaluates every operand pair of a multiplier, several times and after different pairs,
writes the table and says how large its errors are and what it was proven equal to.`,
		Example: `  approxtrain lut --rtl mul.v                        # any multiplier; ports are inferred
  approxtrain lut --rtl mul.sv --top mul -G W=8 -I include -D FAST=1
  approxtrain lut --rtl mul.blif --each mode          # a netlist; a table for each value of an input
  approxtrain lut --rtl mapped.v --lib cells.lib      # a netlist of library cells
  approxtrain lut --rtl mul.v --golden drum6          # and prove it equal to a golden model
  approxtrain lut --c mul.c:mul --mant 7           # float mul(float, float)
  approxtrain lut --port /dev/ttyUSB1                 # what is on a board
  approxtrain lut mbm_e8m5                            # the built-in RTL`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			for _, err := range []error{lut.CheckName(name), d.IsNoSource(out), isTableFile(out), g.Parse()} {
				if err != nil { // before the work
					return fault.Usagef("%w", err)
				}
			}
			d.FormatOf(&g)
			o, done, err := d.Open(ctx, c, args)
			if err != nil {
				return err
			}
			defer done()
			path := cmp.Or(out, cmp.Or(name, o.Name)+".lut")
			if err := d.IsNoSource(path); err != nil {
				return err
			}
			if err := o.CanReplace(path); err != nil && !force {
				return err
			}
			if f, err := o.Shape().Format(); err == nil && f.Kind != lut.Mantissa && c.Flags().Changed("frac") {
				return fault.Usagef("--frac has no meaning for integers: %v", f)
			}
			if !asJSON {
				design.Print(o)
			}
			r, err := d.Options().Make(ctx, o, name, fraction, g.Ref)
			if err != nil {
				return design.GoldenError(err)
			}
			if r.Proof == nil || r.Proof.Equal() {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					return fault.Usagef("writing the table: %w", err)
				}
				if err := r.Table.WriteFile(path); err != nil {
					return err
				}
				r.Path = path
			}
			if asJSON {
				err = cli.WriteJSON(c.OutOrStdout(), r)
			} else {
				text.Made(cli.Stdout, r, "name one with --golden to compare")
				if o.RTL != nil && o.Shape().Kind == cosim.Float && o.Shape().A <= lutgen.MaxFullBits {
					fmt.Fprintln(cli.Stdout,
						"signs, exponents and special values were not compared: approxtrain check --full does that")
				}
			}
			if r.Proof == nil || !r.Proof.Equal() {
				design.HintMisread(r.Table, r.Metrics)
			}
			if err == nil && r.Proof != nil && !r.Proof.Equal() {
				err = cli.ErrNotEqual
			}
			return err
		},
	}
	d.Register(c)
	d.RegisterBoard(c)
	d.RegisterRuns(c)
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "", "table `file` to write (default: the table's name + .lut)")
	f.StringVar(&name, "name", "", "`name` of the table (default: design and format)")
	command.NumberVar(f, &fraction, "frac", "", fractionRange,
		"fraction `bits` to keep of a floating-point product (default: all that are used)")
	f.BoolVar(&force, "force", false, "replace a file that is no table, or the table of another design")
	g.Register(f,
		"golden `model` to prove the table equal to: a built-in NAME, file.lut, file.c[:function] or other.v[:module]")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// isTableFile refuses an -o that lut would fill with something else than its
// name says.
func isTableFile(out string) error {
	switch {
	case out == "":
		return nil
	case out == "-":
		return fault.Usagef("-o -: a table is written to a file, name.lut; approxtrain convert makes other forms of it")
	case !strings.EqualFold(filepath.Ext(out), ".lut"):
		return fault.Usagef("-o %s: expected a name that ends in .lut; make that and then: approxtrain convert name.lut %s",
			out, out)
	}
	return cli.CanWrite("-o", out, true)
}
