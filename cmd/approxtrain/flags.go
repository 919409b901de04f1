package main

import (
	"math"

	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
)

// Ranges of flags that several commands have.
var (
	anySeed       = limits.Range[uint64]{Most: math.MaxUint64}
	shownRange    = limits.Range[int]{Most: 1_000_000}
	echoesRange   = limits.Range[int]{Least: 1, Most: 1_000_000}
	fractionRange = limits.Range[int]{Least: 1, Most: lut.MaxFraction, Zero: "all that are used"}
)
