// Package gpu is a GPU as a device: the same operations as package cpu, to the bit, by
// the kernels of package kernels. It knows a GPU as a driver.Driver, and nothing of
// CUDA; package emulation is one without a GPU.
//
// Operations are launched and run behind the caller's back. Tensors stay on the device.
// Nothing is computed by the processor instead.
//
// Start reading at New; product.go has how a product is cut into tiles, functional.go how
// a model in C becomes a kernel, memory.go where memory comes from.
package gpu
