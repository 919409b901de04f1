package golden_test

import (
	"fmt"

	"github.com/approxtrain/approxtrain/golden"
)

// One product of Mitchell's multiplier: ARCHITECTURE.md follows it through the program.
func Example() {
	m, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		panic(err)
	}
	t := m.Table()
	fmt.Printf("entry of 1.5 × 1.75: %#x\n", t.At(0x40, 0x60)) // carry << 7 | fraction
	fmt.Println("1.5 × -3.5 =", t.MulFloat32(1.5, -3.5), "instead of", 1.5*-3.5)
	// Output:
	// entry of 1.5 × 1.75: 0xa0
	// 1.5 × -3.5 = -5 instead of -5.25
}
