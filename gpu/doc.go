// Package gpu is a GPU as a device: the operations of package cpu with identical bits.
// It runs the kernels of package kernels through a driver.Driver and knows nothing of CUDA;
// package emulation is a driver without a GPU.
//
// Operations are asynchronous. Tensors stay on the device. The CPU computes nothing.
//
// Start reading at New; product.go cuts a product into tiles, functional.go makes a
// kernel of a model in C, memory.go allocates memory.
package gpu
