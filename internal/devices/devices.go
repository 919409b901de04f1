// Package devices opens a device by name: cpu, cuda:0, emulation or auto.
// Package device defines the interface.
//
// Start reading at Open.
package devices

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu"
	"github.com/approxtrain/approxtrain/gpu/cuda"
	"github.com/approxtrain/approxtrain/gpu/driver"
	"github.com/approxtrain/approxtrain/gpu/emulation"
	"github.com/approxtrain/approxtrain/internal/fault"
)

// Names of devices. A GPU's is CUDA and its number.
const (
	Auto      = "auto" // the first GPU, or else the processor
	CPU       = "cpu"
	CUDA      = "cuda:"
	Emulation = "emulation" // the kernels of a GPU, on the processor
)

// Usage lists the names of devices, for messages and flags.
const Usage = "auto|cpu|cuda:N|emulation"

// Check is an error unless a device may have that name.
func Check(name string) error {
	switch name {
	case Auto, CPU, Emulation:
		return nil
	}
	if _, ok := Number(name); ok {
		return nil
	}
	return fault.Usagef("%q: expected auto, cpu, cuda:N (N from 0) or emulation", name)
}

// Number returns the number of a GPU by its name.
func Number(name string) (n int, ok bool) {
	text, ok := strings.CutPrefix(name, CUDA)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && strconv.Itoa(n) == text && n >= 0
}

// Open opens a device. threads are those of the processor, 0 for one per core, and mean
// nothing to a GPU. Where Auto takes the processor, note says why in a line.
func Open(name string, threads int) (d device.Device, note string, err error) {
	return system.open(name, threads)
}

// gpus finds the GPUs of a machine.
type gpus struct {
	names  func() ([]string, error)
	driver func(n int) (driver.Driver, error)
}

var system = gpus{cuda.Devices, cuda.Open}

// device opens a GPU.
func (g gpus) device(n int) (device.Device, error) {
	names, err := g.names()
	if err == nil && len(names) == 0 {
		err = fault.Missingf("there is no GPU")
	}
	if err != nil {
		return nil, err
	}
	if n >= len(names) {
		return nil, fault.Usagef("there is no such GPU: expected one of %s", strings.Join(names, ", "))
	}
	of, err := g.driver(n)
	if err != nil {
		return nil, err
	}
	d, err := gpu.New(of)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// open is Open, of these GPUs.
func (g gpus) open(name string, threads int) (d device.Device, note string, err error) {
	if err := Check(name); err != nil {
		return nil, "", fmt.Errorf("device %w", err)
	}
	switch name {
	case Auto:
		if d, err = g.device(0); err == nil {
			return d, "", nil
		}
		why, _, _ := strings.Cut(err.Error(), "\n")
		note = fmt.Sprintf("device: cpu, since %s", why)
		fallthrough
	case CPU:
		c, err := cpu.New(threads)
		if err != nil {
			return nil, "", fault.Usagef("%w", err)
		}
		return c, note, nil
	case Emulation:
		var e *emulation.Driver
		if e, err = emulation.New(emulation.Options{Threads: threads}); err == nil {
			d, err = gpu.New(e)
		}
	default:
		n, _ := Number(name)
		d, err = g.device(n)
	}
	if err != nil {
		return nil, "", fmt.Errorf("device %s: %w", name, err)
	}
	return d, "", nil
}

// TestVariable is the environment variable that names the device which the test
// TestBattery of this package is for, on machines that have one.
const TestVariable = "APPROXTRAIN_TEST_DEVICE"
