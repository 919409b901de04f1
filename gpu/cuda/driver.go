//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"runtime"

	"gorgonia.org/cu"

	"github.com/approxtrain/approxtrain/gpu/driver"
)

// Driver is a GPU.
type Driver struct {
	properties
	context   cu.CUContext
	stream    cu.Stream
	staging   staging
	modules   []cu.Module
	kernels   map[string]*kernel
	allocated map[driver.Pointer]bool

	launched int    // kernels since the driver last waited
	last     launch // of them
	kept     error  // of calls that return none, for Sync
	lost     error  // why no call can succeed any more
}

var _ driver.Driver = (*Driver)(nil)

var errClosed = errors.New("the device was closed")

// Name implements driver.Driver.
func (d *Driver) Name() string { return d.String() }

// Emulated implements driver.Driver.
func (d *Driver) Emulated() bool { return false }

// do calls the driver with the device's context on the thread of the goroutine, which it
// keeps there meanwhile.
func (d *Driver) do(calls func() error) error {
	if d.lost != nil {
		return d.lost
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.SetCurrentContext(d.context); err != nil {
		return d.failed("cuCtxSetCurrent", err)
	}
	return calls()
}

// Memory implements driver.Driver.
func (d *Driver) Memory() (free, total int64, err error) {
	err = d.do(func() error {
		free, total, err = cu.MemInfo()
		return d.failed("cuMemGetInfo", err)
	})
	return free, total, err
}

// Alloc implements driver.Driver.
func (d *Driver) Alloc(bytes int) (p driver.Pointer, err error) {
	if bytes <= 0 {
		return 0, fmt.Errorf("%d bytes of memory, expected at least one", bytes)
	}
	err = d.do(func() error {
		at, err := cu.MemAlloc(int64(bytes))
		if err != nil {
			return d.failed("cuMemAlloc", err)
		}
		p = driver.Pointer(at)
		d.allocated[p] = true
		return nil
	})
	return p, err
}

// Free implements driver.Driver. It waits for what may use the memory. Its error is
// returned by Sync too.
func (d *Driver) Free(p driver.Pointer) error {
	err := d.do(func() error {
		if !d.allocated[p] {
			return fmt.Errorf("there is no memory at %#x", p)
		}
		if err := d.wait(); err != nil {
			return err
		}
		delete(d.allocated, p)
		return d.failed("cuMemFree", cu.MemFree(cu.DevicePtr(p)))
	})
	if d.kept == nil {
		d.kept = err
	}
	return err
}

// wait waits for all queued work.
func (d *Driver) wait() error {
	err := d.failed("cuStreamSynchronize", d.stream.Synchronize())
	if err == nil {
		d.launched = 0
	}
	return err
}

// Sync implements driver.Driver.
func (d *Driver) Sync() error {
	kept := d.kept
	d.kept = nil
	err := d.do(d.wait)
	if kept != nil {
		err = kept
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name(), err)
	}
	return nil
}

// Close implements driver.Driver. It frees all memory. A lost device is left alone, because
// waiting for it would never end: the end of the process frees its memory.
func (d *Driver) Close() error {
	if errors.Is(d.lost, errClosed) {
		return nil
	}
	err := d.do(func() error {
		var all []error
		if d.stream != (cu.Stream{}) {
			all = append(all, d.wait())
		}
		for p := range d.allocated {
			all = append(all, d.failed("cuMemFree", cu.MemFree(cu.DevicePtr(p))))
		}
		all = append(all, d.staging.free(d))
		for _, m := range d.modules {
			all = append(all, d.failed("cuModuleUnload", m.Unload()))
		}
		if d.stream != (cu.Stream{}) {
			all = append(all, d.failed("cuStreamDestroy", d.stream.Destroy()))
		}
		all = append(all, d.failed("cuDevicePrimaryCtxRelease", d.device.ReleasePrimaryCtx()))
		return errors.Join(all...)
	})
	d.lost = errClosed
	return err
}
