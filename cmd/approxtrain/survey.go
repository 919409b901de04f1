package main

import (
	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/design"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newSurvey() *cobra.Command {
	var s design.Several
	c := &cobra.Command{
		Use:   "survey FOLDER|FILE…",
		Short: "measure every multiplier of a folder: errors, gates, depth, cells, delay",
		Long: `survey makes the table of every .v, .sv and .blif file in folders that is a multiplier by itself, as lut
does, measures its errors and its size, and compares the figures that its comments state with
them. A design that fails is a row with the reason, and the exit status is then 1. Interrupted,
even by kill -9, the same command goes on with the designs that are not measured yet. A row
is measured anew when a file changes that was read for it.`,
		Example: `  approxtrain survey designs --sort mred --plot front.png
  approxtrain survey designs --golden exact           # PASS or FAIL for each
  approxtrain survey mul_a.v lib.v:mul_b --json       # files; with a module where there are several
  approxtrain survey evoapprox --board none --csv all.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			r, err := s.Run(c, args)
			if err == nil {
				err = text.WriteSurvey(c.OutOrStdout(), r, s.Outputs)
			}
			if err == nil && !r.Totals.Good() {
				err = cli.ErrNotEqual
			}
			return cli.WriteJUnit(s.JUnit, "approxtrain survey", text.SurveyCases(r, err), err)
		},
	}
	s.Register(c)
	return c
}
