package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/forms"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

func newConvert() *cobra.Command {
	var from, to, format, name string
	c := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "a table to and from other forms",
		Long: "convert reads a table in one form and writes it in another; the forms follow from the file names.\n\n" +
			forms.Help(),
		Example: `  approxtrain convert mitchell_e8m7.lut mitchell.npy
  approxtrain convert mbm_e8m7 mbm.h                           # a built-in, by name
  approxtrain convert MBM_7.bin mbm.lut --format e8m7 --name mbm_e8m7`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := lut.CheckName(name); err != nil {
				return fault.Usagef("%w", err)
			}
			if err := cli.CanWrite("writing", args[1], false); err != nil {
				return err
			}
			t, err := forms.Read(args[0], from, format, name)
			if err != nil {
				return err
			}
			if name != "" {
				t.Name = name
			}
			out := args[1]
			if err := forms.Write(t, out, to); err != nil {
				return err
			}
			fmt.Fprintf(cli.Stdout, "wrote %s: %s, format %v, %s entries\n", out, t.Name, t.Format, cli.Count(t.Format.Pairs()))
			return nil
		},
	}
	f := c.Flags()
	all := strings.Join(forms.Names(), "|")
	f.StringVar(&from, "from", "", "`form` of the input, if its name does not tell: "+all)
	f.StringVar(&to, "to", "", "`form` of the output, if its name does not tell: "+all)
	f.StringVar(&format, "format", "", "number `format` of a table that is not a .lut file: e8m7, u8, s8")
	f.StringVar(&name, "name", "", "`name` of the table")
	return c
}
