package cosim

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// instance is a DUT in a harness process.
type instance struct {
	*process
	shape  Shape
	timing Timing
	iface  *Interface // of RTL
	walking
	// explain adds facts about the design to a fault.
	explain func(*DesignError)
	// With several lanes a fault is known to lie in a batch of as many pairs;
	// another instance, from reopen, finds the pair. 1 for one lane.
	lanes  int
	reopen func(ctx context.Context) (*instance, error)
}

// Output implements Printer.
func (d *instance) Output() string { return d.process.output.String() }

// Timing says when a clocked design has its product ready.
type Timing struct {
	// Latency is the number of rising clock edges from operands to product; 0
	// for a combinational design.
	Latency int
	// Hold: the operands must stay until the product is there; otherwise the
	// design takes new operands in every cycle.
	Hold bool
}

func (d *instance) Shape() Shape { return d.shape }

func (d *instance) Reset(ctx context.Context, fill Fill) error {
	d.last = nil
	return d.fault(d.call(ctx, command{Op: opReset, Arg0: uint64(fill)}), nil)
}

func (d *instance) command(o op) command {
	c := command{Op: o, Width: uint32(d.shape.EntryBytes()), Latency: uint32(d.timing.Latency)}
	if d.timing.Hold {
		c.Hold = 1
	}
	return c
}

func (d *instance) Sweep(ctx context.Context, r Rect, o Order) (Products, error) {
	if err := d.narrow(); err != nil {
		return Products{}, err
	}
	n := r.Pairs()
	bytes := int(n) * d.shape.EntryBytes()
	if n == 0 || bytes > maxDataSize {
		return Products{}, fmt.Errorf("a sweep of %d pairs does not fit the harness's memory", n)
	}
	o = d.Order(r, o)
	c := d.command(opSweep)
	c.Arg0 = max(1, o.Run)
	c.A0, c.NA, c.B0, c.NB = r.A0, r.NA, r.B0, r.NB
	c.Step, c.Start, c.Rows = o.Step, o.Start, o.Rows
	d.loaded = nil
	err := d.call(ctx, c)
	if err != nil {
		return Products{}, d.locate(ctx, err, n, func(i uint64) (uint64, uint64) {
			i = o.Pair(i, n)
			return uint64(r.A0) + i/uint64(r.NB), uint64(r.B0) + i%uint64(r.NB)
		})
	}
	raw := unsafe.Pointer(unsafe.SliceData(d.data(0, bytes)))
	switch d.shape.EntryBytes() {
	case 1:
		return Products{U8: unsafe.Slice((*uint8)(raw), n)}, nil
	case 2:
		return Products{U16: unsafe.Slice((*uint16)(raw), n)}, nil
	default:
		return Products{U32: unsafe.Slice((*uint32)(raw), n)}, nil
	}
}

// Order implements Ordered.
func (d *instance) Order(r Rect, o Order) Order {
	if lanes := uint64(d.lanes); o != RowMajor && o.Rows == 0 && lanes > 1 && d.timing.Latency == 0 && uint64(r.NB)%lanes == 0 {
		o.Run = lanes
	}
	return o
}

// Before returns the pair that a sweep of a rectangle gives to the design right before
// its pair number k of the row-major order, nil if there is none.
func Before(d DUT, r Rect, o Order, k uint64) *Pair {
	lanes := uint64(1)
	if i, ok := d.(Ordered); ok {
		o, lanes = i.Order(r, o), uint64(i.Lanes())
	}
	n := r.Pairs()
	for i := lanes; i < n; i++ {
		if o.Pair(i, n) == k {
			k = o.Pair(i-lanes, n)
			return &Pair{r.A0 + uint32(k/uint64(r.NB)), r.B0 + uint32(k%uint64(r.NB))}
		}
	}
	return nil
}

func (d *instance) Eval(ctx context.Context, a, b, p []uint32) error {
	return d.eval(ctx, a, b, nil, p)
}

// eval is Eval; a harness that traces shows the products of want, if it is not nil, as expected.
func (d *instance) eval(ctx context.Context, a, b, want, p []uint32) error {
	if err := d.narrow(); err != nil {
		return err
	}
	const most = 1 << 20 // pairs of one command
	d.loaded = nil
	for len(a) > 0 {
		n := min(len(a), most)
		lists := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(d.data(0, 12*n)))), 3*n)
		copy(lists[:n], a[:n])
		copy(lists[n:2*n], b[:n])
		if want != nil {
			copy(lists[2*n:], want[:n]) // where the products go
			want = want[n:]
		}
		c := d.command(opEval)
		c.Arg0 = uint64(n)
		if err := d.call(ctx, c); err != nil {
			return d.locate(ctx, err, uint64(n), func(i uint64) (uint64, uint64) { return uint64(a[i]), uint64(b[i]) })
		}
		copy(p[:n], lists[2*n:])
		a, b, p = a[n:], b[n:], p[n:]
	}
	return nil
}

// Probe holds one pair for n cycles, changes to another and returns what the
// product port shows before any edge and after each of n edges.
func (d *instance) Probe(ctx context.Context, a1, b1, a2, b2 uint64, n int) ([]Word, error) {
	d.loaded = nil
	c := command{Op: opProbe, A0: uint32(a1), B0: uint32(b1), NA: uint32(a2), NB: uint32(b2), Arg0: uint64(n)}
	raw := unsafe.Pointer(unsafe.SliceData(d.data(0, int(unsafe.Sizeof(Word{}))*(n+2))))
	copy(unsafe.Slice((*uint64)(raw), 4), []uint64{a1, b1, a2, b2}) // where the harness of wide ports looks for them
	if err := d.call(ctx, c); err != nil {
		return nil, d.fault(err, func(uint64) (uint64, uint64) { return a2, b2 })
	}
	out := make([]Word, n+1)
	if d.shape.Beyond32() {
		copy(out, unsafe.Slice((*Word)(raw), n+1))
		return out, nil
	}
	for i, v := range unsafe.Slice((*uint32)(raw), n+1) {
		out[i].Lo = uint64(v)
	}
	return out, nil
}

// writeTo runs a command whose argument is a path.
func (d *instance) writeTo(ctx context.Context, o op, path string) error {
	d.loaded = nil
	copy(d.data(0, len(path)+1), path+"\x00")
	return d.fault(d.call(ctx, command{Op: o}), nil)
}

// locate completes an error of a command over n pairs. For a design with several lanes it
// multiplies the pairs of the batch again, one at a time and each in a fresh model, to find the
// pair that failed.
func (d *instance) locate(ctx context.Context, err error, n uint64, operands func(i uint64) (a, b uint64)) error {
	var e *DesignError
	if !errors.As(err, &e) || d.lanes <= 1 || d.reopen == nil {
		return d.fault(err, operands)
	}
	e.Index = min(e.Index, n-1)
	first := e.Index - e.Index%uint64(d.lanes)
	for i := first; i < min(first+uint64(d.lanes), n); i++ {
		one, err := d.reopen(ctx)
		if err != nil {
			break
		}
		a, b := operands(i)
		err = EvalWords(ctx, one, []uint64{a}, []uint64{b}, make([]Word, 1))
		one.Close()
		var again *DesignError
		if errors.As(err, &again) {
			again.Index = i
			return d.fault(again, func(uint64) (uint64, uint64) { return a, b })
		}
	}
	return d.fault(err, operands)
}

// fault completes a design's error with the operands and facts about the design.
func (d *instance) fault(err error, operands func(i uint64) (a, b uint64)) error {
	var e *DesignError
	if !errors.As(err, &e) {
		return err
	}
	if operands != nil && !e.Known {
		e.at(operands(e.Index))
	}
	if d.explain != nil {
		d.explain(e)
	}
	return e
}
