package device_test

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

// The order of additions is part of what a sum is. A chunk of 1,024 terms begins at 0, so
// the large number hides the terms of its own chunk and not those of the next one.
func ExampleSum() {
	var s device.Sum
	for k := range 2 * device.ChunkTerms {
		term := float32(1)
		if k == 0 {
			term = 1 << 24
		}
		s.Add(k, term)
	}
	fmt.Println(int(s.Value()) - 1<<24)
	// Output: 1024
}
