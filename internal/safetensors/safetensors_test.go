package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/nn"
)

var sample = File{Metadata: map[string]string{"model": "lenet-5"}, Tensors: []nn.Tensor{
	{Name: "b", Shape: []int{2, 1}, Values: []float32{1, -2}},
	{Name: "a", Shape: []int{}, Values: []float32{float32(math.Inf(1))}},
	{Name: "none", Shape: []int{3, 0}, Values: []float32{}},
	{Name: `"q"`, Shape: []int{3}, Values: []float32{0, float32(math.Copysign(0, -1)), 3}},
}}

func encode(t testing.TB, f File) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, Write(&buf, f))
	return buf.Bytes()
}

// raw is a file of a header as given and as many bytes of data.
func raw(header string, data int) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, data)...)
}

// The bytes are those of the published form, written out by hand.
func TestWrite(t *testing.T) {
	got := encode(t, File{map[string]string{"m": "x"}, sample.Tensors[:2]})
	header := `{"__metadata__":{"m":"x"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}`
	for len(header)%8 != 0 {
		header += " "
	}
	want := append(raw(header, 0), 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x7f)
	assert.Equal(t, string(want), string(got))
	assert.Equal(t, string(raw("{}      ", 0)), string(encode(t, File{})))
}

func TestRoundTrip(t *testing.T) {
	got, err := Read(bytes.NewReader(encode(t, sample)))
	require.NoError(t, err)
	assert.Equal(t, sample, got)
	assert.True(t, math.Signbit(float64(got.Tensors[3].Values[1])))
	long := make([]float32, 100_000)
	for i := range long {
		long[i] = float32(i)
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	require.NoError(t, WriteFile(path, File{Tensors: []nn.Tensor{{Name: "long", Shape: []int{100, 1000}, Values: long}}}))
	got, err = ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, long, got.Tensors[0].Values)
}

func TestWriteRefuses(t *testing.T) {
	for want, tensors := range map[string][]nn.Tensor{
		`tensor ""`:                           {{Shape: []int{1}, Values: []float32{1}}},
		`tensor "__metadata__"`:               {{Name: "__metadata__", Shape: []int{1}, Values: []float32{1}}},
		`tensor "a"`:                          {sample.Tensors[1], sample.Tensors[1]},
		"tensor x of shape [2] has 1 values":  {{Name: "x", Shape: []int{2}, Values: []float32{1}}},
		"tensor x of shape [-1] has 0 values": {{Name: "x", Shape: []int{-1}}},
	} {
		var buf bytes.Buffer
		assert.ErrorContains(t, Write(&buf, File{Tensors: tensors}), want)
		assert.Zero(t, buf.Len())
	}
}

func TestReadRefuses(t *testing.T) {
	one := func(entry string) []byte { return raw(`{"x":`+entry+`}`, 8) }
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "it ends before the length of the header"},
		{[]byte("PK\x03\x04 zip files"), "the header would have"},
		{binary.LittleEndian.AppendUint64(nil, maxHeader+1), "the header would have 16777217 bytes"},
		{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0), "the file ends within tensor x"},
		{raw("{}", 0)[:9], "the file ends after 1 of 2 bytes of the header"},
		{raw(`[]`, 0), "does not begin with {"},
		{raw(``, 0), "does not begin with {"},
		{raw(`{"x":`, 0), "header: "},
		{raw(`{} x`, 0), "2 bytes after its end"},
		{raw(`{"":{}}`, 0), "no name"},
		{raw(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), `tensor "x": no name, or that of another`},
		{raw(`{"__metadata__":{"a":1}}`, 0), "__metadata__: json"},
		{one(`7`), "tensor x: json"},
		{one(`{}`), `dtype "", expected F32`},
		{one(`{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}`), `dtype "BF16", expected F32`},
		{one(`{"dtype":"F32","data_offsets":[0,8]}`), "shape []"},
		{one(`{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}`), "shape [-2]"},
		{one(`{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}`), "tensor x: json"},
		{one(`{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}`), "shape [4611686018427387904 4]"},
		{one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}`), `unknown field "extra"`},
		{one(`{"dtype":"F32","shape":[2]}`), "data_offsets [], expected 8 bytes"},
		{one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}`), "data_offsets [0 8 16]"},
		{one(`{"dtype":"F32","shape":[2],"data_offsets":[0,7]}`), "data_offsets [0 7], expected 8 bytes"},
		{one(`{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}`), "data_offsets [-8 0]"},
		{one(`{"dtype":"F32","shape":[2],"data_offsets":[8,0]}`), "data_offsets [8 0]"},
		{one(`{"dtype":"F32","shape":[1],"data_offsets":[4,8]}`), "tensor x lies at 4, expected 0, where the header ends"},
		{one(`{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`), "tensor y lies at 0, expected 4, where tensor x ends"},
		{one(`{"dtype":"F32","shape":[3],"data_offsets":[0,12]}`), "the file ends within tensor x"},
		{one(`{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}`), "tensors of 4000000000000 bytes together, expected at most 16 GiB"},
		{one(`{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}`), "the file ends within tensor x"},
		{one(`{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`), "more after the last tensor"},
	} {
		_, err := Read(bytes.NewReader(c.data))
		assert.ErrorContains(t, err, c.want, "%q", c.data)
	}
	whole := encode(t, sample)
	for n := range whole {
		_, err := Read(bytes.NewReader(whole[:n]))
		require.Error(t, err, "the first %d of %d bytes", n, len(whole))
	}
	path := filepath.Join(t.TempDir(), "x")
	_, err := ReadFile(path)
	assert.Equal(t, 2, fault.Status(err))
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	_, err = ReadFile(path)
	assert.Equal(t, 2, fault.Status(err))
	assert.ErrorContains(t, err, path)
}

// What can be read can be written, and reads back as the same.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, sample))
	f.Add(encode(f, File{}))
	f.Add(raw(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(encode(t, file)))
		require.NoError(t, err)
		require.Len(t, again.Tensors, len(file.Tensors))
		for i, x := range file.Tensors {
			y := again.Tensors[i]
			require.Equal(t, fmt.Sprint(x.Name, x.Shape), fmt.Sprint(y.Name, y.Shape))
			for k := range x.Values {
				require.Equal(t, math.Float32bits(x.Values[k]), math.Float32bits(y.Values[k]))
			}
		}
	})
}
