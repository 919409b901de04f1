//go:build cuda && cgo && linux && (amd64 || arm64)

package shim

/*
#cgo LDFLAGS: -L${SRCDIR} -ldl
#include <stdlib.h>
#include <cuda.h>
#include "loader.h"

// launch calls cuLaunchKernel with arguments that lie in values, each at its offset.
static CUresult launch(CUfunction function, CUstream stream, const unsigned *grid, const unsigned *block, unsigned shared, char *values,
	const unsigned *offsets, int count)
{
	void *arguments[count + 1];
	for (int i = 0; i < count; i++)
		arguments[i] = values + offsets[i];
	return cuLaunchKernel(function, grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, stream, arguments, NULL);
}
*/
import "C"

import (
	"fmt"
	"os"
	"sync"
	"unsafe"
)

// Variable names the environment variable with the path of a driver to load instead of
// the system's.
const Variable = "APPROXTRAIN_LIBCUDA"

// Result is a CUresult that is no success.
type Result int

func result(r C.CUresult) error {
	if r == C.CUDA_SUCCESS {
		return nil
	}
	return Result(r)
}

// Error returns the driver's words, if one was loaded.
func (r Result) Error() string {
	var name, text *C.char
	if C.cuGetErrorName(C.CUresult(r), &name) != C.CUDA_SUCCESS || C.cuGetErrorString(C.CUresult(r), &text) != C.CUDA_SUCCESS {
		return fmt.Sprintf("error %d", int(r))
	}
	return fmt.Sprintf("%s (%s)", C.GoString(name), C.GoString(text))
}

var loading struct {
	sync.Mutex
	done bool
}

// Load loads and initialises the driver once. After an error the next call tries again.
func Load() error {
	loading.Lock()
	defer loading.Unlock()
	if loading.done {
		return nil
	}
	path := os.Getenv(Variable)
	if path == "" {
		path = "libcuda.so.1"
	}
	const size = 512
	name, message := C.CString(path), (*C.char)(C.calloc(1, size))
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(message))
	r := C.shim_load(name, message, size)
	if r < 0 {
		return fmt.Errorf("there is no CUDA driver: %s", C.GoString(message))
	}
	if err := result(C.CUresult(r)); err != nil {
		return fmt.Errorf("the CUDA driver does not start: cuInit: %w", err)
	}
	loading.done = true
	return nil
}

// Launch is cuLaunchKernel of a CUfunction on a CUstream. The arguments lie in words, each
// at the beginning of one.
func Launch(function, stream unsafe.Pointer, grid, block [3]uint32, shared int, words []uint64, arguments []uint32) error {
	offsets := make([]C.uint, len(arguments)+1)
	for i, a := range arguments {
		offsets[i] = C.uint(8 * a)
	}
	if len(words) == 0 {
		words = []uint64{0}
	}
	return result(C.launch(C.CUfunction(function), C.CUstream(stream), (*C.uint)(&grid[0]), (*C.uint)(&block[0]), C.uint(shared),
		(*C.char)(unsafe.Pointer(&words[0])), &offsets[0], C.int(len(arguments))))
}

// AllowShared lets a CUfunction have so many bytes of dynamic shared memory.
func AllowShared(function unsafe.Pointer, bytes int) error {
	return result(C.cuFuncSetAttribute(C.CUfunction(function), C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, C.int(bytes)))
}

// AllocPinned returns memory of the host that the device copies from and to by itself.
func AllocPinned(bytes int) (unsafe.Pointer, error) {
	var p unsafe.Pointer
	err := result(C.cuMemHostAlloc(&p, C.size_t(bytes), 0))
	return p, err
}
