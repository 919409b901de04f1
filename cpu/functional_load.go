//go:build linux && (amd64 || arm64)

package cpu

import (
	"github.com/ebitengine/purego"

	"github.com/approxtrain/approxtrain/internal/dynlib"
)

func canLoad() error { return nil }

// loadLibrary loads a compiled model. It stays loaded.
func loadLibrary(path string) (*library, error) {
	handle, err := dynlib.Open(path, false)
	if err != nil {
		return nil, err
	}
	l := &library{}
	for name, to := range map[string]*uintptr{"approxtrain_row": &l.row, "approxtrain_each": &l.each,
		"approxtrain_tile": &l.tile, "approxtrain_flipped": &l.flipped} {
		if *to, err = dynlib.Symbol(handle, name); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// call calls a function and returns its result; what pointers among the arguments lead to
// stays where it is meanwhile.
//
//go:uintptrescapes
func call(function uintptr, args ...uintptr) uintptr {
	result, _, _ := purego.SyscallN(function, args...)
	return result
}
