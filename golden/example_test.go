package golden_test

import (
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/golden"
)

// The model of Mitchell's logarithmic multiplier for bfloat16, and its table.
func ExampleLookup() {
	m, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		log.Fatal(err)
	}
	t := m.Table()
	fmt.Println(m.Format, "has", m.Format.Rows()*m.Format.Cols(), "pairs of significands")
	fmt.Println("1.5 × 1.5 =", t.MulFloat32(1.5, 1.5))
	fmt.Println("1.5 × 4 =", t.MulFloat32(1.5, 4))
	// Output:
	// e8m7 has 16384 pairs of significands
	// 1.5 × 1.5 = 2
	// 1.5 × 4 = 6
}
