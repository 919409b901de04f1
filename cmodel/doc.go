// Package cmodel reads functional multipliers in C: a user's file, or a built-in
// design for 12 to 23 mantissa bits, of which no table can exist. It neither
// compiles nor runs them: a device does, see device.Model. Functions that are to be
// swept into a table are the business of package cosim.
//
// The built-in ones stand in designs/, written from the same formulas as package
// golden and independently of it; tests of package cpu compare the two.
//
// Compare sees whether a model is the same on two devices.
//
// Start reading at Read and Builtin.
package cmodel
