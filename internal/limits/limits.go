// Package limits bounds inputs: numbers, sizes of files, depth of JSON, and names to print.
// It does not interpret files. Start reading at [Range] and [ReadFile].
package limits

import (
	"cmp"
	"fmt"
)

// Threads is the allowed number of threads or processes.
var Threads = Range[int]{Least: 1, Most: 1024, Zero: "one per core"}

// Range is the allowed range of a number. A Zero that is not empty describes what 0 means if it is
// below Least. NaN lies in no range.
type Range[T cmp.Ordered] struct {
	Least, Most T
	Zero        string
	Open        bool // Most itself is outside
}

// Holds says whether the range holds v.
func (r Range[T]) Holds(v T) bool {
	var zero T
	if r.Zero != "" && v == zero {
		return true
	}
	return v >= r.Least && (v < r.Most || !r.Open && v == r.Most)
}

// String returns the range for a sentence: "1 to 1024, or 0 for one per core".
func (r Range[T]) String() string {
	most := "to"
	if r.Open {
		most = "to below"
	}
	text := fmt.Sprintf("%v %s %v", r.Least, most, r.Most)
	if r.Zero != "" {
		text += ", or 0 for " + r.Zero
	}
	return text
}

// Check returns an error with the expected range if v is outside of it.
func (r Range[T]) Check(v T) error {
	if r.Holds(v) {
		return nil
	}
	return fmt.Errorf("expected %v", r)
}
