// Package kernels holds the operations of a device in CUDA C++, as sources. They
// are one translation unit, kernels.cu. clang compiles it for a GPU without any file
// of NVIDIA's, and package emulation for the host; cuda.cuh is all that the two have
// not in common.
//
// Kernels repeat what package cpu does in portable Go, to the bit. Start reading at
// gemm.cuh for products, sum.cuh for the order of sums.
package kernels

import "embed"

// Sources are the files that kernels.cu is made of.
//
//go:embed *.cu *.cuh
var Sources embed.FS
