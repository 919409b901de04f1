// Command approxtrain turns multipliers written in Verilog or C into proven
// lookup tables.
//
// This folder is the command line, one file per subcommand, and holds no logic
// of its own: flags become calls of the packages, results become text or JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"approxtrain/internal/fault"
	"approxtrain/internal/limits"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "approxtrain: interrupted")
		os.Exit(130)
	}
	if !errors.Is(err, errNotEqual) { // that one has been printed
		fmt.Fprintln(os.Stderr, "approxtrain:", limits.Escape(err.Error()))
	}
	os.Exit(fault.Status(err))
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "approxtrain",
		Short: "Approximate multipliers, from Verilog to a proven table to a trained network",
		Long: `approxtrain simulates a multiplier's RTL exhaustively into a lookup table, proves the
table equal to a golden model, and trains networks whose every product goes through it.

Exit status: 0 fine, 1 the comparison or the run failed, 2 wrong usage or input,
3 a tool is missing, 130 interrupted.`,
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
	root.AddCommand(newLut(), newCheck(), newRegress(), newInspect(), newConvert(), newList(), newTrain(), newEval(), newBench(), newData(), newSynth(), newFpga())
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
