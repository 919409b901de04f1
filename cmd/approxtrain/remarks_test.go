package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/nn"
)

// TestRemarks: what is remarkable about results gets a line, and nothing else does.
func TestRemarks(t *testing.T) {
	test := &data.Split{Labels: make([]uint8, 1000)}
	for i := range test.Labels {
		test.Labels[i] = uint8(i % 10)
	}
	few := &data.Split{Labels: test.Labels[:50]}
	of := func(name string, loss, accuracy float64) experiment.Trained {
		return experiment.Trained{Multiplier: name, Epochs: []nn.Epoch{{TrainLoss: 0.1, TestAccuracy: 0.9}, {TrainLoss: loss, TestAccuracy: accuracy}}}
	}
	wild := experiment.Trained{Multiplier: "fp32", Diverged: &nn.DivergedError{Step: 1}}
	const without = "no difference to fp32 is shown: it is not among"
	for _, c := range []struct {
		name    string
		test    *data.Split
		results []experiment.Trained
		want    []string // the beginnings of the lines
	}{
		{"fine", test, []experiment.Trained{of("a", 2, 0.13), of("fp32", 0.1, 0.9)}, nil},
		{"loss", test, []experiment.Trained{of("a", 1e30, 0.5), of("fp32", 22, 0.9)},
			[]string{"a: the training loss ended at 1e+30, where guessing gives 2.3: numbers in the network have run away; try a smaller --lr, or"}},
		{"guessing", test, []experiment.Trained{of("a", 2.3, 0.12), of("fp32", 0.1, 0.9)},
			[]string{"a: the test accuracy is no better than guessing (10 %): the network learns nothing with this multiplier"}},
		{"all guess", test, []experiment.Trained{of("a", 2.3, 0.1), of("fp32", 2.3, 0.08)},
			[]string{"a: the test accuracy is no better than guessing (10 %): but so is fp32's", "fp32: the test accuracy is no better than guessing (10 %): nothing was learned with exact"}},
		{"alone", test, []experiment.Trained{of("a", 2.3, 0.1)}, []string{"a: the test accuracy is no better than guessing (10 %): nothing was learned; whether", without}},
		{"without fp32", test, []experiment.Trained{of("a", 0.1, 0.9)}, []string{without}},
		{"fp32 diverged", test, []experiment.Trained{of("a", 0.1, 0.9), wild}, []string{"no difference to fp32 is shown: the training with it diverged"}},
		{"few images", few, []experiment.Trained{of("a", 2.3, 0.1), of("fp32", 2.3, 0.1)}, nil},
	} {
		var got []string
		for _, f := range experiment.Findings(c.results, c.test, 10) {
			got = append(got, remark(f))
		}
		assert.Len(t, got, len(c.want), "%s: %q", c.name, got)
		for i, want := range c.want {
			if i < len(got) {
				assert.True(t, strings.HasPrefix(got[i], want), "%s: %q", c.name, got[i])
				assert.NotContains(t, got[i], "\n")
			}
		}
	}
}
