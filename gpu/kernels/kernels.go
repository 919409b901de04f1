// Package kernels holds the operations of a device in CUDA C++.
//
// They are one translation unit, kernels.cu. clang compiles it to PTX for a GPU, without any
// file of NVIDIA's; package emulation compiles it for the host. cuda.cuh holds everything
// that differs between the two.
//
// Kernels repeat the portable Go of package cpu bit for bit. Start reading at
// gemm.cuh for products, sum.cuh for the order of sums. functional.cuh and library.cuh are
// for units that are compiled when a user's model is known.
package kernels

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

//go:generate go run ../ptx/generate -out kernels.ptx.gz

//go:embed *.cu *.cuh
var sources embed.FS

// File is one of Sources.
type File struct {
	Name string
	Text []byte
}

// Sources returns the files that kernels.cu, and units with models, are made of.
func Sources() (files []File, err error) {
	entries, err := fs.ReadDir(sources, ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := sources.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, File{e.Name(), text})
	}
	return files, nil
}

//go:embed kernels.ptx.gz
var compressed []byte

// PTX returns the kernels, compiled for GPUs of compute capability 8.0 and later, as the
// text of PTX. The text is generated from Sources; scripts/lint reports when it is out of date.
var PTX = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		panic(fmt.Sprintf("kernels: kernels.ptx.gz: %v", err))
	}
	text, err := io.ReadAll(r) // which checks the length and a CRC-32
	if err != nil {
		panic(fmt.Sprintf("kernels: kernels.ptx.gz: %v", err))
	}
	return text
})
