package device

import "fmt"

// Pool is the shape of a pooling operation: X is N × H × W × C, Y is
// N × OutH × OutW × C, channel fastest.
type Pool struct {
	N, H, W, C       int
	KH, KW           int
	StrideH, StrideW int // at least 1
	PadH, PadW       int // at most half the window
}

// OutH returns the rows of the output.
func (p Pool) OutH() int { return (p.H+2*p.PadH-p.KH)/p.StrideH + 1 }

// OutW returns the columns of the output.
func (p Pool) OutW() int { return (p.W+2*p.PadW-p.KW)/p.StrideW + 1 }

// InLen and OutLen return the elements of X and Y.
func (p Pool) InLen() int  { return p.N * p.H * p.W * p.C }
func (p Pool) OutLen() int { return p.N * p.OutH() * p.OutW() * p.C }

// Validate says whether the shape makes sense.
func (p Pool) Validate() error {
	switch {
	case min(p.N, p.H, p.W, p.C, p.KH, p.KW, p.StrideH, p.StrideW) < 1:
		return fmt.Errorf("pooling %+v: sizes and strides must be 1 or more", p)
	case p.PadH < 0 || p.PadW < 0 || 2*p.PadH > p.KH || 2*p.PadW > p.KW:
		return fmt.Errorf("a padding of %d × %d; expected 0 to half of the pooling window of %d × %d", p.PadH, p.PadW, p.KH, p.KW)
	case p.H+2*p.PadH < p.KH || p.W+2*p.PadW < p.KW:
		return fmt.Errorf("the pooling window of %d × %d is larger than the input of %d × %d with a padding of %d", p.KH, p.KW, p.H, p.W, p.PadH)
	}
	return nil
}

// Check says whether the shape makes sense and its buffers have the lengths it
// asks for.
func (p Pool) Check(x, y int) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if x != p.InLen() || y != p.OutLen() {
		return fmt.Errorf("pooling %+v: input and output have %d and %d elements, expected %d and %d", p, x, y, p.InLen(), p.OutLen())
	}
	return nil
}

// Window returns the part of an output position's window that lies in the
// input: rows y0 ≤ y < y1 and columns x0 ≤ x < x1, and the coordinates of the
// window's own corner, which may be negative.
func (p Pool) Window(oy, ox int) (y0, y1, x0, x1, top, left int) {
	top, left = oy*p.StrideH-p.PadH, ox*p.StrideW-p.PadW
	return max(top, 0), min(top+p.KH, p.H), max(left, 0), min(left+p.KW, p.W), top, left
}
