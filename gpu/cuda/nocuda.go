//go:build !(cuda && cgo && linux && (amd64 || arm64))

package cuda

import (
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/internal/fault"
)

var errWithout = fault.Missingf("this program was built without CUDA (go build -tags cuda, on Linux, with cgo)")

// Open returns a GPU. This program was built without CUDA, and has none.
func Open(ordinal int) (driver.Driver, error) { return nil, errWithout }

// Devices returns the names of the GPUs. This program was built without CUDA, and has
// none.
func Devices() ([]string, error) { return nil, errWithout }
