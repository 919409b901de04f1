package design

import (
	"math"

	"github.com/spf13/cobra"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/sample"
)

// Sampling is --sample and --seed: a sample of the pairs in place of all.
type Sampling struct{ n, seed uint64 }

// Register defines the flags.
func (s *Sampling) Register(c *cobra.Command) {
	s.seed = 1
	command.NumberVar(c.Flags(), &s.n, "sample", "",
		limits.Range[uint64]{Least: sample.Least, Most: sample.Most, Zero: "all pairs"},
		"compare `N` pairs drawn from all, and directed ones and some of each stratum beside them")
	command.NumberVar(c.Flags(), &s.seed, "seed", "", limits.Range[uint64]{Most: math.MaxUint64},
		"`seed` of --sample: the same seed gives the same pairs")
}

// Given says whether a sample is asked for.
func (s *Sampling) Given() bool { return s.n > 0 }

// Options returns the sample, nil for all pairs. It fails if there is a seed of none.
func (s *Sampling) Options(c *cobra.Command) (*proof.Sample, error) {
	switch {
	case s.Given():
		return &proof.Sample{N: s.n, Seed: s.seed}, nil
	case c.Flags().Changed("seed"):
		return nil, fault.Usagef("--seed has no meaning without --sample")
	}
	return nil, nil
}
