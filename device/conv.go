package device

import "fmt"

// Conv is the shape of a two-dimensional convolution. Activations are NHWC
// (channel fastest): X is N × H × W × C, Y is N × OutH × OutW × OutC. Weights
// are KH × KW × (C/Groups) × OutC. Output channel co belongs to group
// co / (OutC/Groups) and sees the input channels of that group alone.
//
// The three passes and their sums, with G the gradient of Y:
//
//	forward          Y[n,oy,ox,co]  = Σ Mul(X[n, oy·StrideH − PadH + ky·DilationH, …, ci], W[ky,kx,ci,co])
//	                 k over (ky, kx, ci in the group), ci fastest
//	input gradient   dX[n,y,x,ci]   = Σ Mul(G[n, oy, ox, co], W[ky,kx,ci,co])
//	                 k over (ky, kx, co in the group), co fastest; oy and ox are those that reach y and x
//	                 through ky and kx
//	weight gradient  dW[ky,kx,ci,co] = Σ Mul(X[n, …, ci], G[n,oy,ox,co])
//	                 k over (n, oy, ox), ox fastest
//
// Operand A is the activation or, for the input gradient, the upstream gradient.
// A position in the padding, or one that no stride reaches, has no term; its k
// counts nevertheless (see Sum).
type Conv struct {
	N, H, W, C           int // input
	OutC                 int
	KH, KW               int // kernel
	StrideH, StrideW     int // at least 1
	PadH, PadW           int // zeros on each side
	DilationH, DilationW int // at least 1
	Groups               int // divides C and OutC
}

// OutH returns the rows of the output.
func (c Conv) OutH() int { return (c.H+2*c.PadH-c.DilationH*(c.KH-1)-1)/c.StrideH + 1 }

// OutW returns the columns of the output.
func (c Conv) OutW() int { return (c.W+2*c.PadW-c.DilationW*(c.KW-1)-1)/c.StrideW + 1 }

// InLen, WeightLen and OutLen return the elements of X, W and Y.
func (c Conv) InLen() int     { return c.N * c.H * c.W * c.C }
func (c Conv) WeightLen() int { return c.KH * c.KW * (c.C / c.Groups) * c.OutC }
func (c Conv) OutLen() int    { return c.N * c.OutH() * c.OutW() * c.OutC }

// MACs returns the multiplications of one pass without padding.
func (c Conv) MACs() int { return c.OutLen() * c.KH * c.KW * (c.C / c.Groups) }

// Terms returns the multiplications of one pass whose activation is not padding: each
// of the three passes has the same ones.
func (c Conv) Terms() int {
	along := func(n, out, kernel, pad, stride, dilation int) (hits int) {
		for o := range out {
			for k := range kernel {
				if i := o*stride - pad + k*dilation; i >= 0 && i < n {
					hits++
				}
			}
		}
		return hits
	}
	return along(c.H, c.OutH(), c.KH, c.PadH, c.StrideH, c.DilationH) *
		along(c.W, c.OutW(), c.KW, c.PadW, c.StrideW, c.DilationW) * c.N * c.C / c.Groups * c.OutC
}

// Validate says whether the shape makes sense.
func (c Conv) Validate() error {
	switch {
	case min(c.N, c.H, c.W, c.C, c.OutC, c.KH, c.KW) < 1:
		return fmt.Errorf("convolution %+v: sizes must be 1 or more", c)
	case min(c.StrideH, c.StrideW, c.DilationH, c.DilationW) < 1:
		return fmt.Errorf("convolution %+v: stride and dilation must be 1 or more", c)
	case min(c.PadH, c.PadW) < 0:
		return fmt.Errorf("convolution %+v: negative padding", c)
	case c.Groups < 1 || c.C%c.Groups != 0 || c.OutC%c.Groups != 0:
		return fmt.Errorf("%d groups do not divide %d input and %d output channels", c.Groups, c.C, c.OutC)
	case c.H+2*c.PadH <= c.DilationH*(c.KH-1) || c.W+2*c.PadW <= c.DilationW*(c.KW-1):
		return fmt.Errorf("the kernel of %d × %d with dilation %d is larger than the input of %d × %d with a padding of %d", c.KH, c.KW, c.DilationH, c.H, c.W, c.PadH)
	}
	return nil
}

// Check says whether the shape makes sense and its buffers have the lengths it
// asks for.
func (c Conv) Check(x, w, y int) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if x != c.InLen() || w != c.WeightLen() || y != c.OutLen() {
		return fmt.Errorf("convolution %+v: input, weights, output have %d, %d, %d elements, expected %d, %d, %d",
			c, x, w, y, c.InLen(), c.WeightLen(), c.OutLen())
	}
	return nil
}
