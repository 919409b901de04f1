package proof

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// settle reads the integers of a design by a sample of its products, where the ports leave open how.
func (d *Design) settle(ctx context.Context) error {
	switch {
	case d.RTL == nil:
		return nil
	case d.RTL.Iface.PartOpen:
		return d.settlePart(ctx)
	}
	return d.settleKind(ctx)
}

// quickest returns the simulator in which a sample takes the least time.
func (d *Design) quickest() cosim.Opener {
	if d.Witnesses != nil {
		if n := d.Witnesses.Netlist; n != nil && !n.Clocked() {
			return n // starts no process
		}
	}
	return d.Opener
}

// settleKind reads integers as two's complement, or one operand so and the other not, where no port says so, or
// only one operand's does, but a sample of products does. Generated netlists and most published signed multipliers
// declare no port as signed, and in Verilog an expression of signed and unsigned operands is unsigned. An error of
// the sample is left to the sweep, which meets it with all that is known of it.
func (d *Design) settleKind(ctx context.Context) error {
	s := d.Shape()
	if !d.RTL.Iface.KindOpen || s.P < s.A+s.B {
		return nil
	}
	r, err := lutgen.ReadAllWays(ctx, d.quickest())
	if err != nil {
		return ctx.Err()
	}
	if k, ok := r.Kind(s.Kind); ok {
		declared := "no port is declared signed"
		if s.Kind != cosim.Unsigned {
			declared = "only one operand is declared signed"
		}
		d.readAs(k, fmt.Sprintf("the mean relative error is %.3g %% so, and %.3g %% as %s (%d products; %s)",
			100*r.Error[k], 100*r.Error[s.Kind], s.Kind, r.Pairs, declared))
	}
	return nil
}

// kindsOf returns the kinds of integers that ports admit, the one as which they are declared first.
func kindsOf(i *cosim.Interface) []cosim.Kind {
	kinds := []cosim.Kind{i.Shape.Kind}
	if i.KindOpen {
		for _, k := range lut.IntegerKinds {
			if k.Ports() != i.Shape.Kind {
				kinds = append(kinds, k.Ports())
			}
		}
	}
	return kinds
}

// settlePart finds out which bits of the product a port has that is narrower than both operands together.
func (d *Design) settlePart(ctx context.Context) error {
	s := d.Shape()
	r, ok, err := lutgen.ReadPart(ctx, d.quickest(), kindsOf(d.RTL.Iface))
	if err != nil {
		return err
	}
	if !ok {
		f := s.Numbers()
		return fault.Usagef("the product port has %d bits, the product of %d × %d bits has %d: a sample does not tell which of them; "+
			"say it with %v 0 (the low bits), %[5]v %[6]d (the high ones) or the lowest bit that the port has; "+
			"a number that is no part of the product, for example one that saturates, is %[7]v %[8]v, a float %[7]v e5m10",
			s.P, s.A, s.B, s.A+s.B, option.LSB, s.A+s.B-s.P, option.Format, f)
	}
	why := fmt.Sprintf("the mean distance is %.2g %% of the range so, and %.2g %% with other bits", 100*r.Error, 100*r.Next)
	named := d.Name == tableName(d.RTL.Design.Top, s)
	if r.Kind != s.Kind {
		d.RTL.ReadAs(r.Kind, "so the products fit")
	}
	d.RTL.ReadPart(r.Part, why)
	if named {
		d.Name = tableName(d.RTL.Design.Top, d.Shape())
	}
	return nil
}

// ReadByProducts returns the kind of integers as which a design is read because its products are right so, or because
// its golden model is of that kind; "" if its ports say how they are read.
func (d *Design) ReadByProducts() cosim.Kind {
	if d.RTL == nil || !d.RTL.Iface.Reread() {
		return ""
	}
	return d.Shape().Kind
}

// adopt reads the integers of a design as those of its golden model, if the ports leave it open and the widths are
// the same. The comparison is one of bits in either reading.
func (d *Design) adopt(golden lut.Format) {
	if _, integers := golden.Kind.Ports().Integer(); d.RTL == nil || !d.RTL.Iface.KindOpen || !integers {
		return // of a float or a code the comparison says that they differ
	}
	f, err := d.Shape().Format()
	if err != nil {
		f = d.Shape().Numbers()
	}
	if f.Kind == golden.Kind || f.A != golden.A || f.B != golden.B || f.P != golden.P || f.Part != golden.Part {
		return
	}
	d.readAs(golden.Kind.Ports(), "the golden model is")
}

// readAs changes the reading and the name of a table, which has it.
func (d *Design) readAs(k cosim.Kind, why string) {
	name := d.Name == tableName(d.RTL.Design.Top, d.Shape())
	d.RTL.ReadAs(k, why)
	if name {
		d.Name = tableName(d.RTL.Design.Top, d.Shape())
	}
}
