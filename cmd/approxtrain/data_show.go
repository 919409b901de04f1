package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/report"
)

func newDataShow() *cobra.Command {
	var out, part string
	var seed uint64
	var augment []string
	c := &cobra.Command{
		Use:   "show NAME|DIR",
		Short: "draw some images of each class",
		Long: `show writes a contact sheet: a row for each class with 16 of its images. With --augment, a
row shows one image, and the same image as training would see it in 15 epochs. NAME is a set of
approxtrain data list. DIR is a folder with the four IDX files of a set, or the folder or archive
of CIFAR-10's binary version.`,
		Example: `  approxtrain data show digits
  approxtrain data show ./my-set --split test --seed 7 -o my-set.png
  approxtrain data show cifar10 --augment crop,flip`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if part != "train" && part != "test" {
				return fault.Usagef("--split %q: expected train or test", part)
			}
			p, err := parseAugment(augment)
			if err != nil {
				return err
			}
			if len(augment) > 0 && part == "test" {
				return fault.Usagef("--augment with --split test: only images to train on are augmented; leave one out")
			}
			if err := cli.CanWrite("-o", out, false); err != nil {
				return err
			}
			s, err := data.Open(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.Join(append([]string{s.Name, part}, augment...), "-") + ".png"
			}
			if len(augment) > 0 {
				err = report.AugmentedSheet(s.Split(part), s.Classes, p, seed, out)
			} else {
				err = report.ContactSheet(s.Split(part), s.Classes, seed, out)
			}
			if err != nil {
				return err
			}
			h, w, ch := s.Train.Shape()
			fmt.Fprintf(cli.Stdout, "%s: %s images to train on, %s to test on, of %d × %d × %d, %d classes\n", s.Name,
				cli.Count(s.Train.Len()), cli.Count(s.Test.Len()), h, w, ch, len(s.Classes))
			fmt.Fprintf(cli.Stdout, "wrote %s\n", out)
			return nil
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "",
		"picture to write: `file.png` (default: name of the set, split, augmentation and .png)")
	f.StringVar(&part, "split", "train", "`train or test`")
	command.NumberVar(f, &seed, "seed", "", anySeed, "`number` that chooses the images and their augmentation")
	f.StringSliceVar(&augment, "augment", nil, augmentUsage)
	return c
}
