// Package lutgen makes tables from designs under test and compares designs with tables.
//
// [Make] sweeps every operand pair of a design, several times and in different
// orders, into a table. [CompareTables] compares two tables entry by entry. [Full]
// compares every pair of floating-point operands — signs, exponents, zeros,
// infinities, NaN — with the predictions of a table. All of them return the number of
// products they compared. visits.go has the sweeps, histories.go samples other sequences
// of operands, [ImpureError] is their finding.
//
// It knows designs only as cosim.DUT: whether one is Verilog, C or a board is
// decided elsewhere.
package lutgen
