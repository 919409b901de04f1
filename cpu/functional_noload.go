//go:build !linux || !(amd64 || arm64)

package cpu

import (
	"runtime"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func canLoad() error {
	return fault.Missingf("multipliers without a table need Linux on amd64 or arm64, this is %s on %s", runtime.GOOS, runtime.GOARCH)
}

func loadLibrary(string) (*library, error) { return nil, canLoad() }

func call(uintptr, ...uintptr) uintptr { return 0 }
