package gpu_test

import (
	"fmt"
	"log"

	"github.com/approxtrain/approxtrain/gpu"
	"github.com/approxtrain/approxtrain/gpu/cuda"
)

// The first GPU as a device. The example needs a GPU and a program built with -tags cuda, so
// it is compiled and not run.
func ExampleNew() {
	driver, err := cuda.Open(0)
	if err != nil {
		log.Fatal(err)
	}
	d, err := gpu.New(driver)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Name())
}
