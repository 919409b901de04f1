package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Type is the type of a tensor's elements, by the numbers of TensorProto.DataType.
type Type int32

// The types of networks of integers.
const (
	Float Type = 1
	Uint8 Type = 2
	Int8  Type = 3
	Int32 Type = 6
)

// Element is a type of Go that elements of tensors have.
type Element interface{ float32 | uint8 | int8 | int32 }

// TypeOf returns the type of elements of T.
func TypeOf[T Element]() Type {
	switch any(*new(T)).(type) {
	case uint8:
		return Uint8
	case int8:
		return Int8
	case int32:
		return Int32
	}
	return Float
}

// Tensor is a named array of numbers in row-major order. One without dimensions is a single number.
type Tensor struct {
	Name string
	Type Type
	Dims []int64
	Raw  []byte // elements in little-endian order
}

// NewTensor returns a tensor of values. It panics if the dimensions do not multiply to their number.
func NewTensor[T Element](name string, dims []int, values ...T) Tensor {
	t := Tensor{Name: name, Type: TypeOf[T]()}
	n := 1
	for _, d := range dims {
		t.Dims = append(t.Dims, int64(d))
		n *= d
	}
	if n != len(values) {
		panic(fmt.Sprintf("onnx: %d values for tensor %s of dimensions %v", len(values), name, dims))
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, values); err != nil {
		panic(err) // a buffer takes everything, and each Element has a fixed size
	}
	t.Raw = b.Bytes()
	return t
}

// Values returns the elements of a tensor. It is an error if they have another type, or are not as many as the
// dimensions say.
func Values[T Element](t Tensor) ([]T, error) {
	if want := TypeOf[T](); t.Type != want {
		return nil, fmt.Errorf("tensor %s has elements of type %d, expected %d", t.Name, t.Type, want)
	}
	n := int64(1)
	for _, d := range t.Dims {
		n *= d
	}
	values := make([]T, n)
	if size := binary.Size(values); size != len(t.Raw) {
		return nil, fmt.Errorf("tensor %s of dimensions %v has %d bytes, expected %d", t.Name, t.Dims, len(t.Raw), size)
	}
	if err := binary.Read(bytes.NewReader(t.Raw), binary.LittleEndian, values); err != nil {
		return nil, fmt.Errorf("tensor %s: %w", t.Name, err)
	}
	return values, nil
}
