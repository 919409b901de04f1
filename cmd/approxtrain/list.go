package main

import (
	"regexp"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newList() *cobra.Command {
	var filter string
	var errors, asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "list the built-in multipliers",
		Example: `  approxtrain list
  approxtrain list --errors --filter _u8     # the errors of all 8-bit multipliers`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			re, err := regexp.Compile(filter)
			if err != nil {
				return fault.Usagef("--filter: %w", err)
			}
			all, err := golden.List(re.MatchString, errors)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				return fault.Usagef("no row matches --filter %s; approxtrain list shows all", filter)
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), all)
			}
			return text.List(cli.Stdout, all, errors)
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "only rows whose name matches the `regexp`")
	c.Flags().BoolVar(&errors, "errors", false, "print the error figures of each")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}
