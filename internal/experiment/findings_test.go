package experiment

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/nn"
)

// TestFindings: each kind of finding, and that fewer than 100 test images say nothing about accuracies. The lines that
// the command line makes of them are tested there.
func TestFindings(t *testing.T) {
	images := func(n int) *data.Split {
		s := &data.Split{Labels: make([]uint8, n)}
		for i := range s.Labels {
			s.Labels[i] = uint8(i % 10)
		}
		return s
	}
	of := func(name string, loss, accuracy float64) Trained {
		return Trained{Multiplier: name, Epochs: []nn.Epoch{{TrainLoss: loss, TestAccuracy: accuracy}}}
	}
	diverged := Trained{Multiplier: Native, Diverged: &nn.DivergedError{Step: 1}}
	for _, c := range []struct {
		images  int
		results []Trained
		want    []Finding
	}{
		{1000, []Trained{of("a", 2, 0.13), of(Native, 0.1, 0.9)}, nil},
		{1000, []Trained{of("a", 2, 0.12), of(Native, 0.1, 0.9)}, []Finding{{Untrained, "a", 0, 0.1}}},
		{1000, []Trained{of("a", 2, 0.12), of(Native, 2, 0.1)},
			[]Finding{{BothUntrained, "a", 0, 0.1}, {NativeUntrained, Native, 0, 0.1}}},
		{1000, []Trained{of("a", 2, 0.12)}, []Finding{{UntrainedAlone, "a", 0, 0.1}, {Kind: NativeAbsent}}},
		{1000, []Trained{of("a", 0.1, 0.9), diverged}, []Finding{{Kind: NativeDiverged}}},
		{99, []Trained{of("a", 2, 0.1), of(Native, 2, 0.1)}, nil},
	} {
		assert.Equal(t, c.want, Findings(c.results, images(c.images), 10), "%+v", c.results)
	}
	got := Findings([]Trained{of("a", 30, 0.5), of(Native, 23, 0.9)}, images(1000), 10)
	if assert.Len(t, got, 1) {
		assert.Equal(t, RunawayLoss, got[0].Kind)
		assert.Equal(t, 30., got[0].Loss)
		assert.InDelta(t, 2.302585, got[0].Guess, 1e-6)
	}
}
