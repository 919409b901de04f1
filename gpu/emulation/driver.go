package emulation

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/approxtrain/approxtrain/gpu/driver"
)

// Options say how to run kernels.
type Options struct {
	Threads int   // of the processor, 0 for one per core
	Memory  int64 // bytes that may be in use, 0 for 4 GiB
	Reverse bool  // threads of a block run in descending order
	// Sanitize adds AddressSanitizer and UndefinedBehaviorSanitizer, which end the process at the
	// first access to memory that was not allocated. Their run-time library must be loaded before
	// the program; see SanitizerEnvironment.
	Sanitize bool
	Kernels  string // CUDA C++ instead of kernels.cu, which includes cuda.cuh
}

// Driver is the host as a CUDA device. Each call finishes its work before it returns.
type Driver struct {
	library *library   // of the kernels
	units   []*library // what Compile added
	options Options
	sizes   map[driver.Pointer]int64
	used    int64
	err     error // of launches since the last Sync
}

var _ driver.Driver = (*Driver)(nil)

// New compiles the kernels, unless that was done before.
func New(o Options) (*Driver, error) {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Memory == 0 {
		o.Memory = 4 << 30
	}
	l, err := open(o, o.unit())
	if err != nil {
		return nil, err
	}
	return &Driver{library: l, options: o, sizes: map[driver.Pointer]int64{}}, nil
}

// Name implements driver.Driver.
func (d *Driver) Name() string { return fmt.Sprintf("emulation, %d threads", d.options.Threads) }

// Emulated implements driver.Driver.
func (d *Driver) Emulated() bool { return true }

// Compile implements driver.Driver.
func (d *Driver) Compile(unit string) error {
	l, err := open(d.options, unit)
	if err == nil {
		d.units = append(d.units, l)
	}
	return err
}

// find returns the library of a kernel; that without one says so itself.
func (d *Driver) find(name []byte) *library {
	if !d.library.holds(name) {
		for _, l := range d.units {
			if l.holds(name) {
				return l
			}
		}
	}
	return d.library
}

// Memory implements driver.Driver.
func (d *Driver) Memory() (free, total int64, err error) {
	return d.options.Memory - d.used, d.options.Memory, nil
}

// Alloc implements driver.Driver.
func (d *Driver) Alloc(n int) (driver.Pointer, error) {
	if n <= 0 || d.used+int64(n) > d.options.Memory {
		return 0, fmt.Errorf("no %d bytes of memory: %w", n, driver.ErrMemory)
	}
	p := driver.Pointer(call(d.library.alloc, uintptr(n)))
	if p == 0 {
		return 0, fmt.Errorf("no %d bytes of memory: %w", n, driver.ErrMemory)
	}
	d.sizes[p] = int64(n)
	d.used += int64(n)
	return p, nil
}

// Free implements driver.Driver.
func (d *Driver) Free(p driver.Pointer) error {
	n, ok := d.sizes[p]
	if !ok {
		return fmt.Errorf("there is no memory at %#x", p)
	}
	delete(d.sizes, p)
	d.used -= n
	call(d.library.free, uintptr(p))
	return nil
}

// check is an error unless n bytes from p on are of one allocation's beginning or of
// its inside.
func (d *Driver) check(p driver.Pointer, n int) error {
	for begin, size := range d.sizes {
		if p >= begin && int64(p-begin)+int64(n) <= size {
			return nil
		}
	}
	return fmt.Errorf("there are no %d bytes at %#x", n, p)
}

// Upload implements driver.Driver.
func (d *Driver) Upload(dst driver.Pointer, src []byte) error {
	if err := d.check(dst, len(src)); err != nil || len(src) == 0 {
		return err
	}
	call(d.library.copy, uintptr(dst), uintptr(unsafe.Pointer(&src[0])), uintptr(len(src)))
	return nil
}

// Download implements driver.Driver.
func (d *Driver) Download(dst []byte, src driver.Pointer) error {
	if err := d.check(src, len(dst)); err != nil || len(dst) == 0 {
		return err
	}
	call(d.library.copy, uintptr(unsafe.Pointer(&dst[0])), uintptr(src), uintptr(len(dst)))
	return nil
}

// Launch implements driver.Driver. Kernels have no dynamic shared memory.
func (d *Driver) Launch(kernel string, grid, block driver.Dim, shared int, args ...any) error {
	if shared != 0 {
		return fmt.Errorf("kernel %s: %d bytes of dynamic shared memory, expected none", kernel, shared)
	}
	if d.err != nil {
		return nil
	}
	memory := make([]reflect.Value, len(args)) // copies that have addresses
	pointers, sizes := make([]unsafe.Pointer, len(args)+1), make([]uint64, len(args)+1)
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, a := range args {
		v := reflect.ValueOf(a)
		memory[i] = reflect.New(v.Type())
		memory[i].Elem().Set(v)
		pointers[i], sizes[i] = memory[i].UnsafePointer(), uint64(v.Type().Size())
		pin.Pin(pointers[i])
	}
	name, message := append([]byte(kernel), 0), make([]byte, 512)
	var reverse uintptr
	if d.options.Reverse {
		reverse = 1
	}
	if call(d.find(name).launch, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&grid)), uintptr(unsafe.Pointer(&block)),
		uintptr(unsafe.Pointer(&pointers[0])), uintptr(unsafe.Pointer(&sizes[0])), uintptr(len(args)), uintptr(d.options.Threads), reverse,
		uintptr(unsafe.Pointer(&message[0])), uintptr(len(message))) != 0 {
		text, _, _ := bytes.Cut(message, []byte{0})
		d.err = fmt.Errorf("kernel %s: %s", kernel, text)
	}
	runtime.KeepAlive(memory)
	return nil
}

// Sync implements driver.Driver.
func (d *Driver) Sync() error {
	err := d.err
	d.err = nil
	return err
}

// Close implements driver.Driver.
func (d *Driver) Close() error {
	for p := range d.sizes {
		call(d.library.free, uintptr(p))
	}
	clear(d.sizes)
	d.used = 0
	return d.Sync()
}
