package nn

import "github.com/approxtrain/approxtrain/device"

// chain is layers one after the other.
type chain struct {
	base
	layers []Layer
}

func (c *chain) Forward(x device.Buffer, step int) device.Buffer {
	for _, l := range c.layers {
		x = l.Forward(x, step)
		if c.watch != nil {
			c.watch(l.Name(), x)
		}
	}
	return x
}

func (c *chain) Backward(g device.Buffer, wantInput bool) device.Buffer {
	for i := len(c.layers) - 1; i >= 0; i-- {
		g = c.layers[i].Backward(g, i > 0 || wantInput)
	}
	return g
}

func (c *chain) Params() []*Param { return collect(c.layers, Layer.Params) }
func (c *chain) State() []*Param  { return collect(c.layers, Layer.State) }

// collect puts together what layers have.
func collect(layers []Layer, of func(Layer) []*Param) []*Param {
	var all []*Param
	for _, l := range layers {
		all = append(all, of(l)...)
	}
	return all
}

// residual adds its input, or the output of a shortcut, to the output of its body.
type residual struct {
	base
	body     *chain
	shortcut *chain        // nil: the input as it is
	y        device.Buffer // nil: the sum lies in the body's output
}

func (l *residual) Forward(x device.Buffer, step int) device.Buffer {
	y := l.body.Forward(x, step)
	if l.shortcut != nil {
		x = l.shortcut.Forward(x, step)
	}
	if l.y != nil {
		l.Copy(device.Copy{Rows: 1, Cols: y.Len()}, y, l.y)
		y = l.y
	}
	l.Add(x, y)
	return y
}

func (l *residual) Backward(g device.Buffer, wantInput bool) device.Buffer {
	second := l.take(g.Len())
	l.Copy(device.Copy{Rows: 1, Cols: g.Len()}, g, second)
	first := l.body.Backward(g, wantInput)
	if l.shortcut != nil {
		second = l.shortcut.Backward(second, wantInput)
	}
	if !wantInput {
		if second != nil {
			l.give(second)
		}
		return nil
	}
	l.Add(second, first)
	l.give(second)
	return first
}

func (l *residual) parts() []Layer {
	if l.shortcut == nil {
		return []Layer{l.body}
	}
	return []Layer{l.body, l.shortcut}
}

func (l *residual) Params() []*Param { return collect(l.parts(), Layer.Params) }
func (l *residual) State() []*Param  { return collect(l.parts(), Layer.State) }
