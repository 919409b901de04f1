// Package lutgen makes tables from designs under test and compares designs with
// tables.
//
// [Make] sweeps every operand pair of a design, several times and in different
// orders, into a table. [CompareTables] compares two tables entry by entry. [Full]
// compares every pair of floating-point operands — signs, exponents, zeros,
// infinities, NaN — with what a table predicts. All of them say how many
// products they compared. visits.go has the sweeps, histories.go what is sampled of
// other sequences of operands, [ImpureError] what they find.
//
// It knows designs only as cosim.DUT: whether one is Verilog, C or a board is
// decided elsewhere.
package lutgen
