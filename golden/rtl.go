package golden

import (
	"fmt"
	"strconv"

	"github.com/approxtrain/approxtrain/lut"
)

// RTL selects the Verilog module that claims to be the multiplier.
type RTL struct {
	Top    string            // module name
	File   string            // its file, below rtl/verilog/
	Params map[string]string // parameters by name, values as Verilog source
	Kind   lut.Ports         // what a harness sees at the top
}

// Variants of a multiplier's RTL: the same function, spread over clock cycles.
const (
	Pipelined  = "pipelined"  // any float design: one product per clock, several clocks late
	Sequential = "sequential" // exact_uN only: shift and add, several clocks per product
)

// rtl selects the module for a format that design.format let pass.
func (d *design) rtl(f lut.Format, v []int) RTL {
	params := map[string]string{}
	for i, a := range d.args {
		params[a.param] = strconv.Itoa(v[i])
	}
	literal := strconv.Quote(d.name)
	if f.Kind == lut.Mantissa && !f.AMSim() {
		return RTL{} // fp_mul has 8 exponent bits
	}
	switch f.Kind {
	case lut.Unsigned:
		top := "uint_" + d.name
		params["N"] = strconv.Itoa(f.A)
		return RTL{Top: top, File: top + ".v", Params: params, Kind: lut.UnsignedPorts}
	case lut.Signed:
		params["DESIGN"], params["N"] = literal, strconv.Itoa(f.A)
		return RTL{Top: "sint_mul", File: "sint_mul.v", Params: params, Kind: lut.SignedPorts}
	default:
		params["DESIGN"], params["M"] = literal, strconv.Itoa(f.A)
		if f.P != f.A {
			params["P"] = strconv.Itoa(f.P)
		}
		return RTL{Top: "fp_mul", File: "fp/fp_mul.v", Params: params, Kind: lut.FloatPorts}
	}
}

// Variant returns the multiplier with the RTL of a clocked variant, Pipelined or
// Sequential; the empty variant is the multiplier itself. Name, format and
// entries stay as they are. It is an error if the multiplier has no such
// variant.
func (m Multiplier) Variant(variant string) (Multiplier, error) {
	switch {
	case variant == "":
		return m, nil
	case variant == Pipelined && m.RTL.Kind == lut.FloatPorts:
		m.RTL.Top, m.RTL.File = "fp_mul_pipe", "fp/fp_mul_pipe.v"
		return m, nil
	case variant == Sequential && m.RTL.Top == "uint_exact":
		m.RTL.Top, m.RTL.File = "uint_mul_seq", "uint_mul_seq.v"
		return m, nil
	case variant != Pipelined && variant != Sequential:
		return m, fmt.Errorf("multiplier %s: unknown variant %q, expected %s or %s", m.Name, variant, Pipelined, Sequential)
	default:
		return m, fmt.Errorf("multiplier %s: no %s variant; floats come %s, exact_uN comes %s",
			m.Name, variant, Pipelined, Sequential)
	}
}
