// Package emulation runs the kernels of a GPU on the host, to test package gpu without one.
//
// When the kernels are first needed, the system's C++ compiler compiles the sources of
// package kernels together with host/emulation.cc, where the threads of a block are fibers.
// Kernels compiled later (driver.Driver.Compile) become another library of the same kind.
//
// It reports faults that a GPU would not: a barrier that some threads of a block miss, and
// arguments that do not fit a kernel. It fills memory with bytes that give no sensible
// number before it hands it out. It does not simulate a GPU's time.
//
// Start reading at Driver; then host/emulation.h for the kernels' side.
package emulation
