package lut_test

import (
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/lut"
)

// A table of a multiplier of two 4-bit numbers that drops the last two bits of each product.
func Example() {
	t, err := lut.New("drops2_u4", lut.UintFormat(4, 4))
	if err != nil {
		log.Fatal(err)
	}
	for a := range uint32(16) {
		for b := range uint32(16) {
			t.Set(a, b, a*b&^3)
		}
	}
	m := lut.Measure(t)
	fmt.Println("7 × 9 =", t.At(7, 9))
	fmt.Printf("%d of %d products are wrong, by at most %g\n", m.Wrong, m.Pairs, m.WCE)
	// Output:
	// 7 × 9 = 60
	// 128 of 256 products are wrong, by at most 3
}
