// Package checkpoint keeps what a training run has become in a file, so that a run
// that was stopped, by whatever, goes on from there and ends in the same bits. It
// knows neither how to train nor what a configuration means; weights for other
// programs are package safetensors.
//
// A file, numbers little endian, n the length of the header:
//
//	offset    bytes    what
//	0         8        magic: 89 'C' 'K' 'P' 0d 0a 1a 0a
//	8         2        version, 1
//	10        4        n, at most 16 MiB
//	14        n        header: a JSON object
//	14 + n    …        the tensors, binary32, in the order of the header
//	          32       SHA-256 of all bytes before
//
// The header holds "config", all that training depends on, by name; "position", see
// nn.Position; and "tensors", the name and shape of each: parameters, moving averages,
// and what the optimizer keeps of a parameter as NAME/optimizer1, NAME/optimizer2. A
// run goes on only where config is the same.
//
// PATH is the newest checkpoint, PATH.previous the one before, both complete at any
// time. A new one is written to PATH.new and gets its name when it is on the disk, so
// that a process that is killed leaves nothing else behind. A checkpoint that was found
// to be damaged becomes PATH.damaged.
//
// Start reading at [Keeper].
package checkpoint
