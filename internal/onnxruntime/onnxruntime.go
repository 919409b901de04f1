// Package onnxruntime runs networks by ONNX Runtime, for tests: a program that others wrote computes them too. It comes
// from npm, and runs in Node.js; scripts/bootstrap --onnx installs both.
//
// Start reading at Find. run.js is the program that Node.js runs; package.json and package-lock.json name the version of
// ONNX Runtime, and the digests of its packages, for scripts/fetch-onnxruntime.
package onnxruntime

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/approxtrain/approxtrain/internal/onnx"
)

// Version is the release of ONNX Runtime that tests run.
const Version = "1.30.0"

//go:embed run.js
var script string

// Runtime is an installed ONNX Runtime.
type Runtime struct {
	node string // the program
	home string // with a folder node_modules
}

// Find returns ONNX Runtime in $APPROXTRAIN_ONNXRUNTIME, or where scripts/fetch-onnxruntime puts it. Without it, or
// without Node.js, the test is skipped. With CI=true, where both are due, the test fails.
func Find(t testing.TB) *Runtime {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") == "true" {
		missing = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("Node.js is not installed (%v); scripts/bootstrap --onnx installs it", err)
	}
	home := os.Getenv("APPROXTRAIN_ONNXRUNTIME")
	if home == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			missing("ONNX Runtime: %v", err)
		}
		home = filepath.Join(cache, "approxtrain", "onnxruntime-"+Version)
	}
	about, err := os.ReadFile(filepath.Join(home, "node_modules", "onnxruntime-node", "package.json"))
	if err != nil {
		missing("ONNX Runtime is not installed (%v); scripts/bootstrap --onnx installs it", err)
	}
	var found struct{ Version string }
	if err := json.Unmarshal(about, &found); err != nil || found.Version != Version {
		t.Fatalf("%s has ONNX Runtime %q (%v), expected %s; scripts/bootstrap --onnx installs it", home, found.Version, err, Version)
	}
	return &Runtime{node, home}
}

// Job is a network and its inputs.
type Job struct {
	Model  *onnx.Model
	Inputs []onnx.Tensor
}

// Result has the outputs of a network, in the order of the model, or an error.
type Result struct {
	Outputs []onnx.Tensor
	Error   string
}

// names are those of the types in run.js.
var names = map[onnx.Type]string{onnx.Float: "float32", onnx.Uint8: "uint8", onnx.Int8: "int8", onnx.Int32: "int32"}

// tensor is an onnx.Tensor as run.js knows it.
type tensor struct {
	Name string  `json:"name"`
	Type string  `json:"type"`
	Dims []int64 `json:"dims"`
	Data []byte  `json:"data"`
}

// Run computes networks in one process, and returns as many results.
func (r *Runtime) Run(t testing.TB, jobs ...Job) []Result {
	t.Helper()
	type job struct {
		Model  []byte   `json:"model"`
		Inputs []tensor `json:"inputs"`
	}
	list := make([]job, len(jobs))
	for i, j := range jobs {
		list[i] = job{j.Model.Marshal(), []tensor{}}
		for _, x := range j.Inputs {
			list[i].Inputs = append(list[i].Inputs, tensor{x.Name, names[x.Type], append([]int64{}, x.Dims...), x.Raw})
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatalf("ONNX Runtime: %v", err)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), r.node, "-e", script, r.home)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("ONNX Runtime: %v\n%s", err, errs.String())
	}
	var replies []struct {
		Outputs []tensor
		Error   string
	}
	if err := json.Unmarshal(out.Bytes(), &replies); err != nil {
		t.Fatalf("ONNX Runtime: %v\n%s%s", err, out.String(), errs.String())
	}
	if len(replies) != len(jobs) {
		t.Fatalf("ONNX Runtime: %d results of %d networks", len(replies), len(jobs))
	}
	results := make([]Result, len(replies))
	for i, reply := range replies {
		results[i].Error = reply.Error
		for _, x := range reply.Outputs {
			results[i].Outputs = append(results[i].Outputs, onnx.Tensor{Name: x.Name, Type: typeOf(x.Type), Dims: x.Dims, Raw: x.Data})
		}
	}
	return results
}

// typeOf returns the type of a name of run.js, 0 if there is none.
func typeOf(name string) onnx.Type {
	for t, n := range names {
		if n == name {
			return t
		}
	}
	return 0
}
