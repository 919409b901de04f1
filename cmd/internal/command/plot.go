package command

import (
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/report"
)

// CanPlot refuses, before the work, a path of --plot to which no picture can be written. An empty one asks for none.
func CanPlot(path string) error {
	if path == "" {
		return nil
	}
	if report.CheckPicture(path) != nil {
		return fault.Usagef("--plot %s: expected .png or .svg", limits.Show(path))
	}
	return cli.CanWrite("--plot", path, false)
}
