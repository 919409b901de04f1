package proof

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// settleKind reads the integers of a design as two's complement where no port says so but a sample of products does.
// Generated netlists and most published signed multipliers declare no port as signed. An error of the
// sample is left to the sweep, which meets it with all that is known of it.
func (d *Design) settleKind(ctx context.Context) error {
	if d.RTL == nil || !d.RTL.Iface.KindOpen || d.Shape().P != d.Shape().A+d.Shape().B {
		return nil
	}
	o := d.Opener
	if n := d.Witnesses.Netlist; n != nil && !n.Clocked() {
		o = n // starts no process
	}
	r, err := lutgen.ReadBothWays(ctx, o)
	if err != nil {
		return ctx.Err()
	}
	if k, ok := r.Kind(); ok && k == cosim.Signed {
		d.readAs(k, fmt.Sprintf("the mean relative error is %.3g %% so, and %.3g %% as uint (%d products; no port is declared signed)",
			100*r.Signed, 100*r.Unsigned, r.Pairs))
	}
	return nil
}

// ReadByProducts returns the kind of integers as which a design is read because its products are right so, or because
// its golden model is of that kind; "" if its ports say how they are read.
func (d *Design) ReadByProducts() cosim.Kind {
	if d.RTL == nil || !d.RTL.Iface.KindOpen || d.Shape().Kind != cosim.Signed {
		return ""
	}
	return cosim.Signed
}

// adopt reads the integers of a design as those of its golden model, if the ports leave it open and the widths are
// the same. The comparison is one of bits in either reading.
func (d *Design) adopt(golden lut.Format) {
	if d.RTL == nil || !d.RTL.Iface.KindOpen {
		return
	}
	f := d.Shape().Numbers()
	if f.Kind == golden.Kind || f.A != golden.A || f.B != golden.B || f.P != golden.P {
		return
	}
	switch golden.Kind {
	case lut.Signed:
		d.readAs(cosim.Signed, "the golden model is")
	case lut.Unsigned:
		d.readAs(cosim.Unsigned, "the golden model is")
	}
}

// readAs changes the reading and the name of a table, which has it.
func (d *Design) readAs(k cosim.Kind, why string) {
	name := d.Name == tableName(d.RTL.Design.Top, d.Shape())
	d.RTL.ReadAs(k, why)
	if name {
		d.Name = tableName(d.RTL.Design.Top, d.Shape())
	}
}
