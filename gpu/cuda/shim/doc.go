// Package shim stands between gorgonia.org/cu and the CUDA driver, libcuda.so.1, so that
// one program starts on machines with and without it.
//
// cu links libcuda, and its init ends the program where cuInit fails. Here every entry
// point that cu links is defined as a jump through a variable, which Load fills from the
// library; before that it leads to a function that returns an error. cuInit does nothing:
// the driver is initialised by Load, when a device is asked for. The linker's -lcuda finds
// the empty archive in this folder.
//
// symbols.h lists the entry points. The linker says which are missing when an update of cu
// wants more, or a newer cuda.h gives them other names; a test compares the list with what
// cu was compiled to. Add them there.
//
// What cu does not offer is called from here too: launches whose arguments are structures,
// pinned memory, attributes of functions and the driver's words for errors.
//
// The package needs -tags cuda, cgo, and Linux on amd64 or arm64.
package shim
