package main

import (
	"fmt"

	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/text"
)

// remark is a line about a finding.
func remark(f experiment.Finding) string {
	switch f.Kind {
	case experiment.RunawayLoss:
		return fmt.Sprintf("%s: the training loss ended at %.3g, where guessing gives %.2g: "+
			"numbers in the network have run away; try a smaller --lr, or look at the multiplier's largest errors "+
			"(approxtrain inspect)", f.Multiplier, f.Loss, f.Guess)
	case experiment.NativeAbsent:
		return text.NativeAbsent
	case experiment.NativeDiverged:
		return "no difference to fp32 is shown: the training with it diverged"
	}
	line := fmt.Sprintf("%s: the test accuracy is no better than guessing (%.3g %%): ", f.Multiplier, 100*f.Guess)
	switch f.Kind {
	case experiment.NativeUntrained:
		line += "nothing was learned with exact products either, so that it is the training and not a multiplier; " +
			"try more --epochs or another --lr"
	case experiment.BothUntrained:
		line += "but so is fp32's, and nothing is said about this multiplier"
	case experiment.Untrained:
		line += "the network learns nothing with this multiplier"
	case experiment.UntrainedAlone:
		line += "nothing was learned; whether that is the multiplier's fault, fp32 beside it would tell (--mult)"
	}
	return line
}
