package gpu

import (
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// Device is a GPU.
type Device struct {
	driver driver.Driver
	memory memory
	err    error
	// compiled are the models of which the driver has the kernels.
	compiled map[string]bool
	integers integers

	// blocks is the number of blocks below which the chunks of a long sum are divided
	// among several: what keeps a GPU of any size busy.
	blocks int
	// tile forces a size of tiles, for tests.
	tile string
}

var (
	_ device.FetchGemmer   = (*Device)(nil)
	_ device.IntegerDevice = (*Device)(nil)
)

// New returns a GPU as a device.
func New(d driver.Driver) (*Device, error) {
	if _, _, err := d.Memory(); err != nil {
		return nil, fmt.Errorf("GPU %s: %w", d.Name(), err)
	}
	return &Device{driver: d, memory: memory{driver: d}, blocks: 256}, nil
}

// Name implements device.Device.
func (d *Device) Name() string { return "gpu " + d.driver.Name() }

// Properties implements device.Device.
func (d *Device) Properties() device.Properties {
	return device.Properties{GPU: true, Emulated: d.driver.Emulated()}
}

// Sync implements device.Device.
func (d *Device) Sync() error {
	err := d.driver.Sync()
	if d.err != nil {
		err = d.err
	}
	if bad := d.noNumbers(); bad != nil { // of an operation before the error
		err = bad
	}
	d.err = nil
	return err
}

// operation is an operation that may run.
type operation struct {
	*Device
	what  string // for messages
	shape any    // likewise
}

// begin says whether an operation may run: its shape fits, its buffers are this
// device's, and the operations before it ran.
func (d *Device) begin(what string, shape any, err error, buffers ...device.Buffer) (operation, bool) {
	for _, b := range buffers {
		if err == nil {
			err = d.owns(b)
		}
		if own, ok := b.(*buffer); ok {
			own.classes = 0 // the operation may write to it
		}
	}
	if err != nil {
		d.fail(what, err)
	}
	return operation{d, what, shape}, d.err == nil
}

// fail keeps the first error.
func (d *Device) fail(what string, err error) {
	if d.err == nil {
		d.err = fmt.Errorf("%s: %w", what, err)
	}
}

// blockSize is the threads of a block where each thread has an element.
const blockSize = 256

// each launches a kernel with a thread for each of n elements; n is the last
// argument.
func (o operation) each(kernel string, n int, args ...any) {
	if n > 0 {
		o.launch(kernel, (n+blockSize-1)/blockSize, blockSize, append(args, uint32(n))...)
	}
}

// launch launches a kernel on so many blocks.
func (o operation) launch(kernel string, blocks, threads int, args ...any) {
	if o.err != nil || blocks == 0 {
		return
	}
	for i, a := range args {
		if b, ok := a.(device.Buffer); ok {
			args[i] = b.(*buffer).at
		}
	}
	grid := driver.Dim{X: uint32(blocks), Y: 1, Z: 1}
	if err := o.driver.Launch(kernel, grid, driver.Dim{X: uint32(threads), Y: 1, Z: 1}, 0, args...); err != nil {
		o.fail(fmt.Sprintf("%s of %+v on %s", o.what, o.shape, o.Name()), fmt.Errorf("kernel %s, %d × %d threads: %w", kernel, blocks, threads, err))
	}
}

// divider divides numbers below 2^31 by one that is known; see kernels/cuda.cuh. The
// quotient is right since multiplier · divisor exceeds 2^shift by less than
// 2^(shift−31).
type divider struct{ divisor, multiplier, shift uint32 }

func newDivider(n int) divider {
	n = max(n, 1)
	shift := 31
	for 1<<(shift-31) < n {
		shift++
	}
	return divider{uint32(n), uint32((uint64(1)<<shift + uint64(n) - 1) / uint64(n)), uint32(shift)}
}
