//go:build !amd64

package errsum

func hasVector() bool { return false }

func (s *Distances) fast([]int64) int                              { return 0 }
func (s *Relative) fast(_, _ []int64, _ float64) int               { return 0 }
func differences(_, _ []int64, _ []uint32, _, _ int64, _ bool) int { return 0 }
