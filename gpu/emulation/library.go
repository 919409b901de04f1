package emulation

import (
	"fmt"
	"unsafe"
)

// library is a compiled one: its kernels, and the functions of host/emulation.cc that
// are in each.
type library struct{ has, launch, alloc, free, copy uintptr }

// open compiles kernels, unless that was done before, and loads them.
func open(o Options, unit string) (*library, error) {
	path, err := compile(o, unit)
	if err != nil {
		return nil, err
	}
	l, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("loading the emulation of CUDA: %w", err)
	}
	return l, nil
}

// holds says whether the library has a kernel, of which the name ends with a zero.
func (l *library) holds(name []byte) bool {
	return call(l.has, uintptr(unsafe.Pointer(&name[0]))) != 0
}
