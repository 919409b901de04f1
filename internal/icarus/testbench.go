package icarus

import (
	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

// top is the module of the testbench.
const top = "approxtrain_icarus"

// settle is the time for which every level stands still, in ns: enough for a
// hundred thousand gate delays, and it costs nothing where nothing changes.
const settle = 100_000

// maxWait is the number of cycles a handshake may take, as in
// rtl/testbench/dut_verilated.h.
const maxWait = 1 << 16

// resetCycles is how long a reset lasts, as there.
const resetCycles = 8

// Records of the file of products. A product is "NUMBER BITS".
const (
	recordHead  = "begin"
	recordEnd   = "end" // and the number with which the file of operands begins
	recordReady = "never-ready"
	recordValid = "never-valid"
	// An x or z at a handshake port, and its value.
	recordReadyUnknown = "ready-is"
	recordValidUnknown = "valid-is"
)

// preamble stands before the design: its delays count in ns unless it says
// otherwise.
const preamble = "`timescale 1ns / 1ps\n"

// testbench returns Verilog that multiplies the pairs of a file. It holds the
// design in the levels, and in the order of them, that dut_verilated.h gives it;
// the inputs change half a cycle before the rising edge, while the clock is still
// high, as they do there from the view of blocks that a falling edge starts. What
// the design is given at first are x: a block that waits for its inputs to change
// would miss zeros that are there from the beginning.
func testbench(d *cosim.Design, s cosim.Source, f *cosim.Interface, t cosim.Timing) (string, error) {
	i, err := cosim.Wiring(d, s, f)
	if err != nil {
		return "", err
	}
	type level struct{ Net, Port, Value string }
	type wait struct {
		Most, Settle                int
		Never, Unknown, Level, Port string
	}
	data := struct {
		Top, Head, End                  string
		A, B, P, Flush                  int
		Settle, ResetCycles             int
		Scalars                         []string
		Levels                          []level
		Design                          wiring.Joined
		Clock, Reset, InValid, OutReady bool
		Active, Passive                 int
		Control                         string
		Latency                         int
		Taken, Given                    wait
	}{
		Top: top, Head: recordHead, End: recordEnd, A: f.Shape.A, B: f.Shape.B, P: f.Shape.P, Settle: settle, ResetCycles: resetCycles,
		Clock: f.Clock != "", Reset: f.Reset != "", InValid: f.InValid != "", OutReady: f.OutReady != "", Active: 1, Latency: t.Latency, Flush: f.Flush(),
	}
	for _, in := range [][2]string{{"clk", f.Clock}, {"rst", f.Reset}, {"in_valid", f.InValid}, {"out_ready", f.OutReady}} {
		if in[1] != "" {
			data.Scalars = append(data.Scalars, in[0])
		}
	}
	if f.ResetLow {
		data.Active, data.Passive = 0, 1
	}
	data.Taken = wait{maxWait, settle, recordReady, recordReadyUnknown, "1'b1", "1'b1"}
	data.Given = wait{maxWait, settle, recordValid, recordValidUnknown, "out_valid", "valid_port"}
	if f.InReady != "" {
		data.Levels = append(data.Levels, level{"ready_port", "in_ready", not(f.Busy) + "ready_port"})
		data.Taken.Level, data.Taken.Port = "in_ready", "ready_port"
	}
	switch {
	case f.OutValid == "":
	case f.OutValid == f.InReady:
		data.Levels = append(data.Levels, level{"", "out_valid", not(f.Idle) + "ready_port"})
		data.Given.Port = "ready_port"
	default:
		data.Levels = append(data.Levels, level{"valid_port", "out_valid", not(f.Idle) + "valid_port"})
	}
	switch {
	case f.Handshake():
		data.Control = "handshake"
	case t.Latency == 0:
		data.Control = "combinational"
	case t.Hold:
		data.Control = "held"
	default:
		data.Control = "pipeline"
	}
	nets := map[wiring.Net]string{wiring.InReady: "ready_port", wiring.OutValid: "valid_port"}
	data.Design = i.Join(wiring.Naming{Nets: nets, Ties: wiring.Wires})
	return wiring.Write(wiring.Testbench, data), nil
}

func not(is bool) string {
	if is {
		return "~"
	}
	return ""
}
