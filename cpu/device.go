package cpu

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/simd"
	"github.com/approxtrain/approxtrain/lut"
)

// Device is the processor. It computes while the caller waits.
type Device struct {
	threads int
	level   level
	err     error
	late    atomic.Pointer[error] // of a product, from any thread
	tiles   scratch
	grids   grids
	lines   lineScratch
	// Operands A of a product of integers, as its table knows them.
	patterns []byte
}

var _ device.Device = (*Device)(nil)

// New returns the processor as a device of that many threads, 0 for one per
// core. It uses the best instructions that the machine has and this package has
// code for, or those that the environment variable APPROXTRAIN_CPU names; see
// NewLevel.
func New(threads int) (*Device, error) {
	l, err := simd.Choose(levels())
	if err != nil {
		return nil, err
	}
	return newDevice(threads, l), nil
}

// NewLevel is New with the instructions named: avx2, generic for the portable Go,
// or nothing for the best. It fails if the machine does not have them. All give
// the same bits.
func NewLevel(threads int, name string) (*Device, error) {
	l, err := simd.Find(name, levels())
	if err != nil {
		return nil, err
	}
	return newDevice(threads, l), nil
}

func newDevice(threads int, l level) *Device {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return &Device{threads: threads, level: l}
}

// Name implements device.Device.
func (d *Device) Name() string {
	return fmt.Sprintf("cpu %s, %s", d.level, english.Plural(d.threads, "thread", ""))
}

// Properties implements device.Device.
func (d *Device) Properties() device.Properties { return device.Properties{} }

// Sync implements device.Device.
func (d *Device) Sync() error {
	err := d.err
	d.err = nil
	if late := d.late.Swap(nil); late != nil && err == nil {
		err = *late
	}
	return err
}

// ready says whether an operation may run: its shape fits, and so did those
// before it.
func (d *Device) ready(op string, err error) bool {
	if d.err == nil && err != nil {
		d.err = fmt.Errorf("%s: %w", op, err)
	}
	return d.err == nil
}

// Multiplier implements device.Device.
func (d *Device) Multiplier(t *lut.Table) (device.Multiplier, error) {
	if t == nil {
		return accelerate(d.level, native{}), nil
	}
	if t.Format.Kind != lut.Mantissa {
		numbers, err := device.Numbers(t)
		if err != nil {
			return nil, err
		}
		return accelerate(d.level, newIntegers(t, numbers)), nil
	}
	if !t.Format.AMSim() {
		if t.Format.FloatExtra()+t.Format.A <= smallFloat {
			return accelerate(d.level, newIntegers(t, t)), nil
		}
		return newFloats(t), nil
	}
	return accelerate(d.level, newTable(t)), nil
}

type buffer []float32

// Alloc implements device.Device.
func (d *Device) Alloc(n int) device.Buffer { return make(buffer, n) }

func (b buffer) Len() int { return len(b) }

func (b buffer) Write(src []float32) {
	if len(src) != len(b) {
		panic(fmt.Sprintf("cpu: %d numbers for a buffer of %d", len(src), len(b)))
	}
	copy(b, src)
}

func (b buffer) Read(dst []float32) error {
	if len(dst) != len(b) {
		return fmt.Errorf("reading a buffer of %d numbers into %d", len(b), len(dst))
	}
	copy(dst, b)
	return nil
}

func (b buffer) Free() {}

// floatsOf returns the memory of buffers; a buffer of another device is an error
// of the caller.
func floatsOf(buffers ...device.Buffer) [][]float32 {
	out := make([][]float32, len(buffers))
	for i, b := range buffers {
		own, ok := b.(buffer)
		if !ok {
			panic(fmt.Sprintf("cpu: a buffer of another device (%T)", b))
		}
		out[i] = own
	}
	return out
}

// split runs do over [0, n) in pieces of at least grain, side by side.
func (d *Device) split(n, grain int, do func(from, to int)) {
	pieces := min(d.threads, (n+grain-1)/max(1, grain))
	if pieces <= 1 {
		if n > 0 {
			do(0, n)
		}
		return
	}
	var wait sync.WaitGroup
	for p := range pieces {
		wait.Go(func() { do(n*p/pieces, n*(p+1)/pieces) })
	}
	wait.Wait()
}
