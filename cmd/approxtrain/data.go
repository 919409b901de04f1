package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/text"
)

func newData() *cobra.Command {
	c := &cobra.Command{
		Use:   "data",
		Short: "list, download and draw the image sets for training",
		Example: `  approxtrain data list
  approxtrain data fetch mnist
  approxtrain data show digits -o sheet.png`,
		SuggestionsMinimumDistance: 2,
	}
	c.AddCommand(newDataList(), newDataFetch(), cli.AtOnce(newDataShow()))
	return c
}

func newDataList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "list the named image sets and where their files are",
		Long: `list shows the named sets. approxtrain looks for their files in $APPROXTRAIN_DATA/NAME, then in
$XDG_DATA_HOME/approxtrain/NAME (~/.local/share/approxtrain/NAME). In place of a name you can give
any folder with the four IDX files of a set, or the folder or archive of CIFAR-10's binary version.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all := data.List()
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), all)
			}
			return text.Sets(cli.Stdout, all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func newDataFetch() *cobra.Command {
	var base, dir string
	c := &cobra.Command{
		Use:   "fetch NAME",
		Short: "download the files of a set and verify their SHA-256",
		Long: `fetch downloads the files of a set. It resumes an interrupted download. A file gets its name
only when its SHA-256 is that of the published file.`,
		Example: `  approxtrain data fetch mnist
  approxtrain data fetch cifar10
  approxtrain data fetch fashion-mnist --base-url http://mirror.example/fashion/ --dir ~/sets/fashion-mnist`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := args[0]
			if dir == "" {
				dir = data.DefaultFolder(name)
			}
			p := cli.NewProgress("fetch "+name, "bytes")
			files, err := data.Fetch(c.Context(), name, dir, base, p.Set)
			p.Finish()
			if err != nil {
				return err
			}
			what := fmt.Sprintf("%d files, each", files)
			if files == 1 {
				what = "1 file"
			}
			fmt.Fprintf(cli.Stdout, "%s is complete in %s: %s with the published SHA-256\n", name, dir, what)
			return nil
		},
	}
	c.Flags().StringVar(&base, "base-url", "", "`URL` of a mirror, the folder that holds the files")
	c.Flags().StringVar(&dir, "dir", "", "`folder` for the files (default: where the program looks for NAME first)")
	return c
}
