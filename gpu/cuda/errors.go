//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"
	"reflect"

	"gorgonia.org/cu"

	"github.com/approxtrain/approxtrain/gpu/cuda/shim"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// fatal are results after which every call on the context fails: a fault of a kernel, or of the
// GPU.
var fatal = map[shim.Result]bool{}

func init() {
	for _, r := range []error{cu.Deinitialized, cu.EccUncorrectable, cu.NvlinkUncorrectable, cu.IllegalAddress, cu.LaunchTimeout,
		cu.ContextIsDestroyed, cu.Assert, cu.HardwareStackError, cu.IllegalInstruction, cu.MisalignedAddress, cu.InvalidAddressSpace,
		cu.InvalidPc, cu.LaunchFailed, cu.Unknown} {
		fatal[resultOf(r)] = true
	}
}

// resultOf returns the result in an error of cu, whose type has no name outside, or of
// shim.
func resultOf(err error) shim.Result { return shim.Result(reflect.ValueOf(err).Int()) }

// memoryError is a driver.ErrMemory in the driver's words.
type memoryError struct{ error }

func (memoryError) Is(target error) bool { return target == driver.ErrMemory }

// failed makes the result of a call of the driver an error that names the call.
func failed(call string, err error) error {
	if err == nil {
		return nil
	}
	r := resultOf(err)
	if r == resultOf(cu.OutOfMemory) {
		return memoryError{fmt.Errorf("%s: %w", call, r)}
	}
	return fmt.Errorf("%s: %w", call, r)
}

// failed does so with a call on the device, and remembers a lost device. A later call finds the
// fault of a kernel.
func (d *Driver) failed(call string, err error) error {
	if err == nil {
		return nil
	}
	e := failed(call, err)
	if !fatal[resultOf(err)] {
		return e
	}
	e = fmt.Errorf("%w; the device is lost to this program", e)
	if d.launched > 0 {
		e = fmt.Errorf("%w. Since it last answered %d kernels were launched, the last one %s; with CUDA_LAUNCH_BLOCKING=1 it is the last one that fails",
			e, d.launched, d.last)
	}
	d.lost = e
	return e
}
