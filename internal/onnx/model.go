// Package onnx writes networks in the format of ONNX (https://onnx.ai), which other programs run.
//
// The format is a message of Protocol Buffers, defined in onnx.proto of the project onnx. The package has the few of its
// messages, and of their fields, that a network of integers needs; the numbers beside the fields are those of onnx.proto.
//
// Start reading at Model; tensor.go has the arrays of numbers.
package onnx

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// Versions of what is written.
const (
	irVersion    = 8  // of the format
	opsetVersion = 17 // of the operators
)

// Model is a network: nodes in an order in which each comes after those whose outputs it takes.
type Model struct {
	Name         string
	Inputs       []Value
	Outputs      []Value
	Initializers []Tensor // constants
	Nodes        []Node
}

// Value is an input or output of a network: a tensor of these dimensions.
type Value struct {
	Name string
	Type Type
	Dims []int64
}

// ValueOf returns the value that a tensor is one of.
func ValueOf(t Tensor) Value { return Value{t.Name, t.Type, t.Dims} }

// Node is one operation of a network. An input of no name is one that the operation may do without.
type Node struct {
	Op              string
	Inputs, Outputs []string
	Attributes      []Attribute
}

// Attribute is a setting of an operation: whole numbers, or a single one.
type Attribute struct {
	Name   string
	Ints   []int64
	Single bool
}

// Ints returns an attribute of whole numbers.
func Ints(name string, values ...int) Attribute {
	a := Attribute{Name: name}
	for _, v := range values {
		a.Ints = append(a.Ints, int64(v))
	}
	return a
}

// Int returns an attribute of one whole number.
func Int(name string, value int) Attribute {
	a := Ints(name, value)
	a.Single = true
	return a
}

// Constant adds a tensor to the network, and returns its name.
func (m *Model) Constant(t Tensor) string {
	m.Initializers = append(m.Initializers, t)
	return t.Name
}

// Add adds an operation of one output to the network, and returns the output's name.
func (m *Model) Add(op, output string, inputs []string, attributes ...Attribute) string {
	m.Nodes = append(m.Nodes, Node{op, inputs, []string{output}, attributes})
	return output
}

// Marshal returns the bytes of a file with the network.
func (m *Model) Marshal() []byte {
	var model message
	model.int(1, irVersion) // ModelProto
	model.string(2, "approxtrain")
	model.message(7, func(graph *message) { // GraphProto
		for _, n := range m.Nodes {
			graph.message(1, n.write)
		}
		graph.string(2, m.Name)
		for _, t := range m.Initializers {
			graph.message(5, t.write)
		}
		for _, v := range m.Inputs {
			graph.message(11, v.write)
		}
		for _, v := range m.Outputs {
			graph.message(12, v.write)
		}
	})
	model.message(8, func(opset *message) { // OperatorSetIdProto
		opset.string(1, "")
		opset.int(2, opsetVersion)
	})
	return model
}

// write writes a NodeProto.
func (n Node) write(m *message) {
	for _, name := range n.Inputs {
		m.string(1, name)
	}
	for _, name := range n.Outputs {
		m.string(2, name)
	}
	m.string(4, n.Op)
	for _, a := range n.Attributes {
		m.message(5, a.write)
	}
}

// write writes an AttributeProto.
func (a Attribute) write(m *message) {
	m.string(1, a.Name)
	if a.Single {
		m.int(3, a.Ints[0])
		m.int(20, 2) // INT
		return
	}
	for _, v := range a.Ints {
		m.int(8, v)
	}
	m.int(20, 7) // INTS
}

// write writes a TensorProto.
func (t Tensor) write(m *message) {
	for _, d := range t.Dims {
		m.int(1, d)
	}
	m.int(2, int64(t.Type))
	m.string(8, t.Name)
	m.bytes(9, t.Raw)
}

// write writes a ValueInfoProto.
func (v Value) write(m *message) {
	m.string(1, v.Name)
	m.message(2, func(m *message) { // TypeProto
		m.message(1, func(m *message) { // its Tensor
			m.int(1, int64(v.Type))
			m.message(2, func(m *message) { // TensorShapeProto
				for _, d := range v.Dims {
					m.message(1, func(m *message) { m.int(1, d) }) // its Dimension
				}
			})
		})
	})
}

// message is a message of Protocol Buffers.
type message []byte

func (m *message) int(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), v)
}

func (m *message) string(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

func (m *message) message(field protowire.Number, write func(*message)) {
	var inner message
	write(&inner)
	m.bytes(field, inner)
}
