package cpu_test

import (
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/golden"
)

// A product of two matrices in which every multiplication goes through a table.
func Example() {
	d, err := cpu.New(1)
	if err != nil {
		log.Fatal(err)
	}
	mitchell, err := golden.Lookup("mitchell_e8m7")
	if err != nil {
		log.Fatal(err)
	}
	m, err := d.Multiplier(mitchell.Table())
	if err != nil {
		log.Fatal(err)
	}
	a, b, c := d.Alloc(2), d.Alloc(2), d.Alloc(1)
	a.Write([]float32{1.5, 2})
	b.Write([]float32{1.5, 3})
	d.Gemm(m, device.Gemm{M: 1, N: 1, K: 2}, a, b, c)
	var sum [1]float32
	if err := c.Read(sum[:]); err != nil {
		log.Fatal(err)
	}
	if err := d.Sync(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("1.5 × 1.5 + 2 × 3 =", sum[0])
	// Output: 1.5 × 1.5 + 2 × 3 = 8
}
