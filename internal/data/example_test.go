package data_test

import (
	"fmt"

	"github.com/approxtrain/approxtrain/internal/data"
)

// Digits draws its images; nothing is downloaded.
func ExampleDigits() {
	set := data.Digits(data.DigitsSeed, 100, 20)
	h, w, c := set.Train.Shape()
	fmt.Printf("%d images of %d × %d × %d; the first is a %s\n", set.Train.Len(), h, w, c, set.Classes[set.Train.Labels[0]])
	// Output: 100 images of 28 × 28 × 1; the first is a 0
}
