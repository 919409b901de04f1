package onnxruntime

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/onnx"
)

// TestPackages compares the files for npm with the version that tests expect.
func TestPackages(t *testing.T) {
	var want struct{ Dependencies map[string]string }
	text, err := os.ReadFile("package.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &want))
	assert.Equal(t, map[string]string{"onnxruntime-node": Version}, want.Dependencies)

	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	text, err = os.ReadFile("package-lock.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &lock))
	assert.Equal(t, Version, lock.Packages["node_modules/onnxruntime-node"].Version)
	for name, p := range lock.Packages {
		if name != "" {
			assert.True(t, strings.HasPrefix(p.Integrity, "sha512-"), "%s has no digest", name)
		}
	}
}

// TestErrors runs networks that are wrong: the others have results all the same.
func TestErrors(t *testing.T) {
	r := Find(t)
	x := onnx.NewTensor[int32]("x", []int{2}, 5, -7)
	net := func(op string) Job {
		m := &onnx.Model{Name: "one", Inputs: []onnx.Value{onnx.ValueOf(x)}, Outputs: []onnx.Value{{Name: "y", Type: onnx.Int32, Dims: x.Dims}}}
		m.Add(op, "y", []string{"x", "x"})
		return Job{m, []onnx.Tensor{x}}
	}
	results := r.Run(t, net("NoSuchOperator"), net("Add"), Job{net("Add").Model, nil})
	assert.Contains(t, results[0].Error, "NoSuchOperator")
	require.Empty(t, results[1].Error)
	y, err := onnx.Values[int32](results[1].Outputs[0])
	require.NoError(t, err)
	assert.Equal(t, []int32{10, -14}, y)
	assert.Contains(t, results[2].Error, "input 'x' is missing")
}
