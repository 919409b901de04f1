package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"approxtrain/data"
	"approxtrain/internal/fault"
	"approxtrain/report"
)

func newDataShow() *cobra.Command {
	var out, part string
	var seed uint64
	c := &cobra.Command{
		Use:   "show NAME|DIR",
		Short: "a picture of some images of each class",
		Long: `show writes a contact sheet: a row for each class with 16 of its images. NAME is a set
of approxtrain data list, DIR a folder with the four IDX files of a set.`,
		Example: `  approxtrain data show digits
  approxtrain data show ./my-set --split test --seed 7 -o my-set.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if part != "train" && part != "test" {
				return fault.Usagef("--split %q: expected train or test", part)
			}
			s, err := data.Open(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = s.Name + "-" + part + ".png"
			}
			if err := report.ContactSheet(s.Split(part), s.Classes, seed, out); err != nil {
				return err
			}
			h, w, ch := s.Train.Shape()
			fmt.Printf("%s: %s images to train on, %s to test on, of %d × %d × %d, %d classes\n", s.Name,
				count(s.Train.Len()), count(s.Test.Len()), h, w, ch, len(s.Classes))
			fmt.Printf("wrote %s\n", out)
			return nil
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "", "picture to write: `file.png` (default: name of the set, split and .png)")
	f.StringVar(&part, "split", "train", "`train or test`")
	f.Uint64Var(&seed, "seed", 0, "another `number` picks other images")
	return c
}
