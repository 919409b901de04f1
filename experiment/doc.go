// Package experiment is a training experiment: a network, a data set, and the
// multipliers to train it with, one after the other. It reads one from a YAML file,
// says what is wrong with it and where, runs it, and goes on with a run that was
// stopped. What training is, is package nn's; how a file keeps where a run was, is
// checkpoint's.
//
// Start reading at Config, then Load (config.go, load.go), Open and Run; saver.go is
// what a run leaves to go on from. A new setting is a field of Config, a row of its
// keys, a range in check, and a flag of the command line.
package experiment
