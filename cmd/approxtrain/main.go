// Command approxtrain turns multipliers in Verilog or C into proven lookup tables, and trains networks.
//
// This folder is the command line, one file per subcommand: flags become one call of a package, and
// internal/text prints the results. Flags that several commands have are in cmd/internal, outputs and signals
// in internal/cli.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/cmd/internal/gradient"
	"github.com/approxtrain/approxtrain/cmd/internal/quantize"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

func main() { os.Exit(run()) }

// run runs the command of the arguments and returns the exit status.
func run() int {
	ctx := cli.UntilStopped()
	err := newRoot().ExecuteContext(ctx)
	leftovers.RemoveAll()
	if errors.Is(cli.Stdout.Failed(), syscall.EPIPE) || errors.Is(cli.Stderr.Failed(), syscall.EPIPE) {
		return cli.Stopped{Signal: syscall.SIGPIPE}.Status()
	}
	printed := errors.Is(err, cli.ErrNotEqual)
	var s cli.Stopped
	if err != nil && errors.As(context.Cause(ctx), &s) {
		if printed || errors.Is(err, context.Canceled) {
			err = nil
		}
		s.Say(err)
		return s.Status()
	}
	if err != nil && !printed {
		fmt.Fprintln(os.Stderr, "approxtrain:", limits.Escape(err.Error()))
	}
	if full := cli.Stdout.Failed(); full != nil {
		fmt.Fprintln(os.Stderr, "approxtrain:", full)
		err = cmp.Or(err, full)
	}
	return fault.Status(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "approxtrain",
		Short: "Approximate multipliers, from Verilog to a proven table to a trained network",
		Long: `approxtrain simulates a multiplier's RTL exhaustively, records every product in a lookup table,
proves the table equal to a golden model, and trains networks whose products come from it.

Exit status: 0 success, 1 the comparison or the run failed, 2 wrong usage or input,
3 a tool is missing, 129, 130 or 143 ended by a signal (HUP, INT, TERM).`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newLut(), newCheck(), newWrap(), newRegress(), cli.AtOnce(newInspect()), cli.AtOnce(newConvert()),
		cli.AtOnce(newList()), cli.AtOnce(gradient.New()), newTrain(), quantize.New(), newEval(), newBench(), newData(), newSynth(), newSurvey(), newFpga(), newCache())
	command.Complete(root)
	return root
}
