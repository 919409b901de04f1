package design

import (
	"fmt"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/lut"
)

// Plot draws the errors of a design that was checked into a file, and says so unless quiet: those of its table, or of
// integers that no table holds. Without a path it does nothing.
func Plot(path string, d *proof.Design, r *proof.Outcome, quiet bool) (err error) {
	var table *lut.Table
	var errors *lut.ErrorMap
	var figures lut.Metrics
	switch {
	case path == "":
		return nil
	case r.Limited != nil:
		table, errors, figures = r.Limited.Table, r.Limited.Map, r.Limited.Metrics
	case r.CheckResult != nil && r.Metrics != nil:
		errors, figures = r.Map, *r.Metrics
	case r.CheckResult != nil:
		table, figures = r.Table, lut.Measure(r.Table)
	}
	switch {
	case table != nil:
		titled := *table
		titled.Name = d.Name
		err = report.ErrorPlot(&titled, figures, path)
	case errors != nil:
		err = report.ErrorMapPlot(d.Name, errors, figures, path)
	default:
		return nil
	}
	if err == nil && !quiet {
		fmt.Fprintf(cli.Stdout, "wrote %s\n", path)
	}
	return err
}
