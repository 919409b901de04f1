// Package cpu is the processor as a device: the operations of training in Go and assembly.
//
// Its portable Go is the executable form of the specification in package device. Faster
// code gives the same bits.
//
// Work is divided by output elements, never within a sum, so results do not depend on the
// number of threads.
//
// Start reading at New, then gemm.go: products of dense and convolution layers
// are all built from one step, multiplier.addRow. level.go lists what an
// architecture may add: faster rows (fast_amd64.go), and kernels that multiply whole
// tiles of a product with the sums in registers. kernel.go defines such a kernel,
// kernels_amd64.go lists them, product.go cuts a product into tiles, side.go packs
// matrices and the windows of convolutions, and tiled.go makes products of the
// operations. The program in _asm, a module of its own, writes the assembly:
// `go generate ./cpu`. emulator_amd64_test.go tests instructions that this machine lacks
// on an emulated processor.
//
// Multipliers without a table are functions in C: functional_build.go compiles one
// together with functional/kernel.c, functional_trial.go tries the result in another
// process, functional_load.go loads it without cgo, and functional.go is the
// multiplier.
package cpu
