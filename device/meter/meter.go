// Package meter wraps a device and times its operations. The wrapped device gives the same bits.
// The times of products are kept by the label of their multiplier, those of all other
// operations by name.
//
// It is for measurements, not for training: it waits for every operation, so an
// asynchronous device loses its overlap.
//
// Start reading at Device; operations.go lists all operations.
package meter

import (
	"time"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/lut"
)

// Pass is one of the passes of a layer.
type Pass int

// The passes. Attention's products of activations with activations, which have no
// weights, are in InputGrad when they are backward.
const (
	Forward Pass = iota
	InputGrad
	WeightGrad
)

// Passes is the number of passes.
const Passes = 3

// Work sums up the operations of one kind.
type Work struct {
	Calls int
	// Products go through a multiplier. Those with padding count, as in nn.Plan.
	Products int
	// Terms are the products that are not with padding.
	Terms int
	Time  time.Duration // waiting for the device included
}

// Add adds the work of others.
func (w *Work) Add(o Work) {
	w.Calls, w.Products, w.Terms, w.Time = w.Calls+o.Calls, w.Products+o.Products, w.Terms+o.Terms, w.Time+o.Time
}

// Measured sums up the operations of a device over some time.
type Measured struct {
	// Kernels are the operations whose products go through a multiplier, by its label.
	Kernels map[string]*[Passes]Work
	// Others are all other operations, by the name of the method.
	Others map[string]Work
}

// Device times the operations of another device, and is one itself.
type Device struct {
	inner device.Device
	now   Measured
	err   error // of the inner device, until Sync returns it
}

var _ device.Device = (*Device)(nil)

// New returns a device that times the operations of another one.
func New(inner device.Device) *Device {
	d := &Device{inner: inner}
	d.Take()
	return d
}

// Take returns the measurements since the last call, and starts again.
func (d *Device) Take() Measured {
	m := d.now
	d.now = Measured{map[string]*[Passes]Work{}, map[string]Work{}}
	return m
}

// labelled is a multiplier whose work is kept by a label.
type labelled struct {
	device.Multiplier
	label    string
	backward bool
}

// Label returns a multiplier, for use on a Device alone, whose work is kept by a
// label: the name of a layer. Without a label it is kept by the label "", and counts
// as that of a forward pass.
func Label(m device.Multiplier, label string, backward bool) device.Multiplier {
	return labelled{m, label, backward}
}

// Name implements device.Device.
func (d *Device) Name() string { return d.inner.Name() }

// Properties implements device.Device.
func (d *Device) Properties() device.Properties { return d.inner.Properties() }

// Alloc implements device.Device.
func (d *Device) Alloc(n int) device.Buffer { return d.inner.Alloc(n) }

// Multiplier implements device.Device.
func (d *Device) Multiplier(t *lut.Table) (device.Multiplier, error) { return d.inner.Multiplier(t) }

// Functional implements device.Device.
func (d *Device) Functional(m device.Model) (device.Multiplier, error) { return d.inner.Functional(m) }

// Sync implements device.Device.
func (d *Device) Sync() error {
	err := d.err
	d.err = nil
	return err
}

// time does an operation, unless one before it failed, and says whether it
// succeeded.
func (d *Device) time(w *Work, operation func()) bool {
	if d.err != nil {
		return false
	}
	start := time.Now()
	operation()
	d.err = d.inner.Sync()
	w.Time += time.Since(start)
	w.Calls++
	return d.err == nil
}

// kernel does an operation whose products go through a multiplier, which may be
// labelled. backward is the pass that it is if the multiplier is one of a backward
// pass.
func (d *Device) kernel(m device.Multiplier, backward Pass, products, terms func() int, operation func(m device.Multiplier)) {
	label, pass := "", Forward
	if l, ok := m.(labelled); ok {
		m, label = l.Multiplier, l.label
		if l.backward {
			pass = backward
		}
	}
	all := d.now.Kernels[label]
	if all == nil {
		all = new([Passes]Work)
		d.now.Kernels[label] = all
	}
	if w := &all[pass]; d.time(w, func() { operation(m) }) {
		w.Products += products() // of a shape that makes sense
		w.Terms += terms()
	}
}

// other does any other operation.
func (d *Device) other(name string, operation func()) {
	w := d.now.Others[name]
	d.time(&w, operation)
	d.now.Others[name] = w
}
