// Package driver is the interface between package gpu and CUDA: memory, and kernels on one stream.
// Package emulation implements it on the host, for tests.
package driver

import "errors"

// ErrMemory means that a device has too little free memory.
var ErrMemory = errors.New("out of memory")

// Pointer is an address in a device's memory.
type Pointer uint64

// Dim is the size of a grid in blocks, or of a block in threads.
type Dim struct{ X, Y, Z uint32 }

// Driver is one device. Copies and kernels run in the order of the calls, possibly asynchronously.
// One goroutine at a time uses it.
type Driver interface {
	// Name describes the device for people.
	Name() string
	// Emulated reports whether the processor runs the kernels.
	Emulated() bool
	// Memory returns the bytes that are free and those there are.
	Memory() (free, total int64, err error)
	// Alloc returns bytes of memory, of any content, that begin at a multiple of 256.
	Alloc(bytes int) (Pointer, error)
	Free(p Pointer) error
	// Upload copies src to the device; src may be changed when it returns.
	Upload(dst Pointer, src []byte) error
	// Download waits for all before it and copies from the device.
	Download(dst []byte, src Pointer) error
	// Compile adds the kernels of a unit of CUDA C++, which may include the files of
	// package kernels; they are launched by name like the others. A name belongs to the
	// unit that had it first. An error holds the compiler's messages, or is
	// fault.Missing where there is no compiler.
	Compile(unit string) error
	// Launch runs a kernel with so many bytes of dynamic shared memory. An argument
	// is a Pointer, int32, uint32, uint64, float32 or a struct of such, laid out as C
	// does.
	Launch(kernel string, grid, block Dim, shared int, args ...any) error
	// Sync waits for all and returns the first error since the last call.
	Sync() error
	Close() error
}
