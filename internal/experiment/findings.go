package experiment

import (
	"math"
	"slices"

	"github.com/approxtrain/approxtrain/internal/data"
)

// Finding is something about the outcome of a run that its accuracies do not say by themselves.
type Finding struct {
	Kind       FindingKind
	Multiplier string  // "" for NativeAbsent and NativeDiverged
	Loss       float64 // of RunawayLoss: of the last epoch of training
	Guess      float64 // the loss of guessing for RunawayLoss, else the accuracy of guessing, 0 to 1
}

// FindingKind is what a Finding is about.
type FindingKind int

// The kinds. Untrained means that the test accuracy is no better than guessing.
const (
	// RunawayLoss: the training loss is more than ten times that of guessing.
	RunawayLoss FindingKind = iota
	// NativeUntrained: the network is untrained with fp32.
	NativeUntrained
	// BothUntrained: the network is untrained with the multiplier and with fp32.
	BothUntrained
	// Untrained: the network is untrained with the multiplier and trained with fp32.
	Untrained
	// UntrainedAlone: the network is untrained with the multiplier, and fp32 is none of the multipliers.
	UntrainedAlone
	// NativeAbsent: fp32 is none of the multipliers.
	NativeAbsent
	// NativeDiverged: the training with fp32 diverged.
	NativeDiverged
)

const (
	// wildLoss is the ratio to the loss of guessing above which a loss has run away.
	wildLoss = 10
	// guessImages is the least number of test images that tells an accuracy from guessing.
	guessImages = 100
	// guessDeviations is the number of standard deviations by which an accuracy must exceed guessing.
	guessDeviations = 3
)

// Findings returns the findings about results, in their order, then that about fp32. test are the images of the
// accuracies.
func Findings(results []Trained, test *data.Split, classes int) []Finding {
	chance, limit := guessing(test)
	untrained := func(r Trained) bool { return test.Len() >= guessImages && r.Accuracy() <= limit }
	var all []Finding
	native := slices.IndexFunc(results, func(r Trained) bool { return r.Multiplier == Native })
	plain := slices.ContainsFunc(results, func(r Trained) bool {
		return r.Multiplier == Native && r.Diverged == nil && untrained(r)
	})
	for _, r := range results {
		if r.Diverged != nil {
			continue
		}
		last, guess := r.Epochs[len(r.Epochs)-1].TrainLoss, math.Log(float64(classes))
		if last > wildLoss*guess {
			all = append(all, Finding{RunawayLoss, r.Multiplier, last, guess})
		}
		if !untrained(r) {
			continue
		}
		f := Finding{Kind: UntrainedAlone, Multiplier: r.Multiplier, Guess: chance}
		switch {
		case r.Multiplier == Native:
			f.Kind = NativeUntrained
		case plain:
			f.Kind = BothUntrained
		case native >= 0:
			f.Kind = Untrained
		}
		all = append(all, f)
	}
	if native < 0 {
		all = append(all, Finding{Kind: NativeAbsent})
	} else if results[native].Diverged != nil {
		all = append(all, Finding{Kind: NativeDiverged})
	}
	return all
}

// guessing returns the accuracy of always saying the most frequent class, and the largest accuracy that cannot be told
// from it.
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
