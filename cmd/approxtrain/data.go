package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/data"
	"github.com/approxtrain/approxtrain/internal/cli"
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
			var all []listedSet
			for _, k := range data.Sets() {
				all = append(all, listedSet{Name: k.Name, Aliases: k.Aliases, About: k.About, Train: k.Train, Test: k.Test,
					Shape: [3]int{k.H, k.W, k.C}, Classes: k.Classes, Generated: k.Generated(), Folder: k.Folder(), Packed: k.Packed()})
			}
			if asJSON {
				return cli.WriteJSON(c.OutOrStdout(), all)
			}
			t := tabwriter.NewWriter(cli.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "name\ttrain\ttest\tshape\tclasses\twhat\twhere")
			for _, l := range all {
				fmt.Fprintf(t, "%s\t%s\t%s\t%d × %d × %d\t%d\t%s\t%s\n", l.Name, cli.Count(l.Train), cli.Count(l.Test),
					l.Shape[0], l.Shape[1], l.Shape[2], len(l.Classes), l.About, l.where())
			}
			return t.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// listedSet is a set as data list shows it.
type listedSet struct {
	Name      string   `json:"name"`
	Aliases   []string `json:"aliases,omitempty"`
	About     string   `json:"about"`
	Train     int      `json:"train"` // images
	Test      int      `json:"test"`
	Shape     [3]int   `json:"shape"` // height, width, channels
	Classes   []string `json:"classes"`
	Generated bool     `json:"generated"`
	Folder    string   `json:"folder,omitempty"` // of the files, if they are there
	Packed    string   `json:"packed,omitempty"` // what to do about an archive that is there instead
}

func (l listedSet) where() string {
	switch {
	case l.Generated:
		return "generated"
	case l.Folder != "":
		return l.Folder
	case l.Packed != "":
		return l.Packed
	}
	return "get it: approxtrain data fetch " + l.Name
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
