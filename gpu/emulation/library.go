package emulation

// library are the functions of host/emulation.cc.
type library struct{ launch, alloc, free, copy uintptr }
