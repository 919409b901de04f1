// Package checkpoint saves the state of a training run in a file. A run that was stopped
// continues from there and ends with the same bits. The package neither trains nor
// interprets a configuration. Package safetensors writes weights for other programs.
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
// The header holds "config", everything that training depends on, by name; "position", see
// nn.Position; and "tensors", the name and shape of each: parameters, moving averages,
// and the optimizer's tensors of a parameter as NAME/optimizer1, NAME/optimizer2. A
// run continues only if config is the same.
//
// PATH is the newest checkpoint, PATH.previous the one before, both complete at any
// time. A new one is written to PATH.new and renamed when it is on the disk, so a
// killed process leaves nothing else behind. A damaged checkpoint becomes PATH.damaged.
//
// Start reading at [Keeper].
package checkpoint
