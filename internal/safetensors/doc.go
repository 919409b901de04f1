// Package safetensors reads and writes files of named tensors, which other programs also read.
// The form is that of https://github.com/huggingface/safetensors. The package has
// binary32 tensors only and knows nothing of networks: package nn checks names and shapes.
//
// A file, numbers little endian, n the length of the header:
//
//	offset    bytes    what
//	0         8        n, at most 16 MiB here, which take up to 256 MiB of memory
//	8         n        header: a JSON object, then spaces up to a multiple of 8
//	8 + n     …        the tensors, and nothing between, before and after them
//
// The header has one entry a tensor, {"dtype": "F32", "shape": [5, 5, 1, 6],
// "data_offsets": [0, 600]}; offsets count from the end of the header. The entry
// __metadata__ holds strings by name. Equal tensors give equal bytes.
//
// Start reading at [Write] and [Read].
package safetensors
