// Package kernels holds the operations of a device in CUDA C++. They are one
// translation unit, kernels.cu. clang compiles it for a GPU without any file of
// NVIDIA's, which gives PTX, and package emulation for the host; cuda.cuh is all that
// the two have not in common.
//
// Kernels repeat what package cpu does in portable Go, to the bit. Start reading at
// gemm.cuh for products, sum.cuh for the order of sums. functional.cuh and library.cuh are
// for units that are compiled when a user's model is known.
package kernels

import "embed"

//go:generate go run ../ptx/generate -out kernels.ptx

// Sources are the files that kernels.cu, and units with models, are made of.
//
//go:embed *.cu *.cuh
var Sources embed.FS

// PTX are the kernels, compiled for GPUs of compute capability 8.0 and later. It is
// generated from Sources; scripts/lint says when it is out of date.
//
//go:embed kernels.ptx
var PTX []byte
