package main

import (
	"regexp"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/internal/text"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lutgen"
)

func newRegress() *cobra.Command {
	var filter, junit string
	var jobs int
	var failFast, asJSON bool
	c := &cobra.Command{
		Use:   "regress",
		Short: "prove every built-in: RTL = golden model = committed table",
		Long: `regress proves every row of the golden manifest. It sweeps the RTL, as lut does, compares every
product with the functional model, and compares the model's table with the committed one.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := cli.CanWrite("--junit", junit, false); err != nil {
				return err
			}
			root, err := golden.CheckCheckout(".")
			if err != nil {
				return err
			}
			if root == "" {
				cli.Logf("no checkout of approxtrain here: the multipliers inside this program are proven")
			}
			cases, err := regressCases(filter)
			if err != nil {
				return err
			}
			if jobs == 0 {
				jobs = runtime.GOMAXPROCS(0)
			}
			p := cli.NewProgress("regress", "rows")
			ended := uint64(0)
			start := time.Now()
			results, err := lutgen.Regress(c.Context(), cases, jobs, failFast, func(lutgen.Result) {
				ended++
				p.Set(ended, uint64(len(cases)))
			})
			p.Finish()
			if err != nil { // interrupted
				stop := report.JUnitCase{Name: "regress", Class: text.RegressClass, Error: "interrupted"}
				return cli.WriteJUnit(junit, "approxtrain regress", append(text.RegressCases(results), stop), err)
			}
			if asJSON {
				err = cli.WriteJSON(c.OutOrStdout(), results)
			} else {
				text.Regress(cli.Stdout, results, time.Since(start))
			}
			for _, r := range results {
				if err == nil && !r.Passed() {
					err = cli.ErrNotEqual
				}
			}
			return cli.WriteJUnit(junit, "approxtrain regress", text.RegressCases(results), err)
		},
	}
	f := c.Flags()
	f.StringVar(&filter, "filter", "", "only rows whose name matches the `regexp`")
	command.NumberVar(f, &jobs, "jobs", "j", limits.Threads, "`rows` side by side (default: one per core)")
	f.BoolVar(&failFast, "fail-fast", false, "start no row after one has failed")
	f.StringVar(&junit, "junit", "", "write the outcome as JUnit XML: `file.xml`")
	f.BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}

// regressCases makes a case of every row of the manifest that matches.
func regressCases(filter string) ([]lutgen.Case, error) {
	re, err := regexp.Compile(filter)
	if err != nil {
		return nil, fault.Usagef("--filter: %w", err)
	}
	cases, err := witness.Cases(re.MatchString)
	if err == nil && len(cases) == 0 {
		err = fault.Usagef("--filter %s matches no row of the manifest; approxtrain list shows them", filter)
	}
	return cases, err
}
