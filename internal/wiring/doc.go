// Package wiring writes the Verilog that holds a design under test: one description of the connections, a template for
// each form.
//
// An [Instance] describes which bits of which port go where. It is the same for every form: the lanes that Verilator
// evaluates side by side, the testbench of Icarus Verilog, the module of a board, the shells for Yosys, and the module
// that the command line prints. The templates are in the folder forms. Start reading at [Instance], then [Write].
package wiring
