package sample

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Confidence of every bound and interval.
const Confidence = 0.95

// Upper returns the least rate of wrong pairs that a sample of n pairs, drawn independently, with wrong ones among them
// excludes with Confidence: the bound of Clopper and Pearson. Without wrong ones it is about 3/n, the rule of three.
func Upper(wrong, n uint64) float64 {
	switch {
	case n == 0 || wrong >= n:
		return 1
	case wrong == 0:
		return -math.Expm1(math.Log(1-Confidence) / float64(n))
	}
	return distuv.Beta{Alpha: float64(wrong) + 1, Beta: float64(n - wrong)}.Quantile(Confidence)
}

// Interval returns the two-sided interval of Clopper and Pearson for the rate of wrong pairs.
func Interval(wrong, n uint64) (low, high float64) {
	const tail = (1 - Confidence) / 2
	if wrong > 0 {
		low = distuv.Beta{Alpha: float64(wrong), Beta: float64(n-wrong) + 1}.Quantile(tail)
	}
	high = 1
	if wrong < n {
		high = distuv.Beta{Alpha: float64(wrong) + 1, Beta: float64(n - wrong)}.Quantile(1 - tail)
	}
	return low, high
}

// OneIn returns n such that a rate is at most 1 in n pairs.
func OneIn(rate float64) uint64 { return uint64(1 / rate) }

// MeanInterval returns half the width of the interval of the mean of n values, by the normal approximation: sum are
// their sum, squares the sum of their squares.
func MeanInterval(sum, squares float64, n uint64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	mean := sum / float64(n)
	variance := max(0, squares/float64(n)-mean*mean) * float64(n) / float64(n-1)
	return distuv.UnitNormal.Quantile(1-(1-Confidence)/2) * math.Sqrt(variance/float64(n))
}
