// Package cpu computes training on the processor: the device that is always
// there. Its portable Go is the specification in executable form of what package
// device describes; faster paths stand beside it and give the same bits.
//
// Work is divided by output elements, never within a sum, so that results do not
// depend on the number of threads.
//
// Start reading at New, then gemm.go: products of dense and convolution layers
// are all built from one step, multiplier.addRow. level.go says what an
// architecture adds to that. It may have faster rows (fast_amd64.go), and kernels
// that multiply whole tiles of a product with the sums in registers: kernel.go
// says what one is, kernels_amd64.go lists them, product.go cuts a product into
// tiles, side.go packs matrices and the windows of convolutions, and tiled.go
// makes products of the operations. The assembly is written by the program in
// _asm, a module of its own: `go generate ./cpu`. What this machine's processor
// lacks is tested on an emulated one: emulator_amd64_test.go.
//
// Multipliers without a table are functions in C: functional_build.go compiles one
// together with functional/kernel.c, functional_trial.go tries the result in another
// process, functional_load.go loads it without cgo, and functional.go is the
// multiplier.
package cpu
