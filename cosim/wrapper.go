package cosim

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/wiring"
)

// wrapperTop is the module that holds the design; Verilator sees it as the top.
const wrapperTop = "approxtrain_lanes"

// outerPort is a port of a wrapper.
type outerPort struct {
	Dir, Name string
	Width     int
	Signed    bool
}

// level is a net of a wrapper that is high when the design is ready, or its product valid. Net, if not empty, is the
// design's port behind it.
type level struct{ Net, Port, Value string }

// around is what stands around a design in every wrapper: its ports, and its handshake with all levels high.
type around struct {
	Scalars, Vectors []outerPort
	Levels           []level
	nets             map[wiring.Net]string // names of the design's own levels
}

func (f *Interface) around() around {
	a := around{nets: map[wiring.Net]string{wiring.InReady: "in_ready", wiring.OutValid: "out_valid"}}
	if f.Busy {
		a.nets[wiring.InReady] = "busy"
		a.Levels = append(a.Levels, level{"busy", "in_ready", "!busy"})
	}
	switch {
	case f.OutValid != "" && f.OutValid == f.InReady:
		a.Levels = append(a.Levels, level{"", "out_valid", map[bool]string{true: "!"}[f.Idle] + a.nets[wiring.InReady]})
	case f.Idle:
		a.nets[wiring.OutValid] = "working"
		a.Levels = append(a.Levels, level{"working", "out_valid", "!working"})
	}
	for _, p := range []struct{ dir, name, port string }{
		{"input", "clk", f.Clock}, {"input", "rst", f.Reset}, {"input", "in_valid", f.InValid}, {"output", "in_ready", f.InReady},
		{"output", "out_valid", f.OutValid}, {"input", "out_ready", f.OutReady},
	} {
		if p.port != "" {
			a.Scalars = append(a.Scalars, outerPort{p.dir, p.name, 1, false})
		}
	}
	k, _ := f.Shape.Kind.Integer() // no other kind is signed
	a.Vectors = []outerPort{
		{"input", "a", f.Shape.A, k.SignedA()}, {"input", "b", f.Shape.B, k.SignedB()},
		{"output", "p", f.Shape.P, k.SignedProduct()},
	}
	return a
}

// wrapper returns SystemVerilog with the design in it, lanes times, under ports
// whose names rtl/testbench/dut_verilated.h knows. It has one more input of so many
// bits, if they are not 0, for the product that a waveform shows as expected.
func wrapper(d *Design, s Source, f *Interface, lanes, expected int) (string, error) {
	i, err := Wiring(d, s, f)
	if err != nil {
		return "", err
	}
	data := struct {
		around
		Top             string
		Lanes, Expected int
		Design          wiring.Joined
	}{around: f.around(), Top: wrapperTop, Lanes: lanes, Expected: expected}
	data.nets[wiring.A], data.nets[wiring.B], data.nets[wiring.P] = "a[i]", "b[i]", "p[i]"
	data.Design = i.Join(wiring.Naming{Nets: data.nets})
	return wiring.Write(wiring.Lanes, data), nil
}

// Wrapper returns Verilog of a module with plain ports (clk, rst, a, b, p and a handshake, all of them active high)
// that holds the design, connected as every simulator has it. It elaborates with the design's sources.
func (r *RTL) Wrapper() (string, error) {
	i, err := r.Wiring()
	if err != nil {
		return "", err
	}
	data := struct {
		around
		Title, Inside, Hint, Adapter, Top string
		Design                            wiring.Joined
	}{around: r.Iface.around(), Title: r.Describe(), Inside: r.Design.Top, Adapter: r.Design.Adapter,
		Top: notWord.ReplaceAllString("wrapped_"+r.Design.Top, "_")}
	if r.Iface.ResetLow {
		data.nets[wiring.Reset] = "~rst"
	}
	if f := r.Iface; f.OutValid != "" && f.OutValid == f.InReady && f.Busy == f.Idle { // one port outside, too
		data.Scalars = slices.DeleteFunc(data.Scalars, func(p outerPort) bool { return p.Name == "out_valid" })
		data.Levels = slices.DeleteFunc(data.Levels, func(l level) bool { return l.Port == "out_valid" })
		data.Hint = fmt.Sprintf("in_ready also says that the product is valid: %v in_valid %v in_ready %v in_ready",
			option.InValid, option.InReady, option.OutValid)
	}
	data.Design = i.Join(wiring.Naming{Nets: data.nets, Ties: wiring.Wires})
	return wiring.Write(wiring.Wrap, data), nil
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// cDefines returns the macros that tell the harness which ports there are.
func cDefines(f *Interface, lanes int, v Variant) []string {
	out := []string{"-DAX_VERILATED", fmt.Sprintf("-DAX_LANES=%d", lanes)}
	for _, m := range []struct {
		port, macro string
	}{
		{f.Clock, "AX_CLOCK"}, {f.InValid, "AX_IN_VALID"}, {f.InReady, "AX_IN_READY"},
		{f.OutValid, "AX_OUT_VALID"}, {f.OutReady, "AX_OUT_READY"},
	} {
		if m.port != "" {
			out = append(out, "-D"+m.macro)
		}
	}
	if f.Reset != "" {
		level := 1
		if f.ResetLow {
			level = 0
		}
		out = append(out, fmt.Sprintf("-DAX_RESET=%d", level))
	}
	if f.Shape.Beyond32() {
		out = append(out, beyond32)
	}
	if f.OutValid != "" && f.OutValid == f.InReady {
		out = append(out, "-DAX_ONE_PORT")
	}
	if f.beats != nil {
		out = append(out, "-DAX_BEATS")
	}
	if n := f.Flush(); n > 0 {
		out = append(out, fmt.Sprintf("-DAX_FLUSH=%d", n))
	}
	switch v.Trace {
	case TraceVCD:
		out = append(out, "-DAX_TRACE_VCD")
	case TraceFST:
		out = append(out, "-DAX_TRACE_FST")
	}
	if v.Expected > 0 {
		out = append(out, "-DAX_EXPECTED")
	}
	if v.Coverage {
		out = append(out, "-DAX_COVERAGE")
	}
	return out
}
