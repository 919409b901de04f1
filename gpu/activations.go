package gpu

import (
	"errors"
	"fmt"

	"github.com/approxtrain/approxtrain/device"
)

// AddBias implements device.Activations.
func (d *Device) AddBias(rows, cols int, bias, x device.Buffer) {
	if o, ok := d.begin("bias", [2]int{rows, cols}, device.CheckMatrix(rows, cols, x, bias), bias, x); ok {
		o.each("add_bias", x.Len(), newDivider(cols), bias, x)
	}
}

// SumRows implements device.Activations.
func (d *Device) SumRows(rows, cols int, x, out device.Buffer) {
	if o, ok := d.begin("sum of rows", [2]int{rows, cols}, device.CheckMatrix(rows, cols, x, out), x, out); ok {
		shape := newMatrix(rows, cols)
		o.sumColumns("sum_parts", shape, 1, out, shape, x)
	}
}

// elements launches a kernel on buffers of equal lengths, with other arguments before
// them.
func (d *Device) elements(what, kernel string, err error, parameters []any, buffers ...device.Buffer) {
	n := buffers[0].Len()
	if err == nil {
		err = device.CheckLen(n, buffers...)
	}
	o, ok := d.begin(what, n, err, buffers...)
	if !ok {
		return
	}
	for _, b := range buffers {
		parameters = append(parameters, b)
	}
	o.each(kernel, n, parameters...)
}

// Add implements device.Activations.
func (d *Device) Add(x, y device.Buffer) { d.elements("addition", "add", nil, nil, x, y) }

// Zero implements device.Activations.
func (d *Device) Zero(x device.Buffer) { d.elements("zero", "zero", nil, nil, x) }

// ReLU implements device.Activations.
func (d *Device) ReLU(x, y device.Buffer) { d.elements("ReLU", "relu", nil, nil, x, y) }

// ReLUGrad implements device.Activations.
func (d *Device) ReLUGrad(y, g, dx device.Buffer) {
	d.elements("ReLU gradient", "relu_grad", nil, nil, y, g, dx)
}

// ReLU6 implements device.Activations.
func (d *Device) ReLU6(x, y device.Buffer) { d.elements("ReLU6", "relu6", nil, nil, x, y) }

// ReLU6Grad implements device.Activations.
func (d *Device) ReLU6Grad(y, g, dx device.Buffer) {
	d.elements("ReLU6 gradient", "relu6_grad", nil, nil, y, g, dx)
}

// GELU implements device.Activations.
func (d *Device) GELU(x, y device.Buffer) { d.elements("GELU", "gelu", nil, nil, x, y) }

// GELUGrad implements device.Activations.
func (d *Device) GELUGrad(x, g, dx device.Buffer) {
	d.elements("GELU gradient", "gelu_grad", nil, nil, x, g, dx)
}

// Dropout implements device.Activations.
func (d *Device) Dropout(seed uint64, rate float32, x, y device.Buffer) {
	d.elements("dropout", "dropout", device.CheckRate(rate), []any{seed, rate, 1 / (1 - rate)}, x, y)
}

// copyShape is Copy of kernels/activations.cu.
type copyShape struct {
	cols                       divider
	from, fromStep, to, toStep int32
}

// Copy implements device.Activations.
func (d *Device) Copy(c device.Copy, x, y device.Buffer) {
	if o, ok := d.begin("copy", c, c.Check(x.Len(), y.Len()), x, y); ok {
		o.each("copy", c.Rows*c.Cols, copyShape{newDivider(c.Cols), int32(c.From), int32(c.FromStep), int32(c.To), int32(c.ToStep)}, x, y)
	}
}

// Softmax implements device.Activations.
func (d *Device) Softmax(rows, cols int, scale float32, x, y device.Buffer) {
	o, ok := d.begin("softmax", [2]int{rows, cols}, device.CheckLen(rows*cols, x, y), x, y)
	if ok && cols > 0 {
		o.each("softmax", rows, int32(cols), scale, x, y)
	}
}

// SoftmaxGrad implements device.Activations.
func (d *Device) SoftmaxGrad(rows, cols int, scale float32, y, g, dx device.Buffer) {
	if o, ok := d.begin("softmax, gradient", [2]int{rows, cols}, device.CheckLen(rows*cols, y, g, dx), y, g, dx); ok {
		o.each("softmax_grad", rows, int32(cols), scale, y, g, dx)
	}
}

// SoftmaxCrossEntropy implements device.Activations. Nothing may be computed from
// wrong labels: unless the host wrote them, it waits for the GPU to look at them.
func (d *Device) SoftmaxCrossEntropy(rows, cols int, smoothing float32, x, labels, loss, dx device.Buffer) {
	err := device.CheckLen(rows*cols, x, dx)
	if err == nil {
		err = device.CheckLen(rows, labels, loss)
	}
	classes := 0
	if own, ok := labels.(*buffer); ok {
		classes = own.classes
	}
	o, ok := d.begin("softmax cross-entropy", [2]int{rows, cols}, err, x, labels, loss, dx)
	if !ok || rows == 0 {
		return
	}
	if classes == 0 || classes > cols {
		if err := o.checkLabels(rows, cols, labels); err != nil {
			d.fail(o.what, err)
			return
		}
	}
	o.each("cross_entropy", rows, int32(cols), smoothing, x, labels, loss, dx)
}

// checkLabels is an error if a label is no class.
func (o operation) checkLabels(rows, cols int, labels device.Buffer) error {
	bad := o.uninitialized(1)
	if o.err != nil {
		return errors.New("the labels cannot be checked") // why was kept before
	}
	defer bad.Free()
	row := []uint32{uint32(rows)}
	if err := o.driver.Upload(bad.at, bytesOf(row)); err != nil {
		return err
	}
	o.each("check_labels", rows, int32(cols), labels, bad)
	if err := o.driver.Download(bytesOf(row), bad.at); err != nil {
		return err
	}
	if row[0] == uint32(rows) {
		return nil
	}
	all := make([]float32, rows)
	if err := labels.Read(all); err != nil {
		return err
	}
	return fmt.Errorf("label %v of row %d: expected a class from 0 to %d", all[row[0]], row[0], cols-1)
}
