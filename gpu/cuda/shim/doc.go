// Package shim loads the CUDA driver, libcuda.so.1, on demand, so programs start without it.
//
// It stands between gorgonia.org/cu and the driver. cu links libcuda, and its init ends the
// program if cuInit fails. This package defines every entry point that cu links as a jump
// through a variable. Load fills the variable from the library; before that it leads to a
// function that returns an error. cuInit does nothing: Load initialises the driver when a
// device is opened. The linker's -lcuda finds the empty archive in this folder.
//
// symbols.h lists the entry points. If an update of cu needs more of them, or a newer cuda.h
// renames them, the linker names the missing ones; a test compares the list with the
// symbols that cu was compiled to. Add them there.
//
// This package also calls entry points that cu does not offer: launches whose arguments are
// structures, pinned memory, attributes of functions and the driver's texts of errors.
//
// The package needs -tags cuda, cgo, and Linux on amd64 or arm64.
package shim
