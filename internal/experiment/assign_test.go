package experiment

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// Of several rules that name a layer the last one decides; what a rule does not say is
// as in the other layers, and the backward pass is as the forward pass unless somebody
// says another.
func TestAssign(t *testing.T) {
	in := nn.Shape{H: 32, W: 32, C: 3}
	specs, err := nn.Model("resnet-20", in, 10)
	require.NoError(t, err)
	plan, err := nn.NewPlan(specs, in, 1)
	require.NoError(t, err)
	assign := func(multipliers string, backward string) (*Assigned, error) {
		c, err := load(t, multipliers)
		require.NoError(t, err)
		require.Len(t, c.Multipliers, 1)
		return c.Multipliers[0].assign(plan.Layers, usual{backward: backward})
	}
	text := `
multipliers:
  - name: mixed
    default: a
    layers:
      "stage1.*": b
      "stage?.block1.conv*": {backward: c}
      stage3.block1.conv2: {forward: d, backward: e}
      "dense[1-9]": f`
	for _, c := range []struct {
		more, backward string
		want           map[string]Pair
		rules          []string
	}{
		{"", "", map[string]Pair{
			"stem.conv1": {Forward: "a", Backward: "a"}, "stage1.block2.conv1": {Forward: "b", Backward: "b"}, "stage1.block1.conv1": {Forward: "a", Backward: "c"}, "stage2.block1.conv2": {Forward: "a", Backward: "c"},
			"stage2.block1.shortcut.conv1": {Forward: "a", Backward: "a"}, "stage3.block1.conv1": {Forward: "a", Backward: "c"}, "stage3.block1.conv2": {Forward: "d", Backward: "e"}, "dense1": {Forward: "f", Backward: "f"}},
			[]string{"stage1.* b (4 layers)", "stage?.block1.conv* a / c (5 layers)", "stage3.block1.conv2 d / e (1 layer)", "dense[1-9] f (1 layer)"}},
		{"", "g", map[string]Pair{"stem.conv1": {Forward: "a", Backward: "g"}, "stage1.block2.conv1": {Forward: "b", Backward: "g"}, "stage2.block1.conv2": {Forward: "a", Backward: "c"}, "dense1": {Forward: "f", Backward: "g"}}, nil},
		{"\n    backward: h", "g", map[string]Pair{"stem.conv1": {Forward: "a", Backward: "h"}, "stage3.block1.conv2": {Forward: "d", Backward: "e"}, "dense1": {Forward: "f", Backward: "h"}}, nil},
	} {
		a, err := assign(text+c.more, c.backward)
		require.NoError(t, err)
		assert.Len(t, a.Layers, 22)
		for layer, pair := range c.want {
			assert.Equal(t, pair, a.Layers[layer], layer)
		}
		if c.rules != nil {
			assert.Equal(t, c.rules, a.Rules)
		}
	}
	_, err = assign(text+"\n      conv1: b", "")
	assert.ErrorContains(t, err, `net.yaml:10:7: layers "conv1": no layer that multiplies has such a name; there are: stem.conv1, stage1.block1.conv1, `)
	assert.Equal(t, fault.Usage, fault.Status(err))
	_, err = assign(text+"\n      \"dense[\": b", "")
	assert.ErrorContains(t, err, `net.yaml:10:7: layers "dense[": no pattern: syntax error`)
	_, err = assign(text+"\n      stem.norm1: b", "") // does not multiply
	assert.ErrorContains(t, err, `net.yaml:10:7: layers "stem.norm1": no layer that multiplies`)
}

// What a run's config.json says about multipliers is what the file said.
func TestMultiplierJSON(t *testing.T) {
	c, err := load(t, `multipliers: [fp32, {name: b, default: fp32}, {name: m, default: x, backward: y, layers: {z*: p, a: {backward: q}}}]`)
	require.NoError(t, err)
	text, err := json.Marshal(map[string]any{"multipliers": c.Multipliers})
	require.NoError(t, err)
	assert.JSONEq(t, `{"multipliers": ["fp32", {"name": "b", "default": "fp32"}, {"name": "m", "default": "x", "backward": "y",
		"layers": {"z*": {"forward": "p"}, "a": {"backward": "q"}}}]}`, string(text))
	again, err := load(t, string(text))
	require.NoError(t, err)
	for _, list := range [][]Multiplier{c.Multipliers, again.Multipliers} {
		for i := range list {
			list[i].places = nil
		}
	}
	assert.Equal(t, c.Multipliers, again.Multipliers, "in their order")
}
