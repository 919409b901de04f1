package errsum

//go:generate go run -C _asm . -out ../zkernels_amd64.s -stubs ../zkernels_amd64.go -pkg errsum

import (
	"os"

	"golang.org/x/sys/cpu"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// hasVector says whether AVX2 is to be used. The environment may ask for a level that this package has no code for: then
// it takes its best one.
func hasVector() bool {
	return cpu.X86.HasAVX2 && os.Getenv(simd.Variable) != string(simd.Generic)
}

// fast adds as many distances as it can, and returns their number, a multiple of Lanes.
func (s *Distances) fast(diff []int64) int {
	n := len(diff) &^ (Lanes - 1)
	if !vector || n == 0 {
		return 0
	}
	distancesAVX2(&s.Sum[0], &diff[0], n)
	return n
}

// fast adds as many relative errors as it can, and returns their number, a multiple of Lanes.
func (s *Relative) fast(diff, exact []int64, origin float64) int {
	n := len(diff) &^ (Lanes - 1)
	if !vector || n == 0 {
		return 0
	}
	relativeAVX2(&s.Abs[0], &diff[0], &exact[0], n, origin)
	return n
}

// differences writes the first differences of Of, and returns their number.
func differences(diff, exact []int64, got []uint32, x, y int64, signed bool) int {
	n := len(got) &^ (Lanes - 1)
	if !vector || n == 0 {
		return 0
	}
	first := [Lanes]int64{x * y, x * (y + 1), x * (y + 2), x * (y + 3)}
	if signed {
		differencesSignedAVX2(&diff[0], &exact[0], &got[0], n, &first[0], Lanes*x)
	} else {
		differencesAVX2(&diff[0], &exact[0], &got[0], n, &first[0], Lanes*x)
	}
	return n
}
