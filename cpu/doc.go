// Package cpu computes training on the processor: the device that is always
// there. Its portable Go is the specification in executable form of what package
// device describes; faster paths are to be added beside it and must give the
// same bits.
//
// Work is divided by output elements, never within a sum, so that results do not
// depend on the number of threads.
//
// Start reading at New, then gemm.go: products of dense and convolution layers
// are all built from one step, multiplier.addRow.
package cpu
