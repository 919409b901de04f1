package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/multiplier"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/lut"
)

func newInspect() *cobra.Command {
	var asJSON bool
	var plot string
	c := &cobra.Command{
		Use:   "inspect FILE.lut|NAME",
		Short: "error figures of a table, and a picture of its errors",
		Example: `  approxtrain inspect mitchell_e8m7.lut
  approxtrain inspect drum6_u8 --plot drum6.svg`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := command.CanPlot(plot); err != nil { // before the work
				return err
			}
			t, err := multiplier.ReadTable(args[0])
			if err != nil {
				return err
			}
			m := lut.Measure(t)
			if plot != "" {
				if err := report.ErrorPlot(t, m, plot); err != nil {
					return err
				}
			}
			if asJSON {
				i := inspected{Name: t.Name, Format: t.Format.String(), Bits: t.Format.EntryBits(),
					Digest: t.Digest(), Sources: t.Sources, Options: t.Options, Tools: t.Tools,
					Witnesses: t.Witnesses, Function: t.Function, Metrics: m}
				if t.Format.Kind == lut.Mantissa {
					i.Rounding = t.Rounding.String()
				}
				return cli.WriteJSON(c.OutOrStdout(), i)
			}
			text.Table(cli.Stdout, t, m)
			if plot != "" {
				fmt.Fprintf(cli.Stdout, "wrote %s\n", plot)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().StringVar(&plot, "plot", "", "error map and histogram: `file.png or .svg`")
	return c
}

type inspected struct {
	Name      string        `json:"name"`
	Format    string        `json:"format"`
	Bits      int           `json:"entry_bits"`
	Rounding  string        `json:"rounding,omitempty"`
	Digest    string        `json:"sha256"`
	Sources   []lut.Source  `json:"sources,omitempty"`
	Options   []string      `json:"options,omitempty"`
	Tools     []string      `json:"tools,omitempty"`
	Witnesses []lut.Witness `json:"witnesses,omitempty"`
	Function  string        `json:"function,omitempty"`
	Metrics   lut.Metrics   `json:"metrics"`
}
