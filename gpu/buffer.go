package gpu

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// buffer is memory of a device. Indices into it are 32 bits wide.
type buffer struct {
	device *Device
	at     driver.Pointer // 0 if it has no elements, could not be had, or was freed
	n      int
	// classes caches the largest label + 1 of a buffer that the host filled with labels, so
	// the loss need not read them back. It is 0 if a kernel may have written to the buffer.
	classes int
}

// maxElements is the most that a buffer holds, and that kernels can count.
const maxElements = math.MaxInt32

// Alloc implements device.Device.
func (d *Device) Alloc(n int) device.Buffer {
	b := d.uninitialized(n)
	if o, ok := d.begin("allocation", n, nil); ok {
		o.each("zero", n, b)
	}
	return b
}

// uninitialized returns a buffer of any content.
func (d *Device) uninitialized(n int) *buffer {
	b := &buffer{device: d, n: n}
	err := error(nil)
	if n < 0 || n > maxElements {
		err = fmt.Errorf("%d elements, expected 0 to %d", n, maxElements)
	} else if n > 0 {
		b.at, err = d.memory.alloc(4 * n)
	}
	if err != nil {
		d.fail("allocation", err)
	}
	return b
}

// owns is an error unless an operation may use the buffer.
func (d *Device) owns(b device.Buffer) error {
	own, ok := b.(*buffer)
	switch {
	case !ok || own.device != d:
		return fmt.Errorf("a buffer of another device (%T)", b)
	case own.at == 0 && own.n > 0:
		return errors.New("a buffer that was freed, or never had")
	}
	return nil
}

func (b *buffer) Len() int { return b.n }

// Write implements device.Buffer.
func (b *buffer) Write(src []float32) {
	if len(src) != b.n {
		panic(fmt.Sprintf("gpu: %d numbers for a buffer of %d", len(src), b.n))
	}
	if b.n == 0 || b.at == 0 {
		return // an error was reported when it could not be had
	}
	if err := b.device.driver.Upload(b.at, bytesOf(src)); err != nil {
		b.device.fail(fmt.Sprintf("writing %d numbers to %s", b.n, b.device.Name()), err)
		return
	}
	b.classes = classesOf(src)
}

// classesOf returns the largest number + 1, or 0 if one is no class.
func classesOf(x []float32) int {
	most := 0
	for _, v := range x {
		c := int(v)
		if !(v >= 0 && v < 1<<24) || float32(c) != v {
			return 0
		}
		most = max(most, c+1)
	}
	return most
}

// Read implements device.Buffer.
func (b *buffer) Read(dst []float32) error {
	if len(dst) != b.n {
		return fmt.Errorf("reading a buffer of %d numbers into %d", b.n, len(dst))
	}
	if b.n == 0 {
		return nil
	}
	if err := b.device.owns(b); err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	if err := b.device.driver.Download(bytesOf(dst), b.at); err != nil {
		return fmt.Errorf("reading %d numbers from %s: %w", b.n, b.device.Name(), err)
	}
	return nil
}

// Free implements device.Buffer. The memory's next owner uses it after all operations that were
// queued before.
func (b *buffer) Free() {
	if b.at != 0 {
		b.device.memory.free(b.at, 4*b.n)
		b.at = 0
	}
}

// bytesOf returns the memory of a slice.
func bytesOf[T uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*int(unsafe.Sizeof(x[0])))
}
