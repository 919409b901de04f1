// Package dynlib loads libraries of compiled code into this process.
package dynlib

import (
	"runtime"

	"github.com/ebitengine/purego"
)

// Open loads the library at path, or finds it by its name where the system's loader does, and
// resolves all its symbols. It stays loaded. Other libraries see its symbols if global is true.
//
// The loader keeps the text of an error for the thread that met it. Open therefore keeps the
// goroutine on one thread until it has read that text: after a move to another thread the text
// would be empty, or that of an older error.
func Open(path string, global bool) (handle uintptr, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mode := purego.RTLD_NOW | purego.RTLD_LOCAL
	if global {
		mode = purego.RTLD_NOW | purego.RTLD_GLOBAL
	}
	return purego.Dlopen(path, mode)
}

// Symbol returns the address of a function or a variable of a library.
func Symbol(handle uintptr, name string) (address uintptr, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlsym(handle, name)
}
