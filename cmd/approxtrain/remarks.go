package main

import (
	"fmt"
	"math"
	"slices"

	"approxtrain/data"
	"approxtrain/experiment"
)

const (
	// wildLoss is how many times the loss of guessing a loss is that has run away.
	wildLoss = 10
	// guessImages are the test images from which on an accuracy can be told from guessing.
	guessImages = 100
	// guessDeviations are the standard deviations that an accuracy must be above it.
	guessDeviations = 3
)

// remarks are what the user should not miss in the final table, a line each.
func remarks(results []experiment.Trained, test *data.Split, classes int) []string {
	chance, limit := guessing(test)
	unlearned := func(r experiment.Trained) bool { return test.Len() >= guessImages && r.Accuracy() <= limit }
	var all, names []string
	plain := false // fp32 has learned nothing
	for _, r := range results {
		names = append(names, r.Multiplier)
		plain = plain || r.Multiplier == experiment.Native && r.Diverged == nil && unlearned(r)
	}
	for _, r := range results {
		if r.Diverged != nil {
			continue
		}
		if last, guess := r.Epochs[len(r.Epochs)-1].TrainLoss, math.Log(float64(classes)); last > wildLoss*guess {
			all = append(all, fmt.Sprintf("%s: the training loss ended at %.3g, where guessing gives %.2g: numbers in the network have run away; "+
				"try a smaller --lr, or look at the multiplier's largest errors (approxtrain inspect)", r.Multiplier, last, guess))
		}
		if !unlearned(r) {
			continue
		}
		line := fmt.Sprintf("%s: the test accuracy is no better than guessing (%.3g %%): ", r.Multiplier, 100*chance)
		switch {
		case r.Multiplier == experiment.Native:
			line += "nothing was learned with exact products either, so that it is the training and not a multiplier; try more --epochs or another --lr"
		case plain:
			line += "but so is fp32's, and nothing is said about this multiplier"
		case slices.Contains(names, experiment.Native):
			line += "the network learns nothing with this multiplier"
		default:
			line += "nothing was learned; whether that is the multiplier's fault, fp32 beside it would tell (--mult)"
		}
		all = append(all, line)
	}
	i := slices.Index(names, experiment.Native)
	if i < 0 || results[i].Diverged != nil {
		all = append(all, missingNative(i >= 0))
	}
	return all
}

// missingNative says why no difference to fp32 is shown.
func missingNative(diverged bool) string {
	if diverged {
		return "no difference to fp32 is shown: the training with it diverged"
	}
	return "no difference to fp32 is shown: it is not among the multipliers; add fp32 to compare with exact products"
}

// guessing returns the accuracy of always saying the most frequent class, and the largest that
// cannot be told from it.
func guessing(test *data.Split) (chance, limit float64) {
	counts := map[uint8]int{}
	most := 0
	for _, l := range test.Labels {
		counts[l]++
		most = max(most, counts[l])
	}
	n := float64(max(1, test.Len()))
	chance = float64(most) / n
	return chance, chance + guessDeviations*math.Sqrt(chance*(1-chance)/n)
}
