// Package ptx makes PTX, the assembly language that CUDA's driver translates for the
// GPU it finds, out of kernels in CUDA C++. clang does it, without any file of NVIDIA's
// and without a GPU.
//
// Kernels that every program needs were compiled before: gpu/kernels/kernels.ptx.gz, which
// generate writes, is part of the program. Compile is for kernels that are only known
// later, such as those of a user's multiplier.
//
// Start reading at Compile.
package ptx
