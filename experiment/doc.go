// Package experiment is a training experiment: a network, a data set, and the
// multipliers to train it with, one after the other. It reads one from a YAML file,
// says what is wrong with it and where, and runs it. What training is, is package
// nn's.
//
// Start reading at Config, then Load (config.go, load.go), Open and Run. A new setting
// is a field of Config, a row of its keys, a range in check, and a flag of the command
// line.
package experiment
