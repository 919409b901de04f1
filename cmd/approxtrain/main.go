// Command approxtrain turns multipliers in Verilog or C into proven lookup tables, and trains networks.
//
// This folder is the command line, one file per subcommand: flags become calls of the
// packages, results become text or JSON.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
)

func main() { os.Exit(run()) }

// run runs the command of the arguments and returns the exit status.
func run() int {
	ctx, stop := untilStopped()
	stdout.stop, stderr.stop = stop, stop
	err := newRoot().ExecuteContext(ctx)
	leftovers.RemoveAll()
	if errors.Is(stdout.failed(), syscall.EPIPE) || errors.Is(stderr.failed(), syscall.EPIPE) {
		return stopped{syscall.SIGPIPE}.status()
	}
	printed := errors.Is(err, errNotEqual)
	var s stopped
	if err != nil && errors.As(context.Cause(ctx), &s) {
		if printed || errors.Is(err, context.Canceled) {
			err = nil
		}
		s.say(err)
		return s.status()
	}
	if err != nil && !printed {
		fmt.Fprintln(os.Stderr, "approxtrain:", limits.Escape(err.Error()))
	}
	if full := stdout.failed(); full != nil {
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
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c.HasSubCommands() { // a mistyped command: its flags are not the point
			if e := c.Args(c, c.Flags().Args()); e != nil {
				return e
			}
		}
		return fault.Usagef("%w (see %s --help)", flagError(err), c.CommandPath())
	})
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 116"))
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(newLut(), newCheck(), newRegress(), atOnce(newInspect()), atOnce(newConvert()), atOnce(newList()),
		newTrain(), newEval(), newBench(), newData(), newSynth(), newFpga(), newCache())
	group(root)
	return root
}

// group makes a command that only holds others show its help, and its commands
// report wrong arguments as wrong usage.
func group(g *cobra.Command) {
	for _, c := range g.Commands() {
		if c.HasSubCommands() {
			group(c)
			continue
		}
		args := c.Args
		c.Args = func(c *cobra.Command, list []string) error {
			if err := args(c, list); err != nil {
				return fault.Usagef("%w (see %s --help)", err, c.CommandPath())
			}
			return nil
		}
	}
	g.Args = func(c *cobra.Command, list []string) error {
		if len(list) > 0 {
			text := fmt.Sprintf("no command %q", list[0])
			for d := 1; d <= 2; d++ { // the nearest one
				c.SuggestionsMinimumDistance = d
				if s := c.SuggestionsFor(list[0]); len(s) > 0 {
					text += "; did you mean " + s[0] + "?"
					break
				}
			}
			return fault.Usagef("%s (see %s --help)", text, c.CommandPath())
		}
		return nil
	}
	g.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}
