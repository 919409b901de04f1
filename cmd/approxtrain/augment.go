package main

import (
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/data"
	"github.com/approxtrain/approxtrain/experiment"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const augmentUsage = "`crop,flip`: crop: add a margin of 4 black pixels and cut the old size out at a random place; flip: mirror at random"

// parseAugment turns the words of --augment into a preparation.
func parseAugment(words []string) (data.Preparation, error) {
	p, err := experiment.Preparation(words)
	if err != nil {
		err = fault.Usagef("--augment %w", err)
	}
	return p, err
}

// describePreparation describes how images are changed, "" for not at all; normal is their
// normalisation, nil if there is none.
func describePreparation(p data.Preparation, normal *data.Normalize) string {
	var changes, parts []string
	if p.Crop > 0 {
		changes = append(changes, fmt.Sprintf("cropped (margin %d)", p.Crop))
	}
	if p.Flip {
		changes = append(changes, "mirrored")
	}
	if len(changes) > 0 {
		parts = append(parts, "training images are "+strings.Join(changes, " and ")+" at random")
	}
	if normal != nil {
		parts = append(parts, fmt.Sprintf("all images are normalised: mean %s, deviation %s", decimals(normal.Mean), decimals(normal.Deviation)))
	}
	return strings.Join(parts, "; ")
}

// decimals prints numbers with four places.
func decimals(values []float32) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%.4f", v))
	}
	return strings.Join(parts, " ")
}
