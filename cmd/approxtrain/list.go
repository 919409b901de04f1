package main

import (
	"fmt"
	"regexp"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
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
			rows, err := golden.Manifest()
			if err != nil {
				return err
			}
			var all []listed
			for _, r := range rows {
				if !re.MatchString(r.String()) {
					continue
				}
				m, err := r.Multiplier()
				if err != nil {
					return err
				}
				l := listed{Name: r.String(), Format: m.Format.String(), Pairs: m.Format.Pairs(), RTL: m.RTL.File}
				if errors {
					metrics := lut.Measure(m.Table())
					l.Metrics = &metrics
				}
				all = append(all, l)
			}
			if !errors { // those of the others are taken over all pairs
				all = append(all, wide(re)...)
			}
			if len(all) == 0 {
				return fault.Usagef("no row matches --filter %s; approxtrain list shows all", filter)
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), all)
			}
			return printList(all, errors)
		},
	}
	c.Flags().StringVar(&filter, "filter", "", "only rows whose name matches the `regexp`")
	c.Flags().BoolVar(&errors, "errors", false, "print the error figures of each")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// listed is a row of the manifest as list shows it.
type listed struct {
	Name    string       `json:"name"`
	Format  string       `json:"format"`
	Pairs   int          `json:"pairs,omitempty"`
	RTL     string       `json:"rtl,omitempty"`
	Model   string       `json:"model,omitempty"` // in C, of one without a table
	Metrics *lut.Metrics `json:"metrics,omitempty"`
}

// wide lists the multipliers that have no table.
func wide(re *regexp.Regexp) []listed {
	var all []listed
	for _, name := range golden.WideNames() {
		if w, err := golden.LookupWide(name); err == nil && re.MatchString(name) {
			all = append(all, listed{Name: name, Format: lut.FloatFormat(w.Mantissa, w.Mantissa).String(), Model: w.Design + ".c"})
		}
	}
	return all
}

func printList(all []listed, errors bool) error {
	t := tabwriter.NewWriter(cli.Stdout, 0, 0, 2, ' ', 0)
	if errors {
		fmt.Fprintln(t, "name\tMRED\tWCRE\tbias\tEP\tNMED\tcommutes")
	} else {
		fmt.Fprintln(t, "name\tformat\tpairs\tRTL or C")
	}
	for _, l := range all {
		if m := l.Metrics; m != nil {
			fmt.Fprintf(t, "%s\t%.4g %%\t%.4g %%\t%+.4g %%\t%.4g %%\t%.4g\t%v\n", l.Name, 100*m.MRED, 100*m.WCRE, 100*m.Bias, 100*m.EP, m.NMED,
				map[bool]string{true: "yes", false: "no"}[m.Commutes])
		} else if l.Model != "" {
			fmt.Fprintf(t, "%s\t%s\tno table\t%s, for train\n", l.Name, l.Format, l.Model)
		} else {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.Name, l.Format, cli.Count(l.Pairs), l.RTL)
		}
	}
	return t.Flush()
}
