package main

import (
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const augmentUsage = "`crop,flip`: crop: add a margin of 4 black pixels and cut the old size out at a random place; " +
	"flip: mirror at random"

// parseAugment turns the words of --augment into a preparation.
func parseAugment(words []string) (data.Preparation, error) {
	p, err := experiment.Preparation(words)
	if err != nil {
		err = fault.Usagef("--augment %w", err)
	}
	return p, err
}
