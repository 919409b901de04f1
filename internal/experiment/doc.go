// Package experiment runs a training experiment: a network, a data set, and multipliers in turn.
// It reads an experiment from a YAML file, reports errors with their place, trains, and
// resumes a stopped run. Package nn trains one network; package checkpoint keeps the state of
// a run.
//
// Start reading at Config, then Load (config.go, load.go), Open and Run; saver.go saves the
// state to resume from. A new setting is a field of Config, a row of its
// keys, a range in check, and a flag of the command line.
package experiment
