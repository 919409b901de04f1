package cosim

import (
	"context"
	"fmt"
	"strings"

	"github.com/approxtrain/approxtrain/internal/vhdl"
)

// VHDLProducts returns the products of pairs as GHDL simulates a design in VHDL: a text of 0, 1 and x for each, the
// highest bit first. version names GHDL. The error is a [*vhdl.UnsimulatedError] where it cannot simulate the design in
// the way that it is driven, and nil with no products for a design that is not in VHDL.
func (r *RTL) VHDLProducts(ctx context.Context, a, b []uint32) (products []string, version string, err error) {
	for _, t := range r.source.translated {
		if t.vhdl == nil || t.top != r.Design.Top {
			continue
		}
		bench, err := r.vhdlBench(*t.vhdl)
		if err != nil {
			return nil, t.tool, err
		}
		tool, err := vhdl.Find(ctx, bench.Design.Files)
		if err != nil {
			return nil, t.tool, err
		}
		products, err := tool.Products(ctx, bench, a, b)
		return products, t.tool, err
	}
	return nil, "", nil
}

// vhdlBench adds to a bench the parts of the ports.
func (r *RTL) vhdlBench(b vhdl.Bench) (*vhdl.Bench, error) {
	f := r.Iface
	not := func(format string, args ...any) error {
		return &vhdl.UnsimulatedError{Why: fmt.Sprintf(format, args...)}
	}
	switch {
	case r.Shape().Beyond32():
		return nil, not("that is done with ports of up to 32 bits")
	case f.Handshake() || len(f.Channels) > 0:
		return nil, not("the design has a handshake")
	}
	width := func(port string) int {
		for _, p := range r.Design.Ports {
			if p.Name == port {
				return p.Width
			}
		}
		return 0
	}
	for _, o := range []struct {
		slices []Slice
		to     *vhdl.Pin
	}{{f.A, &b.A}, {f.B, &b.B}, {f.P, &b.P}} {
		if len(o.slices) != 1 || o.slices[0].Width != 0 && o.slices[0].Width != width(o.slices[0].Port) || o.slices[0].Low != 0 {
			return nil, not("operands and product are not whole ports")
		}
		*o.to = vhdl.Pin{Port: o.slices[0].Port, Bits: width(o.slices[0].Port)}
	}
	for _, t := range f.Tied {
		w := width(t.Port)
		if t.Low != 0 || t.Width != 0 && t.Width != w || w == 0 {
			return nil, not("a part of a port is constant")
		}
		bits, err := LiteralBits(t.Value, w)
		if err != nil {
			return nil, not("%v", err)
		}
		var text strings.Builder
		for i := range bits {
			text.WriteByte("01"[b2i(bits[len(bits)-1-i])])
		}
		b.Ties = append(b.Ties, vhdl.Tie{Port: t.Port, Bits: text.String()})
	}
	b.Clock, b.Reset, b.ResetLow, b.Latency = f.Clock, f.Reset, f.ResetLow, r.Timing.Latency
	return &b, nil
}

func b2i(v bool) int {
	if v {
		return 1
	}
	return 0
}
