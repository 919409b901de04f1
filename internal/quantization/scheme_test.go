package quantization

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cpu"
	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/nn"
)

func sample() *Scheme {
	a := Of(device.PerTensor(0, 255, 0.1, 3))
	b := Quantizer{Lo: -127, Hi: 127, Scale: []float32{1.0 / 3, 1e-30}, Zero: []int32{0}}
	return &Scheme{Multiplier: "mul.lut", Digest: "00", Format: "u8xs8", Folded: true, Sums: Accumulator{32, "wrap"}, Observer: "min-max", Images: 4,
		Layers: []Layer{{Name: "dense1", Products: []Product{{a, b}}}, {Name: "dense2"}}}
}

// TestText: a scheme is read as it was written, with the same bits.
func TestText(t *testing.T) {
	text, err := sample().Text()
	require.NoError(t, err)
	again, err := Parse(text)
	require.NoError(t, err)
	assert.Equal(t, sample(), again)
}

// TestHostile: what no program wrote is refused.
func TestHostile(t *testing.T) {
	good, err := sample().Text()
	require.NoError(t, err)
	for _, c := range [][2]string{
		{`"bits":32`, `"bits":15`}, {`"bits":32`, `"bits":65`}, {`"bits":32`, `"bits":1e9`}, {`"bits":32`, `"bits":"32"`},
		{`"wrap"`, `"Wrap"`}, {`"wrap"`, `""`}, {`"lo":0`, `"lo":256`}, {`"hi":255`, `"hi":32768`}, {`"hi":255`, `"hi":-1`},
		{`"scale":[0.1]`, `"scale":[0]`}, {`"scale":[0.1]`, `"scale":[-1]`}, {`"scale":[0.1]`, `"scale":[1e39]`}, {`"scale":[0.1]`, `"scale":[]`},
		{`"scale":[0.1]`, `"scale":null`}, {`"scale":[0.1]`, `"scale":[1,1,1]`}, {`"scale":[0.1]`, `"scale":[NaN]`},
		{`"zero":[3]`, `"zero":[256]`}, {`"zero":[3]`, `"zero":[]`}, {`"zero":[3]`, `"zero":[3.5]`},
		{`"dense2"`, `"dense1"`}, {`"dense2"`, `"a\u0007"`}, {`"dense2"`, `"` + strings.Repeat("a", 1<<16) + `"`},
		{`"mul.lut"`, `"\u001b[2J"`}, {`{`, ``}, {`}`, `}}`}, {`"layers":[`, `"layers":[null,null,`},
	} {
		text := strings.Replace(good, c[0], c[1], 1)
		require.NotEqual(t, good, text, c[0])
		if s, err := Parse(text); assert.Error(t, err, "%s → %s: %+v", c[0], c[1], s) {
			assert.Equal(t, fault.Usage, fault.Status(err))
			assert.Less(t, len(err.Error()), 1000)
		}
	}
	for n := range len(good) {
		_, err := Parse(good[:n])
		require.Error(t, err)
	}
}

// TestAssign: layers with codes get the table, the others are native; a multiplier that is no table of integers makes a
// layer native.
func TestAssign(t *testing.T) {
	d, err := cpu.New(1)
	require.NoError(t, err)
	native, err := d.Multiplier(nil)
	require.NoError(t, err)
	table, err := lut.New("mul", lut.Format{Kind: lut.UnsignedBySigned, A: 8, B: 8, P: 16})
	require.NoError(t, err)
	m, err := d.Multiplier(table)
	require.NoError(t, err)
	s := sample()
	assert.NoError(t, s.Fits("dense1", table))
	a, err := s.Assign(nn.Multipliers{Forward: m, Backward: m}, native)
	require.NoError(t, err)
	one := a.For("dense1")
	assert.Same(t, table, one.Forward.Table())
	require.NotNil(t, one.Quantized)
	assert.Equal(t, []nn.Operands{{A: device.PerTensor(0, 255, 0.1, 3), B: device.Quantizer(s.Layers[0].Products[0].B)}}, one.Quantized.Products)
	assert.Equal(t, device.Accumulator{Bits: 32}, one.Quantized.Accumulator)
	assert.Equal(t, nn.Multipliers{Forward: native, Backward: native}, a.For("dense2"))
	a, err = s.Assign(nn.Multipliers{Forward: native, Backward: native}, native)
	require.NoError(t, err)
	assert.Nil(t, a.For("dense1").Quantized)
	other, err := lut.New("other", lut.SintFormat(8, 8))
	require.NoError(t, err)
	assert.ErrorContains(t, s.Fits("dense1", other), "table other has format s8, and the network was quantized for format u8xs8")

	plan, err := nn.NewPlan([]nn.Spec{{Dense: 2}, {ReLU: true}, {Dense: 2}}, nn.Shape{H: 1, W: 1, C: 2}, 1)
	require.NoError(t, err)
	assert.NoError(t, s.Check(plan))
	plan, err = nn.NewPlan([]nn.Spec{{Dense: 2}}, nn.Shape{H: 1, W: 1, C: 2}, 1)
	require.NoError(t, err)
	assert.ErrorContains(t, s.Check(plan), "its layers are not those of the network")
}
