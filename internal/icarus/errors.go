package icarus

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/option"
)

// ReadError is a design that Icarus Verilog does not read, or not from the files
// that Verilator reads.
type ReadError struct {
	Tool   string // Icarus Verilog 11.0
	Design string // top module, file and line
	Text   string // the first messages of the tool, or the reason
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("%s cannot read %s:\n  %s", e.Tool, e.Design, strings.ReplaceAll(e.Text, "\n", "\n  "))
}

// UnknownError is a pair whose product has a bit that is x or z, or a handshake
// port that is x or z where the testbench reads it.
type UnknownError struct {
	Index, Pairs int    // the number of the pair, from 0, of so many
	A, B         uint32 // operands as at the ports
	X, Z         uint32 // bits that are x or z, of the product unless Port is set
	// XBits and ZBits name these bits by the ports of the design: "p[15:8]".
	XBits, ZBits string
	Port         string // the handshake port; empty: the product
	Others       int    // further pairs with such a product
	Hint         string // warnings of the tool that may explain it
}

func (e *UnknownError) Error() string {
	var parts []string
	if e.XBits != "" {
		parts = append(parts, e.XBits+" is x")
	}
	if e.ZBits != "" {
		parts = append(parts, e.ZBits+" is z")
	}
	what := "the product is neither 0 nor 1 in every bit: "
	if e.Port != "" {
		what = "the handshake is neither 0 nor 1: "
	}
	s := fmt.Sprintf("%s%s; operands a = %#x, b = %#x (pair %s of %s)", what, strings.Join(parts, ", "),
		e.A, e.B, humanize.Comma(int64(e.Index)), humanize.Comma(int64(e.Pairs)))
	if e.Others > 0 {
		s += fmt.Sprintf("; so are %s other products", humanize.Comma(int64(e.Others)))
	}
	if e.Hint != "" {
		s += "\nwarnings of Icarus Verilog:\n  " + strings.ReplaceAll(e.Hint, "\n", "\n  ")
	}
	return s
}

// DesignError is a fault of the design while it ran, as [cosim.DesignError] is
// under Verilator: it ended the simulation, hung, never answered a handshake, or
// read a file that is missing.
type DesignError struct {
	Index  int           // pairs that were done before
	A, B   uint32        // operands of the next pair, where Known
	Known  bool          // whether A and B are set
	Hang   time.Duration // no product for this long
	Text   string        // what happened, if it was not Hang
	Output string        // the last lines that the design printed
}

func (e *DesignError) Error() string {
	s := e.Text
	if e.Hang > 0 {
		s = fmt.Sprintf("the design made no progress for %v (%v)", e.Hang, option.Timeout)
	}
	if e.Known {
		s += fmt.Sprintf("; operands a = %#x, b = %#x (pair %d)", e.A, e.B, e.Index)
	}
	if e.Output != "" {
		s += "\nlast output of the design in Icarus Verilog:\n  " + strings.ReplaceAll(e.Output, "\n", "\n  ")
	}
	return s
}

// portBits names the bits of a mask by the ports that form a vector, most
// significant first: "p[15:8], p[0]", "carry_o, frac_o[3]".
func portBits(d *cosim.Design, slices []cosim.Slice, mask uint32) string {
	width := func(s cosim.Slice) int {
		for _, p := range d.Ports {
			if p.Name == s.Port && s.Width == 0 {
				return p.Width
			}
		}
		return s.Width
	}
	total := 0
	for _, s := range slices {
		total += width(s)
	}
	var out []string
	for _, s := range slices {
		w := width(s)
		total -= w
		part := mask >> total & (1<<w - 1)
		p := s.Port
		if s.Width > 0 || w == 1 { // bits of a slice count in the slice, and have its name
			p = s.String()
		}
		if w == 1 && part != 0 {
			out = append(out, p)
			continue
		}
		for part != 0 {
			hi := bits.Len32(part) - 1
			lo := hi
			for lo > 0 && part>>(lo-1)&1 == 1 {
				lo--
			}
			part &= 1<<lo - 1
			if hi == lo {
				out = append(out, fmt.Sprintf("%s[%d]", p, hi))
			} else {
				out = append(out, fmt.Sprintf("%s[%d:%d]", p, hi, lo))
			}
		}
	}
	const most = 8 // ports of a flattened netlist
	if len(out) > most {
		out = append(out[:most], "…")
	}
	return strings.Join(out, ", ")
}
