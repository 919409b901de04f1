// Package safetensors reads and writes files of named tensors in the form of
// https://github.com/huggingface/safetensors, which other programs for networks read
// as well. It knows binary32 tensors alone, and nothing of networks: whether names
// and shapes are those of one is for nn to say.
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
