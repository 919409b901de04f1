package nn

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/golden"
)

// A network asks once for each layer that multiplies, by its name, and its products
// go through what it was given, in each pass: layers in the wrong half of the network
// or the wrong pass would change the losses or the gradients of others.
func TestAssignment(t *testing.T) {
	specs := []Spec{{Dense: 5}, {ReLU: true}, {Dense: 3}}
	in := Shape{1, 1, 4}
	d, err := cpu.New(1)
	require.NoError(t, err)
	native, err := d.Multiplier(nil)
	require.NoError(t, err)
	design, err := golden.Lookup("mitchell_e8m3")
	require.NoError(t, err)
	crude, err := d.Multiplier(design.Table())
	require.NoError(t, err)
	var asked []string
	run := func(a Assignment) (loss float64, first, last []float32) {
		n, err := New(d, specs, in, 2, a, 3)
		require.NoError(t, err)
		loss, _, err = n.Gradients([]float32{1.1, -2.3, 0.7, 0.3, 0.9, 1.7, -0.6, 0.2}, []float32{1, 2}, 1)
		require.NoError(t, err)
		first, last = make([]float32, 4*5), make([]float32, 5*3)
		require.NoError(t, n.Params()[0].Grad.Read(first))
		require.NoError(t, n.Params()[2].Grad.Read(last))
		return loss, first, last
	}
	loss, first, last := run(Multipliers{Forward: native, Backward: native})
	// Another multiplier in the first layer's backward pass changes its gradient alone.
	l, f, g := run(AssignFunc(func(layer string) Multipliers {
		asked = append(asked, layer)
		if layer == "dense1" {
			return Multipliers{Forward: native, Backward: crude}
		}
		return Multipliers{Forward: native, Backward: native}
	}))
	assert.Equal(t, []string{"dense1", "dense2"}, asked)
	assert.Equal(t, loss, l)
	assert.Equal(t, last, g)
	assert.NotEqual(t, first, f)
	// In the last layer's backward pass it changes both gradients, not the loss.
	l, f, g = run(AssignFunc(func(layer string) Multipliers {
		if layer == "dense2" {
			return Multipliers{Forward: native, Backward: crude}
		}
		return Multipliers{Forward: native, Backward: native}
	}))
	assert.Equal(t, loss, l)
	assert.NotEqual(t, last, g)
	assert.NotEqual(t, first, f)
	// In a forward pass it changes the loss.
	l, _, _ = run(AssignFunc(func(layer string) Multipliers {
		if layer == "dense2" {
			return Multipliers{Forward: crude, Backward: native}
		}
		return Multipliers{Forward: native, Backward: native}
	}))
	assert.NotEqual(t, loss, l)
}

// The plan's layers add up to the plan: products and parameters all of them; bytes but
// for what is the network's or a block's. Attention stands for itself beside its dense
// layers.
func TestPlanLayers(t *testing.T) {
	for _, name := range Models() {
		in := Shape{32, 32, 3}
		p, err := NewPlan(must(Model(name, in, 10)), in, 2)
		require.NoError(t, err)
		var sum Plan
		for _, l := range p.Layers {
			sum.Params, sum.Forward, sum.Backward, sum.Bytes = sum.Params+l.Params, sum.Forward+l.Forward, sum.Backward+l.Backward, sum.Bytes+l.Bytes
			assert.Equal(t, l.Multiplies, l.Forward > 0, l.Name)
		}
		assert.Equal(t, []int{p.Params, p.Forward, p.Backward}, []int{sum.Params, sum.Forward, sum.Backward}, name)
		assert.Less(t, sum.Bytes, p.Bytes, name)
		assert.Greater(t, sum.Bytes, p.Bytes/2, name)
	}
	in := Shape{4, 4, 8}
	p, err := NewPlan([]Spec{{Name: "look", Attention: 2}, {Dense: 3}}, in, 5)
	require.NoError(t, err)
	require.Len(t, p.Layers, 4)
	assert.Equal(t, LayerPlan{"look.qkv", "dense", Shape{1, 16, 8}, Shape{1, 16, 24}, 8*24 + 24, 16 * 8 * 24, 16 * 8 * 24,
		4 * (2*(8*24+24) + 5*16*24), true}, p.Layers[0])
	assert.Equal(t, LayerPlan{"look", "attention", in, in, 0, 2 * 16 * 16 * 8, 4 * 16 * 16 * 8,
		4 * (5*2*16*16 + 5*16*8), true}, p.Layers[2])
}

// A layer that cannot be built is named, with where it was described; the innermost
// one, once.
func TestWhere(t *testing.T) {
	in := Shape{8, 8, 1}
	_, err := NewPlan([]Spec{{Where: "net.yaml:2:5", Chain: []Spec{{ReLU: true, Where: "net.yaml:3:7"},
		{Conv: &ConvSpec{Out: 2, Kernel: 9}, Where: "net.yaml:4:7"}}}}, in, 1)
	assert.ErrorContains(t, err, "net.yaml:4:7: layer block1.conv1 on an input of 8×8×1: ")
	assert.NotContains(t, err.Error(), "net.yaml:2:5")
	_, err = NewPlan([]Spec{{Name: "dense2", Dense: 3}, {Dense: 3, Where: "net.yaml:9:3"}, {Dense: 3}}, in, 1)
	assert.ErrorContains(t, err, "net.yaml:9:3: two layers are named dense2")
}
