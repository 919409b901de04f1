// Package lut holds the table of a multiplier: every product, in row-major order, and its format.
//
// The table is the central type of the project. Package lutgen makes it from RTL, package
// golden has functional models to prove it against, and a training device needs nothing
// else of a multiplier. This package is not a device: its scalar multiply is the
// specification that fast ones follow.
//
// Start reading at [Format], then [Table], then [Table.MulFloat32].
package lut
