// Package ptx compiles kernels in CUDA C++ to PTX, which CUDA's driver translates for its GPU.
// It runs clang, without any file of NVIDIA's and without a GPU.
//
// The kernels that every program needs are compiled in advance: generate writes
// gpu/kernels/kernels.ptx.gz, which is part of the program. Compile is for later kernels,
// such as those of a user's multiplier.
//
// Start reading at Compile.
package ptx
