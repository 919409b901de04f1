//go:build !linux || !(amd64 || arm64)

package emulation

import (
	"runtime"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func load(string) (*library, error) {
	return nil, fault.Missingf("the emulation of CUDA needs Linux on amd64 or arm64, this is %s on %s", runtime.GOOS, runtime.GOARCH)
}

func call(uintptr, ...uintptr) uintptr { return 0 }
