package intgemm_test

import (
	"fmt"

	"github.com/approxtrain/approxtrain/internal/intgemm"
	"github.com/approxtrain/approxtrain/internal/simd"
)

// A multiplier of 2 × 2 bits that gets 3 · 3 wrong, and two rows of A.
func Example() {
	t := intgemm.Table{Rows: 4, Cols: 4, Products: []int32{
		0, 0, 0, 0,
		0, 1, 2, 3,
		0, 2, 4, 6,
		0, 3, 6, 7,
	}}
	m, err := intgemm.New(t, nil, nil, "", simd.Generic)
	if err != nil {
		fmt.Println(err)
		return
	}
	weights := intgemm.Pack(m, []uint8{
		3, 1,
		2, 3,
		0, 3,
	}, 3, 2, false)
	c := make([]int32, 2*2)
	weights.Multiply(intgemm.Slices([][]uint8{{3, 1, 2}, {0, 0, 3}}), 0, 2, c)
	fmt.Println(c, m)
	// Output: [9 12 0 7] generic, each product is looked up, portable Go: level generic has only portable Go
}
