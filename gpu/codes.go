package gpu

import (
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/gpu/driver"
)

// room is memory of a device that is no buffer of binary32 numbers.
type room struct {
	device *Device
	at     driver.Pointer // 0 if it has no elements, could not be had, or was freed
	n      int            // elements
	words  int            // of 4 bytes each, all elements and what lies behind them
}

// newRoom returns room for n elements, all bits 0, in so many words.
func (d *Device) newRoom(n, words int) room {
	r := room{device: d, n: n, words: words}
	if n < 0 || words > maxElements {
		d.fail("allocation", fmt.Errorf("%d elements in %d words, expected 0 to %d words", n, words, maxElements))
		return r
	}
	if words == 0 {
		return r
	}
	var err error
	if r.at, err = d.memory.alloc(4 * words); err != nil {
		d.fail("allocation", err)
		return r
	}
	if o, ok := d.begin("allocation", n, nil); ok {
		o.each("zero", words, r.at)
	}
	return r
}

// owned is an error unless an operation of the device may use the memory.
func (r *room) owned(d *Device) error {
	switch {
	case r.device != d:
		return errors.New("codes or sums of another device")
	case r.at == 0 && r.words > 0:
		return errors.New("codes or sums that were freed, or never had")
	}
	return nil
}

func (r *room) Len() int { return r.n }

// read copies the elements to the host.
func (r *room) read(dst []byte, n int, what string) error {
	if n != r.n {
		return fmt.Errorf("reading %d %s into %d", r.n, what, n)
	}
	if err := r.owned(r.device); err != nil || n == 0 {
		return err
	}
	if err := r.device.driver.Download(dst, r.at); err != nil {
		return fmt.Errorf("reading %d %s from %s: %w", n, what, r.device.Name(), err)
	}
	return nil
}

// Free implements device.Codes and device.Sums. As with buffers, the next owner uses the memory after all operations
// that were queued before.
func (r *room) Free() {
	if r.at != 0 {
		r.device.memory.free(r.at, 4*r.words)
		r.at = 0
	}
}

// codes implements device.Codes.
type codes struct {
	room
	lo, hi int32 // no code is outside
}

// AllocCodes implements device.Integers.
func (d *Device) AllocCodes(n int) device.Codes { return &codes{room: d.newRoom(n, (n+1)/2)} }

// Write implements device.Codes.
func (c *codes) Write(src []int16) {
	if len(src) != c.n {
		panic(fmt.Sprintf("gpu: %d codes for a buffer of %d", len(src), c.n))
	}
	if c.n == 0 || c.at == 0 {
		return // an error was reported when it could not be had
	}
	if err := c.device.driver.Upload(c.at, bytesOf(src)); err != nil {
		c.device.fail(fmt.Sprintf("writing %d codes to %s", c.n, c.device.Name()), err)
		return
	}
	c.lo, c.hi = rangeOf(src)
}

// rangeOf returns the least and the greatest of some codes.
func rangeOf(x []int16) (lo, hi int32) {
	lo, hi = int32(x[0]), int32(x[0])
	for _, v := range x {
		lo, hi = min(lo, int32(v)), max(hi, int32(v))
	}
	return lo, hi
}

// Read implements device.Codes.
func (c *codes) Read(dst []int16) error { return c.read(bytesOf(dst), len(dst), "codes") }

// within returns an error unless all codes are from lo to hi. Where the host does not know it of the operation that made
// the codes, it waits for them and looks.
func (c *codes) within(name string, lo, hi int32) error {
	if c.n == 0 || lo <= c.lo && c.hi <= hi {
		return nil
	}
	all := make([]int16, c.n)
	if err := c.Read(all); err != nil {
		return err
	}
	for i, v := range all {
		if int32(v) < lo || int32(v) > hi {
			return fmt.Errorf("code %d of operand %s is %d, expected %d to %d", i, name, v, lo, hi)
		}
	}
	c.lo, c.hi = rangeOf(all)
	return nil
}

// sums implements device.Sums: behind the sums lie the Overflows of kernels/integers.cuh.
type sums struct{ room }

// overflowWords are those of Overflows, sumWords those of a sum.
const overflowWords, sumWords = 4, 2

// AllocSums implements device.Integers.
func (d *Device) AllocSums(n int) device.Sums { return &sums{d.newRoom(n, sumWords*n+overflowWords)} }

// Read implements device.Sums.
func (s *sums) Read(dst []int64) error { return s.read(bytesOf(dst), len(dst), "sums") }

// overflows is where the last product's overflows are.
func (s *sums) overflows() driver.Pointer { return s.at + driver.Pointer(4*sumWords*s.n) }

// Overflows implements device.Sums.
func (s *sums) Overflows() (count, first int, err error) {
	if err := s.owned(s.device); err != nil {
		return 0, -1, err
	}
	var found [2]uint32
	if err := s.device.driver.Download(bytesOf(found[:]), s.overflows()); err != nil {
		return 0, -1, fmt.Errorf("reading overflows from %s: %w", s.device.Name(), err)
	}
	if found[0] == 0 {
		return 0, -1, nil
	}
	return int(found[0]), int(found[1]), nil
}

// codesOn returns codes of a device, or an error unless they are that.
func (d *Device) codesOn(c device.Codes) (*codes, error) {
	own, ok := c.(*codes)
	if !ok {
		return nil, fmt.Errorf("codes of another device (%T)", c)
	}
	return own, own.owned(d)
}

// sumsOn returns sums of a device, or an error unless they are that.
func (d *Device) sumsOn(s device.Sums) (*sums, error) {
	own, ok := s.(*sums)
	if !ok {
		return nil, fmt.Errorf("sums of another device (%T)", s)
	}
	return own, own.owned(d)
}
