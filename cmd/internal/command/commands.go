// Package command holds what every command of the program has in common: errors of wrong flags and arguments, and
// flags that are numbers in a range.
//
// Start reading at [Complete] and [NumberVar].
package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// Complete sets up the root of all commands, when they have been added: the errors of wrong flags, commands and
// arguments, the outputs, and the width of the help.
func Complete(root *cobra.Command) {
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c.HasSubCommands() { // a mistyped command: its flags are not the point
			if e := c.Args(c, c.Flags().Args()); e != nil {
				return e
			}
		}
		return fault.Usagef("%w%s (see %s --help)", FlagError(err), nearest(c, err), c.CommandPath())
	})
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 116"))
	root.SetOut(cli.Stdout)
	root.SetErr(cli.Stderr)
	group(root)
}

// nearest suggests the flag that an unknown one was probably meant to be.
func nearest(c *cobra.Command, err error) string {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return ""
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	if near := suggest.Mistyped(name, known); near != "" {
		return "; did you mean --" + near + "?"
	}
	return ""
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
			return refuseEmpty(c)
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

// refuseEmpty refuses a flag that is given as an empty text, such as that of a shell's variable which is not set:
// what it asks for would not be done, and nothing would say so.
func refuseEmpty(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		empty := f.Value.Type() == "string" && f.Value.String() == ""
		if list, ok := f.Value.(pflag.SliceValue); ok && strings.HasPrefix(f.Value.Type(), "string") {
			empty = len(list.GetSlice()) == 0 || slices.Contains(list.GetSlice(), "")
		}
		if empty && err == nil {
			err = fault.Usagef("--%s is given without a value (see %s --help)", f.Name, c.CommandPath())
		}
	})
	return err
}
