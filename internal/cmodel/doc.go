// Package cmodel reads functional multipliers in C: a user's file, or a built-in design.
// The built-in designs have 12 to 23 mantissa bits, too many for a table. The package
// neither compiles nor runs them. A device compiles those that a network is trained with, see
// device.Model, and package cosim those that are swept into a table. Both find the function in
// a file by Takes, so FILE.c[:function] means the same to both.
//
// The built-in designs are in designs/. They are written from the same formulas as package
// golden and independently of it; tests of package cpu compare the two.
//
// Compare checks that a model gives the same products on two devices.
//
// Start reading at Read and Builtin.
package cmodel
