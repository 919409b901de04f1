package cpu

import "github.com/approxtrain/approxtrain/internal/simd"

// A level is a set of instructions that this package has code for. All of them
// give the same bits; generic, the portable Go, says which.
//
// An architecture file supplies fastLevels, the levels beyond generic that this
// machine has, best first, and accelerate, which returns the multiplier of a
// level for one of generic.
type level = simd.Level

const (
	generic = simd.Generic
	avx2    = simd.AVX2   // AVX2 and FMA
	avx512  = simd.AVX512 // AVX-512 F, BW, VL and VBMI besides
)

// levels returns what this machine has, best first.
func levels() []level { return append(fastLevels(), generic) }
