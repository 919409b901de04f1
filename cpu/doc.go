// Package cpu computes training on the processor: the device that is always
// there. Its portable Go is the specification in executable form of what package
// device describes; faster paths stand beside it and give the same bits.
//
// Work is divided by output elements, never within a sum, so that results do not
// depend on the number of threads.
//
// Start reading at New, then gemm.go: products of dense and convolution layers
// are all built from one step, multiplier.addRow. level.go says what an
// architecture adds: faster rows for any table (fast_amd64.go), and for tables of
// at most 7 fraction bits on either side whole tiles of a product (panels.go),
// where the exponents are such that no special case can occur. The assembly is
// written by the program in _asm, a module of its own: `go generate ./cpu`.
package cpu
