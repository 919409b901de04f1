package main

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newCache() *cobra.Command {
	c := &cobra.Command{
		Use:   "cache",
		Short: "show, verify, clear or share the build cache",
		Long: `approxtrain keeps the outputs of compilers and simulators in $XDG_CACHE_HOME/approxtrain, by
default ~/.cache/approxtrain. Each use of an entry verifies it; a damaged entry is made again.
Entries that nobody used for 30 days are removed. Only the user and root may own the
folder, and no other user may write to it.

A team can share a cache: one account fills a folder with 'approxtrain cache export', and
APPROXTRAIN_CACHE_SHARED=FOLDER makes approxtrain look there before it compiles. It copies
and verifies the entries it finds there and never writes there. The folder must belong to
root, to the user, or to the account named in APPROXTRAIN_CACHE_SHARED_OWNER.`,
	}
	c.AddCommand(newCacheList(), newCacheVerify(), newCacheClear(), newCacheExport())
	return c
}

func newCacheList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "print the entries of the build cache by kind, with their sizes",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			own, err := buildcache.List()
			if err != nil {
				return err
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), buildcache.Sums(own))
			}
			dir, err := buildcache.Dir()
			if err != nil {
				return err
			}
			if err := text.Cache(c.OutOrStdout(), dir, own); err != nil {
				return err
			}
			team, err := buildcache.ListShared()
			if err != nil || team == nil {
				return err
			}
			shared, err := buildcache.Shared()
			if err != nil {
				return err
			}
			return text.Cache(c.OutOrStdout(), shared+" (shared)", team)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return c
}

func newCacheVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "compare every entry of the build cache, and of the shared one, with its manifest",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all, damaged, err := buildcache.VerifyAll(c.Context(), func(i buildcache.Info, err error) {
				fmt.Fprintf(c.OutOrStdout(), "%s: %v\n", i.Path, err)
			})
			if err != nil {
				return err
			}
			if damaged > 0 {
				return fault.Failedf("%s of %s damaged; the next use makes them again", cli.Count(damaged),
					english.Plural(len(all), "entry", "entries"))
			}
			fmt.Fprintf(c.OutOrStdout(), "%s verified, %s\n", english.Plural(len(all), "entry", "entries"),
				humanize.IBytes(uint64(buildcache.Size(all))))
			return nil
		},
	}
}

func newCacheClear() *cobra.Command {
	var kind string
	var days float64
	c := &cobra.Command{
		Use:   "clear",
		Short: "remove the entries of the build cache that no process uses",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			before := time.Now().Add(-time.Duration(days * 24 * float64(time.Hour)))
			removed, err := buildcache.Clear(func(i buildcache.Info) bool {
				return (kind == "" || i.Kind == kind) && (days == 0 || i.Used.Before(before))
			})
			fmt.Fprintf(c.OutOrStdout(), "removed %s, %s\n", english.Plural(len(removed), "entry", "entries"),
				humanize.IBytes(uint64(buildcache.Size(removed))))
			return err
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "remove entries of one `kind` only, as cache list prints it")
	command.NumberVar(c.Flags(), &days, "unused-for", "", limits.Range[float64]{Least: 0, Most: 36500},
		"remove only entries that were not used for so many `days`")
	return c
}

func newCacheExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export FOLDER",
		Short: "copy the build cache to a folder that a team can use as APPROXTRAIN_CACHE_SHARED",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := buildcache.Export(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "copied %s to %s\n", english.Plural(n, "entry", "entries"), args[0])
			return nil
		},
	}
}
