package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

// load reads a text as a file net.yaml.
func load(t *testing.T, text string) (*Config, error) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("net.yaml", []byte(text), 0o644))
	return Load("net.yaml")
}

// Every key arrives; what is left out is the default.
func TestLoad(t *testing.T) {
	c, err := load(t, `
model: resnet-20
data: cifar10
multipliers: [mbm_e8m7, "fp32", {name: mine, default: {forward: a, backward: b}, layers: {"x*": c, y: {backward: d}}}]
backward: fp32
epochs: 0x10
batch: 010
optimizer: sgd
lr: 1e-3
decay: .5
schedule: {kind: step, warm_up: 1, every: 2.5, factor: .2}
smoothing: .1
clip: 5
patience: 4
seed: 18446744073709551615
limit: 7
steps: 5
augment: [flip, crop]
normalize: true
device: emulation
threads: 2
name: n
out: o
`)
	require.NoError(t, err)
	for i := range c.Multipliers {
		assert.NotEmpty(t, c.Multipliers[i].places)
		c.Multipliers[i].places = nil
	}
	assert.Len(t, c.places, 22)
	c.places = nil
	assert.Equal(t, &Config{Model: "resnet-20", Data: "cifar10", Backward: "fp32", Epochs: 16, Batch: 10, Optimizer: "sgd", Rate: 0.001, Decay: 0.5,
		Schedule: nn.Schedule{Kind: "step", WarmUp: 1, Every: 2.5, Factor: 0.2}, Smoothing: 0.1, Clip: 5, Patience: 4,
		Seed: 1<<64 - 1, Limit: 7, Steps: 5, Augment: []string{"flip", "crop"}, Normalize: true, Device: "emulation", Threads: 2, Name: "n", Out: "o",
		Multipliers: append(Plain("mbm_e8m7", "fp32"), Multiplier{Name: "mine", Default: "a", Backward: "b",
			Rules: []Rule{{Layers: "x*", Forward: "c"}, {Layers: "y", Backward: "d"}}})}, c)

	c, err = load(t, "seed: 3")
	require.NoError(t, err)
	want := Default()
	want.Seed, want.places = 3, c.places
	assert.Equal(t, want, c)
}

// A wrong file is an error with the place, what was expected and what was found.
func TestLoadErrors(t *testing.T) {
	deep := "model: [" + strings.Repeat("block: [", 70) + "relu" + strings.Repeat("]", 71)
	for _, c := range []struct{ text, want string }{
		{"", "net.yaml: there is nothing in it; expected an experiment, such as model: lenet-5"},
		{"# nothing", "net.yaml: there is nothing in it"},
		{"model: [a, b", "net.yaml:1:8: "},
		{"a: b: c", "net.yaml:1:4: mapping value is not allowed in this context"},
		{"seed: 1\nseed: 2", `net.yaml:2:1: mapping key "seed" already defined at [1:1]`},
		{"seed: 1\n---\nseed: 2", "net.yaml:3:1: a second document"},
		{"- model", "net.yaml:1:1: expected keys and values, found a list"},
		{"lenet-5", `net.yaml:1:1: expected keys and values, found "lenet-5"`},
		{"seed: 1\nepoch: 3", `net.yaml:2:1: no key "epoch"; did you mean epochs? There are: accumulator, augment, backward, batch`},
		{"<<: {seed: 1}", `net.yaml:1:1: no key "<<"`},
		{"epochs: many", `net.yaml:1:9: epochs: expected a whole number, found "many"`},
		{"epochs: \"3\"", `net.yaml:1:9: epochs: expected a whole number, found "3"`},
		{"epochs: 1.5", `net.yaml:1:9: epochs: expected a whole number, found "1.5"`},
		{"epochs: 99999999999999999999", `net.yaml:1:9: epochs: expected a whole number`},
		{"epochs:\nseed: 1", "net.yaml:1:8: epochs: expected a whole number, found nothing"},
		{"epochs: [1]", "net.yaml:1:9: epochs: expected a whole number, found a list"},
		{"epochs: !!int 3", "net.yaml:1:9: epochs: expected a whole number, found a tag, !!int"},
		{"epochs: *n", "net.yaml:1:9: epochs: alias *n: there is no &n before it"},
		{"seed: -1", `net.yaml:1:7: seed: expected a whole number from 0 to 2^64-1, found "-1"`},
		{"lr: fast", `net.yaml:1:5: lr: expected a number, found "fast"`},
		{"lr: .nan", `net.yaml:1:5: lr: expected a number, found ".nan"`},
		{"normalize: yes", `net.yaml:1:12: normalize: expected true or false, found "yes"`},
		{"data: {x: 1}", "net.yaml:1:7: data: expected a word, found keys and values"},
		{"augment: crop", `net.yaml:1:10: augment: expected a list, found "crop"`},
		{"augment:\n  - crop\n  - flop", `net.yaml:3:5: augment: "flop": expected crop, flip or crop,flip`},
		{"seed: 2\nepochs: 0", "net.yaml:2:9: epochs 0: expected 1 to 10000"},
		{"batch: -4", "net.yaml:1:8: batch -4: expected 1 to 65536"},
		{"lr: -1", "net.yaml:1:5: lr -1: expected 1e-30 to 1e+30, or 0 for the optimizer's usual rate"},
		{"decay: -1", "net.yaml:1:8: decay -1: expected 0 to 1000"},
		{"smoothing: 1", "net.yaml:1:12: smoothing 1: expected 0 to below 1"},
		{"clip: -1", "net.yaml:1:7: clip -1: expected 1e-30 to 1e+30"},
		{"patience: -1", "net.yaml:1:11: patience -1: expected 1 to 10000"},
		{"schedule: cosinus", "net.yaml:1:11: no schedule cosinus: expected constant, cosine or step"},
		{"schedule: {kind: step}", "net.yaml:1:11: schedule step: multiplies by 0.1 every 0 epochs"},
		{"schedule: {warmup: 1}", `net.yaml:1:12: no key "warmup"; did you mean warm_up?`},
		{"limit: -1", "net.yaml:1:8: limit -1: "},
		{"steps: -1", "net.yaml:1:8: steps -1: "},
		{"threads: -1", "net.yaml:1:10: threads -1: "},
		{"optimizer: adm", "net.yaml:1:12: no optimizer adm: expected sgd, nesterov, adam, adamw"},

		{"multipliers: fp32", `net.yaml:1:14: multipliers: expected a list, found "fp32"`},
		{"multipliers: []", "net.yaml:1:14: multipliers: expected multipliers, found none"},
		{"multipliers: [fp32, fp32]", "net.yaml:1:21: multipliers: fp32 stands there twice; give another name"},
		{"multipliers: [{default: fp32}]", "net.yaml:1:15: a multiplier without a name"},
		{"multipliers: [{name: x}]", "net.yaml:1:15: multiplier x has no default"},
		{"multipliers: [{name: fp32, default: mbm_e8m7}]", "net.yaml:1:15: name: fp32 is binary32's own"},
		{"multipliers: [{name: x, layer: {}}]", `net.yaml:1:25: no key "layer"; did you mean layers?`},
		{"multipliers: [{name: x, default: {}}]", "net.yaml:1:34: default: expected forward, backward or gradient"},
		{"multipliers: [{name: x, default: {forwards: x}}]", `net.yaml:1:35: no key "forwards"; did you mean forward?`},

		{"model: {dense: 3}", "net.yaml:1:8: model: expected the name of a model or a list of layers, found keys and values"},
		{"model: []", "net.yaml:1:8: model: expected layers, found none"},
		{"model: [[relu]]", "net.yaml:1:9: expected a layer, found a list"},
		{"model:\n  - rellu", `net.yaml:2:5: no layer "rellu"; did you mean relu? There are: attention, avgpool`},
		{"model:\n  - covn: {out: 3}", `net.yaml:2:5: no layer "covn"; did you mean conv?`},
		{"model: [conv]", "net.yaml:1:9: conv has no value; expected such as conv: {out: 16, kernel: 3}"},
		{"model: [{name: x}]", "net.yaml:1:9: no layer; expected one of attention, "},
		{"model: [{relu: , gelu: }]", "net.yaml:1:18: a layer is one of relu and gelu; begin another with -"},
		{"model: [{relu: 6}]", `net.yaml:1:16: relu: expected nothing behind it, found "6"`},
		{"model: [{conv: {out: 3}}]", "net.yaml:1:16: conv: expected out and kernel"},
		{"model: [{conv: {out: 3, kernels: 3}}]", `net.yaml:1:25: no key "kernels"; did you mean kernel?`},
		{"model: [{conv: {out: 0, kernel: 3}}]", "net.yaml:1:22: out: 0: expected 1 to 65536"},
		{"model: [{dense: ten}]", `net.yaml:1:17: dense: expected a whole number, found "ten"`},
		{"model: [{maxpool: {stride: 2}}]", "net.yaml:1:19: maxpool: expected kernel"},
		{"model: [{dropout: 1}]", "net.yaml:1:19: dropout: 1: expected a rate between 0 and 1"},
		{"model: [{residual: {shortcut: [relu]}}]", "net.yaml:1:20: residual: expected a body"},
		{"model: [{block: relu}]", `net.yaml:1:17: block: expected a list, found "relu"`},
		{"model: [{name: a.b, relu: }]", `net.yaml:1:16: name: "a.b": expected a name without points`},
		{"model: [{repeat: 0, relu: }]", "net.yaml:1:18: repeat: 0: expected 1 to 1000"},
		{"model: [{repeat: 1000, block: [{repeat: 1000, relu: }]}]", "net.yaml:1:9: more than 10000 layers"},
		{"model:\n  - block: &b\n    - relu\n    - block: *b", "does an alias mean what it stands in?"},
		{deep, "values lie more than 64 deep in others"},
	} {
		_, err := load(t, c.text)
		require.Error(t, err, c.text)
		assert.Contains(t, err.Error(), c.want, c.text)
		assert.Equal(t, fault.Usage, fault.Status(err), c.text)
	}
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	assert.ErrorContains(t, err, "reading the experiment: open ")
	assert.Equal(t, fault.Usage, fault.Status(err))
}

// A named model, described in a file, is that model.
func TestLoadModels(t *testing.T) {
	in := nn.Shape{H: 32, W: 32, C: 3}
	conv := "{conv: {out: %, kernel: 3, pad: 1, bias: false}}, batchnorm"
	stage := func(name, width, first string) string {
		c := strings.ReplaceAll(conv, "%", width)
		return "\n  - {name: " + name + ", block: [{residual: {" + strings.ReplaceAll(first, "%", width) + "}}, relu, " +
			strings.TrimSuffix(strings.Repeat("{residual: {body: ["+c+", relu, "+c+"]}}, relu, ", 2), ", ") + "]}"
	}
	c16 := strings.ReplaceAll(conv, "%", "16")
	strided := "body: [{conv: {out: %, kernel: 3, stride: 2, pad: 1, bias: false}}, batchnorm, relu, " + conv +
		"], shortcut: [{conv: {out: %, kernel: 1, stride: 2, bias: false}}, batchnorm]"
	for model, text := range map[string]string{
		"lenet-5": "[{conv: {out: 6, kernel: 5, pad: 2}}, relu, {maxpool: 2}, {conv: {out: 16, kernel: 5}}, relu, {maxpool: 2}, {dense: 120}, " +
			"relu, {dense: 84}, relu, {dense: 10}]",
		"resnet-20": "\n  - {name: stem, block: [" + c16 + ", relu]}" + stage("stage1", "16", "body: ["+c16+", relu, "+c16+"]") +
			stage("stage2", "32", strided) + stage("stage3", "64", strided) + "\n  - globalpool\n  - dense: 10",
	} {
		c, err := load(t, "model: "+text)
		require.NoError(t, err)
		want, err := nn.Model(model, in, 10)
		require.NoError(t, err)
		planned, err := nn.NewPlan(want, in, 2)
		require.NoError(t, err)
		got, err := nn.NewPlan(c.Layers, in, 2)
		require.NoError(t, err)
		assert.Equal(t, planned, got, model)
		assert.Equal(t, "net", c.Model)
	}
}

// Every kind of layer can be described, with its parameters.
func TestLoadLayers(t *testing.T) {
	c, err := load(t, `
model:
  - &c
    conv: {out: 8, kernel: 3, stride: 2, pad: 1, dilation: 2, groups: 4, bias: false}
  - *c
  - relu6
  - gelu
  - layernorm
  - maxpool: {kernel: 3}
  - maxpool: {kernel: 3, stride: 2, pad: 1}
  - avgpool: 2
  - linear: 4
  - tokens
  - tokens: {class: true}
  - attention: 2
  - firsttoken
  - {name: act, repeat: 2, relu: }
  - {repeat: 2, block: [globalpool]}
`)
	require.NoError(t, err)
	var clear func([]nn.Spec)
	clear = func(list []nn.Spec) {
		for i := range list {
			list[i].Where = ""
			clear(list[i].Chain)
		}
	}
	assert.Equal(t, "net.yaml:4:5", c.Layers[0].Where)
	assert.Equal(t, "net.yaml:4:5", c.Layers[1].Where)
	assert.Equal(t, "net.yaml:16:5", c.Layers[12].Where)
	clear(c.Layers)
	conv := nn.Spec{Conv: &nn.ConvSpec{Out: 8, Kernel: 3, Stride: 2, Pad: 1, Dilation: 2, Groups: 4, NoBias: true}}
	assert.Equal(t, []nn.Spec{conv, conv, {ReLU6: true}, {GELU: true}, {LayerNorm: true}, {Pool: &nn.PoolSpec{Kernel: 3, Stride: 3}},
		{Pool: &nn.PoolSpec{Kernel: 3, Stride: 2, Pad: 1}}, {AvgPool: 2}, {Linear: 4}, {Tokens: &nn.TokensSpec{}}, {Tokens: &nn.TokensSpec{Class: true}},
		{Attention: 2}, {FirstToken: true}, {Name: "act1", ReLU: true}, {Name: "act2", ReLU: true}, {Chain: []nn.Spec{{GlobalPool: true}}},
		{Chain: []nn.Spec{{GlobalPool: true}}}}, c.Layers)
}

// A run's config.json says what the layers' file was called; a flag makes digests of
// what it changes void.
func TestRunsAreRepeated(t *testing.T) {
	c, err := load(t, `{"model": [{"dense": 10}], "model_name": "mine", "init": "w.safetensors", "init_sha256": "00", "data_sha256": "11", "checkpoint_every": 7}`)
	require.NoError(t, err)
	assert.Equal(t, "mine", c.Model)
	assert.Equal(t, 7, c.CheckpointEvery)
	_, err = Open(c)
	assert.ErrorContains(t, err, ": data_sha256: digits has sha256 ")
	assert.ErrorContains(t, err, "in that run it had 11; without this key any will do")
	c.Override("data")
	c.Override("init")
	c.Override("model")
	assert.Equal(t, []string{"", "", ""}, []string{c.DataSum, c.InitSum, c.ModelName})
	c, err = load(t, `model: [dense: 10]`)
	require.NoError(t, err)
	assert.Equal(t, "net", c.Model)
	_, err = load(t, `checkpoint_every: -1`)
	assert.ErrorContains(t, err, "net.yaml:1:19: checkpoint_every -1: expected 1 to 1000000000")
	c = Default()
	c.CheckpointEvery = -1
	assert.ErrorContains(t, c.check(), "checkpoint_every -1: expected 1 to 1000000000")
}
