package device

import "github.com/approxtrain/approxtrain/lut"

// Device computes the operations of training. Operations may be asynchronous. They run in the
// order of the calls and return nothing; the first error (a shape that does not fit, a device that
// fails) makes all later operations do nothing until Sync has returned it.
//
// Unless said otherwise, an operation's outputs are overwritten, buffers must
// have exactly the length that follows from the shape, and an output must not
// be an input. One goroutine at a time uses a device.
type Device interface {
	// Name describes the device for people: "cpu generic, 2 threads".
	Name() string
	// Properties says what kind of device it is.
	Properties() Properties

	// Alloc returns n zeros.
	Alloc(n int) Buffer

	// Multiplier makes a table's multiplier ready for use; nil is the native
	// binary32 one, which rounds each product once. Products by a table of integers
	// quantize their operands; see Levels.
	Multiplier(t *lut.Table) (Multiplier, error)

	// Functional makes a functional model ready for use. Products are those of its
	// function, several times slower than a table's.
	Functional(m Model) (Multiplier, error)

	// Sync waits for all operations and returns the first error since the last
	// call.
	Sync() error

	Products
	Activations
	Norms
	Optimizers
}

// Buffer is a sequence of binary32 numbers on a device. Passing one to another
// device is an error of the operation.
type Buffer interface {
	Len() int
	// Write copies src, of the buffer's length, onto the device.
	Write(src []float32)
	// Read waits for the operations before and copies the buffer into dst, of its
	// length.
	Read(dst []float32) error
	// Free gives the memory back; the buffer must not be used again.
	Free()
}

// Multiplier is a multiplier on a device: the native one, a table or a functional
// model.
type Multiplier interface {
	// Table is the multiplier's table, nil for one that has none.
	Table() *lut.Table
}

// Products are the operations whose products go through a multiplier.
type Products interface {
	// Gemm computes C = A · B; see Gemm.
	Gemm(m Multiplier, g Gemm, a, b, c Buffer)
	// BatchGemm computes many small products at once; see BatchGemm.
	BatchGemm(m Multiplier, g BatchGemm, a, b, c Buffer)
	// ConvForward computes y from x and w, ConvInputGrad dx from the upstream
	// gradient g and w, ConvWeightGrad dw from x and g; see Conv.
	ConvForward(m Multiplier, s Conv, x, w, y Buffer)
	ConvInputGrad(m Multiplier, s Conv, g, w, dx Buffer)
	ConvWeightGrad(m Multiplier, s Conv, x, g, dw Buffer)
}

// Activations are the operations between layers. x is rows × cols where both
// are given.
type Activations interface {
	// AddBias adds bias (cols) to every row of x, in place.
	AddBias(rows, cols int, bias, x Buffer)
	// SumRows computes out[c] = Sum over r of x[r][c].
	SumRows(rows, cols int, x, out Buffer)

	// Add adds x to y, in place.
	Add(x, y Buffer)
	// Copy copies rows, and leaves the rest of y as it is; see Copy.
	Copy(c Copy, x, y Buffer)
	// Zero fills x with +0.
	Zero(x Buffer)

	// ReLU computes y = x where x > 0 or x is NaN, else +0. y may be x.
	ReLU(x, y Buffer)
	// ReLUGrad computes dx = g where y, the output of ReLU, is not +0; else +0.
	// dx may be g.
	ReLUGrad(y, g, dx Buffer)
	// ReLU6 is ReLU, but 6 where x > 6. y may be x.
	ReLU6(x, y Buffer)
	// ReLU6Grad computes dx = g where y, the output of ReLU6, is neither +0 nor 6;
	// else +0. dx may be g.
	ReLU6Grad(y, g, dx Buffer)
	// GELU computes y = GELU(x), GELUGrad dx = g · GELUSlope(x); dx may be g.
	GELU(x, y Buffer)
	GELUGrad(x, g, dx Buffer)

	// Softmax computes, in each row of x (rows × cols), with t_j = scale·x_j −
	// max scale·x and e_j = Exp(t_j): y_j = e_j / Sum e. A NaN in a row makes the
	// row NaN. y may be x.
	Softmax(rows, cols int, scale float32, x, y Buffer)
	// SoftmaxGrad computes dx_j = scale · (y_j · (g_j − Sum over i of g_i·y_i))
	// from the output y of Softmax. dx may be g.
	SoftmaxGrad(rows, cols int, scale float32, y, g, dx Buffer)

	// MaxPool computes the largest element of each window and where in the
	// window it was (ky·KW + kx). The first of equal ones is taken, NaN before
	// any number, +0 and −0 are equal; positions in the padding take no part.
	MaxPool(p Pool, x, y, where Buffer)
	// MaxPoolGrad computes dx[i] = Sum of g over the windows whose largest
	// element was i, in ascending order of (oy, ox), which is k.
	MaxPoolGrad(p Pool, g, where, dx Buffer)
	// AvgPool computes Sum over the window, k = ky·KW + kx, divided by the number
	// of its elements outside the padding.
	AvgPool(p Pool, x, y Buffer)
	// AvgPoolGrad computes dx[i] = Sum of g divided by that number, over the
	// windows that hold i, in ascending order of (oy, ox), which is k.
	AvgPoolGrad(p Pool, g, dx Buffer)

	// Dropout computes y[i] = x[i] · 1/(1 − rate) where Keep(seed, i, rate), else
	// +0. 0 ≤ rate < 1. With the upstream gradient as x it is its own gradient.
	Dropout(seed uint64, rate float32, x, y Buffer)

	// SoftmaxCrossEntropy computes the loss of each row of logits x (rows × cols)
	// against its label, a class from 0 to cols − 1, and the gradient of the mean
	// loss. With t_j = x_j − max x, e_j = Exp(t_j) and s = Sum e_j:
	//
	//	loss = Log(s) − t_label
	//	dx_j = (e_j / s − (1 if j is the label, else 0)) / rows
	//
	// A NaN in a row makes its loss and gradient NaN.
	//
	// With smoothing ε > 0, labels count 1 − ε + ε/cols and the other classes ε/cols
	// (C. Szegedy et al., 2016), each rounded once per operation as written:
	//
	//	loss = (1 − ε)·(Log(s) − t_label) + (ε / cols) · Sum over j of (Log(s) − t_j)
	//	dx_j = (e_j / s − ((1 − ε) + ε / cols if j is the label, else ε / cols)) / rows
	SoftmaxCrossEntropy(rows, cols int, smoothing float32, x, labels, loss, dx Buffer)
}

// Norms are normalizations: x, y, g and dx are Rows × Cols, all else has one
// element a column unless it says otherwise. See Norm for y.
type Norms interface {
	// Moments computes of each column mean = Sum x / Rows and variance =
	// Sum d·d / Rows with d = x − mean; k is the row.
	Moments(n Norm, x, mean, variance Buffer)
	// BatchNorm computes y from given means and variances of the columns.
	BatchNorm(n Norm, x, mean, variance, scale, shift, y Buffer)
	// BatchNormGrad computes the gradients of BatchNorm with the moments of x:
	//
	//	dshift = Sum g,  dscale = Sum g·x̂     k the row
	//	dx = (scale·s) · ((g − dshift/Rows) − x̂·(dscale/Rows))
	//
	// dx may be g.
	BatchNormGrad(n Norm, x, mean, variance, scale, g, dx, dscale, dshift Buffer)

	// LayerNorm computes y with the mean and variance of each row, computed as
	// Moments does, k the column. Both are kept: one element a row.
	LayerNorm(n Norm, x, scale, shift, mean, variance, y Buffer)
	// LayerNormGrad computes the gradients of LayerNorm, with h = g·scale:
	//
	//	dshift = Sum g,  dscale = Sum g·x̂     of a column, k the row
	//	dx = s · ((h − Sum h/Cols) − x̂·(Sum h·x̂/Cols))     of a row, k the column
	//
	// dx may be g.
	LayerNormGrad(n Norm, x, mean, variance, scale, g, dx, dscale, dshift Buffer)

	// Average updates moving averages, in place, by Moving.Step.
	Average(m Moving, x, average Buffer)
}

// Optimizers update weights w from gradients g, in place.
type Optimizers interface {
	// SumSquares computes out[0] = Sum over k of x[k]·x[k].
	SumSquares(x, out Buffer)
	// SGD keeps the velocity v; see SGD.
	SGD(o SGD, w, g, v Buffer)
	// Adam keeps the moments m and v; see Adam.
	Adam(o Adam, w, g, m, v Buffer)
}
