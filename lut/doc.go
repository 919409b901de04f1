// Package lut holds the table of a multiplier: every product it can form, in
// row-major order, with the number format it belongs to.
//
// The table is the one noun that runs through the project. It is made from RTL
// (package lutgen), proven equal to a functional model (package golden), and is
// all that a training device needs to know about a multiplier. This package is
// not a device: its scalar multiply is the specification that fast ones follow.
//
// Start reading at [Format], then [Table], then [Table.MulFloat32].
package lut
