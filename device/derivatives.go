package device

import "fmt"

// Derivatives are those of the products of a table of integers, T[a][b], by each operand, for networks that are trained with
// the table's own slopes; see package internal/gradient for what they are.
type Derivatives struct {
	// A is ∂T/∂a and B is ∂T/∂b, each for every pair of codes: the element of the codes a and b is that of index
	// (a − p.A.Lo)·n + b − p.B.Lo, for a product p and n = p.B.Hi − p.B.Lo + 1.
	A, B []float32
}

// Check returns an error unless there is a derivative for each pair of codes of a product.
func (d Derivatives) Check(p IntegerProduct) error {
	want := int(p.A.Hi-p.A.Lo+1) * int(p.B.Hi-p.B.Lo+1)
	if len(d.A) != want || len(d.B) != want {
		return fmt.Errorf("%d and %d derivatives, expected %d: one for each pair of codes", len(d.A), len(d.B), want)
	}
	return nil
}

// Gradients are the operations that train a network of integers. A device that has them is a GradientDevice.
//
// The operations follow the rules of Device for errors and order. Of a product only the quantizers matter to them: they
// look at neither its table nor its accumulator. A code beyond a quantizer's range is an error.
type Gradients interface {
	// Slopes computes what stands in the place of an operand in the backward pass of a network whose derivatives
	// depend on that operand alone: x = Scale · (slopes[code − Lo] − Zero), the difference and the product each
	// rounded once. With slopes[i] = Lo + i it is Dequantize. Channels are as in Quantize.
	Slopes(q Quantizer, slopes []float32, codes Codes, x Buffer)

	// GradientGemm computes the gradients of a product of codes, followed by Rescale, by the numbers that the codes
	// stand for, from that of the result, dy:
	//
	//	dA[i][k] = Sum over j of dy[i][j] · (ScaleB[j] · (d.A[a][b] − ZeroB[j]))    a = A[i][k], b = B[k][j]
	//	dB[k][j] = Sum over i of dy[i][j] · (ScaleA · (d.B[a][b] − ZeroA))
	//
	// Sum is that of Gemm, and each operation rounds once. With d.A[a][b] = b and d.B[a][b] = a the bits are those of
	// Gemm with the native product, of the numbers that the codes stand for. da and db are stored as A and B are; one
	// of them may be nil: it is not wanted.
	GradientGemm(p IntegerProduct, d Derivatives, g Gemm, a, b Codes, dy, da, db Buffer)
	// GradientConv computes those of a convolution:
	//
	//	dX[n,y,x,ci]     = Sum over (ky,kx,co) of dY[n,oy,ox,co] · (ScaleB[co] · (d.A[a][b] − ZeroB[co]))
	//	dW[ky,kx,ci,co]  = Sum over (n,oy,ox) of dY[n,oy,ox,co] · (ScaleA · (d.B[a][b] − ZeroA))
	//
	// with the positions and the order of ConvInputGrad and ConvWeightGrad, but for the padding in dW: a position there
	// has the code a = ZeroA, and its term counts as any other, unless d.B[a][b] = ZeroA. Then the derivative is that of
	// an exact product, 0, and there is no term. So with d.A[a][b] = b and d.B[a][b] = a the bits are those of
	// ConvInputGrad and ConvWeightGrad with the native product, whatever dY is. (Only an infinite or NaN dY tells a term
	// of 0 from none: a Sum is never −0, so that 0 and −0 add nothing to it.)
	GradientConv(p IntegerProduct, d Derivatives, s Conv, x, w Codes, dy, dx, dw Buffer)

	// Extremes computes the least and the greatest number of each channel of x, whose elements have the channel of
	// their index modulo channels: extremes has the least ones, then the greatest ones. A NaN makes both NaN.
	Extremes(channels int, x, extremes Buffer)
	// ScaleGrad computes the gradients of the scales of q, one or one a channel, from the gradient g of the numbers
	// that the codes of x stand for:
	//
	//	ds = factor · Sum over the channel's elements of g · slope
	//	slope = RoundToEven(x / Scale) − x / Scale, or the least or the greatest code less the zero point outside of them
	//
	// k of Sum is the index of the element in its channel, or in x if there is one scale. See S. K. Esser et al.,
	// "Learned Step Size Quantization", 2020.
	ScaleGrad(q Quantizer, factor float32, x, g, ds Buffer)
}

// GradientDevice is an IntegerDevice that trains networks of integers.
type GradientDevice interface {
	IntegerDevice
	Gradients
}
