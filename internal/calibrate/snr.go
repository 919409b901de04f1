package calibrate

import (
	"fmt"
	"math"
)

// SNR returns the ratio of signal to noise in dB, 10 · log10(Σ exact² / Σ (exact − got)²), with sums in
// binary64.
//
// It is +Inf if all numbers are equal, also if all are 0 or there is none; −Inf if the exact numbers are all 0 and
// others were got; and NaN if a number is NaN or infinite. It panics if the lengths differ.
func SNR(exact, got []float32) float64 {
	if len(exact) != len(got) {
		panic(fmt.Sprintf("calibrate: %d exact numbers and %d others", len(exact), len(got)))
	}
	signal, noise := 0.0, 0.0
	for i, x := range exact {
		d := float64(x) - float64(got[i])
		if d-d != 0 {
			return math.NaN()
		}
		signal += float64(x) * float64(x)
		noise += d * d
	}
	if noise == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(signal/noise)
}
