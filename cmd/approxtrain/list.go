package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"approxtrain/golden"
)

func newList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "the built-in multipliers of the golden manifest",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rows, err := golden.Manifest()
			if err != nil {
				return err
			}
			t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "name\tformat\tpairs\tRTL")
			for _, r := range rows {
				m, err := r.Multiplier()
				if err != nil {
					return err
				}
				fmt.Fprintf(t, "%s\t%v\t%s\t%s\n", m.Name, m.Format, count(m.Format.Pairs()), m.RTL.File)
			}
			return t.Flush()
		},
	}
}
