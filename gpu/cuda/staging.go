//go:build cuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/approxtrain/approxtrain/gpu/cuda/shim"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// chunkSize is the most that is copied at once.
const chunkSize = 4 << 20

// staging is pinned memory of the host, which the GPU reads and writes directly. Copies to the GPU
// go through its chunks in turn, so the caller need not wait.
type staging struct {
	chunks [2]chunk
	next   int
}

type chunk struct {
	memory unsafe.Pointer
	free   cu.Event // happens when the last copy from it is done
}

// bytes returns the memory of a chunk.
func (c *chunk) bytes() []byte { return unsafe.Slice((*byte)(c.memory), chunkSize) }

// alloc gets the memory.
func (s *staging) alloc(d *Driver) (err error) {
	for i := range s.chunks {
		c := &s.chunks[i]
		if c.memory, err = shim.AllocPinned(chunkSize); err != nil {
			return d.failed("cuMemHostAlloc", err)
		}
		if c.free, err = cu.MakeEvent(cu.DisableTiming); err != nil {
			return d.failed("cuEventCreate", err)
		}
	}
	return nil
}

// free gives the memory back.
func (s *staging) free(d *Driver) error {
	var all []error
	for i := range s.chunks {
		c := &s.chunks[i]
		if c.memory != nil {
			all = append(all, d.failed("cuMemFreeHost", cu.MemFreeHost(c.memory)))
		}
		if c.free != (cu.Event{}) {
			all = append(all, d.failed("cuEventDestroy", cu.DestroyEvent(&c.free)))
		}
	}
	return errors.Join(all...)
}

// turn returns a chunk that is free.
func (s *staging) turn(d *Driver) (*chunk, error) {
	c := &s.chunks[s.next]
	s.next = (s.next + 1) % len(s.chunks)
	return c, d.failed("cuEventSynchronize", c.free.Synchronize())
}

// Upload implements driver.Driver. It waits only for a chunk to copy through.
func (d *Driver) Upload(dst driver.Pointer, src []byte) error {
	return d.do(func() error {
		for len(src) > 0 {
			c, err := d.staging.turn(d)
			if err != nil {
				return err
			}
			n := copy(c.bytes(), src)
			if err := cu.MemcpyHtoDAsync(cu.DevicePtr(dst), c.memory, int64(n), d.stream); err != nil {
				return d.failed("cuMemcpyHtoDAsync", err)
			}
			if err := c.free.Record(d.stream); err != nil {
				return d.failed("cuEventRecord", err)
			}
			src, dst = src[n:], dst+driver.Pointer(n)
		}
		return nil
	})
}

// Download implements driver.Driver.
func (d *Driver) Download(dst []byte, src driver.Pointer) error {
	return d.do(func() error {
		for len(dst) > 0 {
			c, err := d.staging.turn(d)
			if err != nil {
				return err
			}
			n := min(len(dst), chunkSize)
			if err := cu.MemcpyDtoHAsync(c.memory, cu.DevicePtr(src), int64(n), d.stream); err != nil {
				return d.failed("cuMemcpyDtoHAsync", err)
			}
			if err := d.wait(); err != nil {
				return err
			}
			copy(dst, c.bytes()[:n])
			dst, src = dst[n:], src+driver.Pointer(n)
		}
		return nil
	})
}
