package onnx

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMarshal compares a file with bytes that were put together by hand from onnx.proto and the rules of the encoding:
// a field is its number · 8 + 0 (a number in groups of 7 bits) or + 2 (a length, then bytes).
func TestMarshal(t *testing.T) {
	m := Model{Name: "g", Inputs: []Value{{"x", Uint8, []int64{1, 200}}}, Outputs: []Value{{"y", Int32, nil}}}
	m.Add("Op", "y", []string{"x", m.Constant(NewTensor[int8]("w", []int{2}, -1, 2))}, Ints("pads", 1, 0), Int("group", 3))
	attributes := "\x2a\x0d" + "\x0a\x04pads" + "\x40\x01" + "\x40\x00" + "\xa0\x01\x07" +
		"\x2a\x0c" + "\x0a\x05group" + "\x18\x03" + "\xa0\x01\x02"
	node := "\x0a\x01x" + "\x0a\x01w" + "\x12\x01y" + "\x22\x02Op" + attributes
	graph := "\x0a" + string(rune(len(node))) + node +
		"\x12\x01g" +
		"\x2a\x0b" + "\x08\x02" + "\x10\x03" + "\x42\x01w" + "\x4a\x02\xff\x02" +
		"\x5a\x14" + "\x0a\x01x" + "\x12\x0f" + "\x0a\x0d" + "\x08\x02" + "\x12\x09" + "\x0a\x02\x08\x01" + "\x0a\x03\x08\xc8\x01" +
		"\x62\x0b" + "\x0a\x01y" + "\x12\x06" + "\x0a\x04" + "\x08\x06" + "\x12\x00"
	require.Less(t, len(graph), 128)
	want := "\x08\x08" + "\x12\x0bapproxtrain" + "\x3a" + string(rune(len(graph))) + graph + "\x42\x04" + "\x0a\x00" + "\x10\x11"
	assert.Equal(t, want, string(m.Marshal()))
}

func TestTensors(t *testing.T) {
	x := NewTensor("x", []int{2, 1}, 1.5, float32(math.Inf(-1)))
	assert.Equal(t, "\x00\x00\xc0\x3f\x00\x00\x80\xff", string(x.Raw))
	assert.Equal(t, Value{"x", Float, []int64{2, 1}}, ValueOf(x))
	values, err := Values[float32](x)
	require.NoError(t, err)
	assert.Equal(t, []float32{1.5, float32(math.Inf(-1))}, values)
	one, err := Values[int32](NewTensor[int32]("one", nil, -2))
	require.NoError(t, err)
	assert.Equal(t, []int32{-2}, one)

	_, err = Values[int8](x)
	assert.EqualError(t, err, "tensor x has elements of type 1, expected 3")
	x.Dims[0] = 3
	_, err = Values[float32](x)
	assert.EqualError(t, err, "tensor x of dimensions [3 1] has 8 bytes, expected 12")
	assert.Panics(t, func() { NewTensor[uint8]("x", []int{2, 3}, 1, 2, 3, 4, 5) })
	assert.Empty(t, strings.Trim(string(NewTensor[uint8]("x", []int{0}).Raw), "\x00"))
}
