// Package cuda is an NVIDIA GPU as a driver.Driver, through CUDA's driver API (gorgonia.org/cu).
//
// It is part of programs that were built with -tags cuda. They start on every machine:
// package shim loads the CUDA driver when a device is opened. In other programs Open and
// Devices report that CUDA is missing.
//
// A device is used in its primary context on one stream. A context belongs to a thread of
// the operating system, and a goroutine changes threads: each method keeps its goroutine
// on a thread and makes the context current there.
//
// The kernels are the PTX of package kernels, which the driver compiles for its GPU and
// keeps in its own cache. Package standin is a driver for tests, which runs them on the
// host.
//
// Start reading at Open; launch.go has launches, staging.go copies, errors.go the state
// of a device that fails.
package cuda
