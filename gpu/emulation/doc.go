// Package emulation runs the kernels of a GPU on the host, so that package gpu can be
// tested without one. The sources of package kernels are compiled by the system's C++
// compiler, when they are first needed, together with host/emulation.cc, where the threads
// of a block are fibers. Kernels that come later (driver.Driver.Compile) are a library of
// the same kind beside.
//
// It says what a GPU would not: a barrier that some threads of a block miss, and
// arguments that do not fit a kernel. Memory is filled with bytes that give no sensible
// number before it is handed out. It is no simulation of a GPU's time.
//
// Start reading at Driver; then host/emulation.h for what kernels see.
package emulation
