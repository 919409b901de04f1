package experiment

import "github.com/approxtrain/approxtrain/internal/limits"

// Ranges are where the numbers of an experiment must lie, as flags and as keys of a file.
var Ranges = struct {
	Epochs, Batch, Patience, Limit, Steps, CheckpointEvery, Threads limits.Range[int]
	Half, Freeze, Accumulator                                       limits.Range[int]
	Rate, Decay, Smoothing, Clip, WarmUp, Every, Factor, ScaleRate  limits.Range[float64]
}{
	Epochs:          limits.Range[int]{Least: 1, Most: 10_000},
	Batch:           limits.Range[int]{Least: 1, Most: 65_536},
	Patience:        limits.Range[int]{Least: 1, Most: 10_000, Zero: "no end before the last epoch"},
	Limit:           limits.Range[int]{Least: 1, Most: 1_000_000_000, Zero: "all images"},
	Steps:           limits.Range[int]{Least: 1, Most: 1_000_000_000, Zero: "all"},
	CheckpointEvery: limits.Range[int]{Least: 1, Most: 1_000_000_000, Zero: "about every minute"},
	Threads:         limits.Threads,
	Half:            limits.Range[int]{Least: 1, Most: 1 << 11, Zero: "that of the gradient"},
	Freeze:          limits.Range[int]{Least: 1, Most: 1_000_000_000, Zero: "never"},
	Accumulator:     limits.Range[int]{Least: 16, Most: 64, Zero: "32"},
	ScaleRate:       limits.Range[float64]{Least: 1e-6, Most: 1, Zero: "0.01"},
	Rate:            limits.Range[float64]{Least: 1e-30, Most: 1e30, Zero: "the optimizer's usual rate"},
	Decay:           limits.Range[float64]{Least: 0, Most: 1000},
	Smoothing:       limits.Range[float64]{Least: 0, Most: 1, Open: true},
	Clip:            limits.Range[float64]{Least: 1e-30, Most: 1e30, Zero: "no limit"},
	WarmUp:          limits.Range[float64]{Least: 0, Most: 1_000_000},
	Every:           limits.Range[float64]{Least: 1e-6, Most: 1_000_000, Zero: "schedules other than step"},
	Factor:          limits.Range[float64]{Least: 1e-30, Most: 1000, Zero: "schedules other than step"},
}

// Limits of a file's contents. A mistyped number is an error and does not cost hours or memory.
const (
	widest          = 1 << 16 // outputs, heads
	largest         = 1 << 12 // kernels, strides and paddings
	mostLayers      = 10_000
	mostMultipliers = 1000
)

// inRange refuses numbers that are out of their ranges.
func (c *Config) inRange() error {
	type number struct {
		key   string
		value any
		err   error
	}
	r, s := &Ranges, c.Schedule
	for _, n := range []number{
		{"epochs", c.Epochs, r.Epochs.Check(c.Epochs)},
		{"batch", c.Batch, r.Batch.Check(c.Batch)},
		{"lr", c.Rate, r.Rate.Check(c.Rate)},
		{"decay", c.Decay, r.Decay.Check(c.Decay)},
		{"smoothing", c.Smoothing, r.Smoothing.Check(c.Smoothing)},
		{"clip", c.Clip, r.Clip.Check(c.Clip)},
		{"patience", c.Patience, r.Patience.Check(c.Patience)},
		{"limit", c.Limit, r.Limit.Check(c.Limit)},
		{"steps", c.Steps, r.Steps.Check(c.Steps)},
		{"checkpoint_every", c.CheckpointEvery, r.CheckpointEvery.Check(c.CheckpointEvery)},
		{"threads", c.Threads, r.Threads.Check(c.Threads)},
		{"half", c.Half, r.Half.Check(c.Half)},
		{"freeze_after", c.Freeze, r.Freeze.Check(c.Freeze)},
		{"accumulator", c.Accumulator, r.Accumulator.Check(c.Accumulator)},
		{"scale_rate", c.ScaleRate, r.ScaleRate.Check(c.ScaleRate)},
	} {
		if n.err != nil {
			return c.wrong(n.key, "%v: %w", n.value, n.err)
		}
	}
	for _, n := range []number{
		{"warm-up", s.WarmUp, r.WarmUp.Check(s.WarmUp)},
		{"step-every", s.Every, r.Every.Check(s.Every)},
		{"step-factor", s.Factor, r.Factor.Check(s.Factor)},
	} {
		if n.err != nil {
			if _, ok := c.places["schedule"]; ok {
				return c.wrong("schedule", "%s of %v: %w", map[string]string{"warm-up": "a warm_up", "step-every": "an every", "step-factor": "a factor"}[n.key], n.value, n.err)
			}
			return c.wrong(n.key, "%v: %w", n.value, n.err)
		}
	}
	return nil
}
