//go:build !cuda

// Package cuda is the real GPUs of a machine, for package gpu.
package cuda

import (
	"approxtrain/gpu/driver"
	"approxtrain/internal/fault"
)

var errAbsent = fault.Missingf("this program was built without CUDA (go build -tags cuda)")

// Open says that there is none.
func Open(int) (driver.Driver, error) { return nil, errAbsent }

// Devices says that there is none.
func Devices() ([]string, error) { return nil, errAbsent }
