//go:build linux && (amd64 || arm64)

package emulation

import (
	"github.com/ebitengine/purego"

	"github.com/approxtrain/approxtrain/internal/dynlib"
)

// load loads a compiled library. It stays loaded.
func load(path string) (*library, error) {
	handle, err := dynlib.Open(path, false)
	if err != nil {
		return nil, err
	}
	l := &library{}
	for name, to := range map[string]*uintptr{"emulation_has": &l.has, "emulation_launch": &l.launch, "emulation_alloc": &l.alloc,
		"emulation_free": &l.free, "emulation_copy": &l.copy} {
		if *to, err = dynlib.Symbol(handle, name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// call calls a function of a library; what pointers among the arguments lead to
// stays where it is meanwhile.
//
//go:uintptrescapes
func call(function uintptr, args ...uintptr) uintptr {
	result, _, _ := purego.SyscallN(function, args...)
	return result
}
