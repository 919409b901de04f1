package nn

import (
	"math"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Schedule says how the learning rate changes over a training. The zero value
// keeps it.
type Schedule struct {
	// Kind is "constant" or nothing; "cosine", which ends near 0 (I. Loshchilov and
	// F. Hutter, 2017); or "step", which multiplies the rate by Factor every so many
	// epochs.
	Kind   string  `json:"kind" yaml:"kind"`
	WarmUp float64 `json:"warm_up,omitempty" yaml:"warm_up"` // epochs over which the rate rises from 0, linearly
	Every  float64 `json:"every,omitempty" yaml:"every"`     // epochs, for step
	Factor float64 `json:"factor,omitempty" yaml:"factor"`   // for step
}

// Check says whether the schedule makes sense.
func (s Schedule) Check() error {
	switch {
	case s.Kind != "" && s.Kind != "constant" && s.Kind != "cosine" && s.Kind != "step":
		return fault.Usagef("no schedule %s: expected constant, cosine or step", s.Kind)
	case !(s.WarmUp >= 0):
		return fault.Usagef("a warm-up of %v epochs: expected 0 or more", s.WarmUp)
	case s.Kind == "step" && !(s.Every > 0 && s.Factor > 0):
		return fault.Usagef("schedule step: multiplies by %v every %v epochs: expected both above 0", s.Factor, s.Every)
	}
	return nil
}

// at returns what to multiply the learning rate by in step number step, from 1, of
// a training of epochs of so many steps.
func (s Schedule) at(step, steps, epochs int) float64 {
	done := float64(step-1) / float64(steps) // epochs
	if done < s.WarmUp {
		return float64(step) / (s.WarmUp * float64(steps))
	}
	switch s.Kind {
	case "cosine":
		return (1 + math.Cos(math.Pi*(done-s.WarmUp)/(float64(epochs)-s.WarmUp))) / 2
	case "step":
		return math.Pow(s.Factor, math.Floor(done/s.Every))
	}
	return 1
}
