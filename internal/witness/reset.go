package witness

import (
	"context"
	"slices"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/netlist"
	"github.com/approxtrain/approxtrain/internal/option"
)

// resetLevel refuses a design whose reset, with a level that its name decided, may be active all the time: a reset that
// holds a part of the product, so that the design multiplies with the reset at either level, but not the same. Which of
// the two is the multiplier is not to be guessed.
//
// It asks the netlist about designs of a fixed latency. A design that is held as a whole is stuck, see [Open].
func (d *Design) resetLevel(ctx context.Context) error {
	r := d.RTL
	other := r.OtherReset()
	if d.Netlist == nil || other == nil || r.Iface.Handshake() {
		return nil
	}
	held, err := netlist.Open(ctx, other)
	if err != nil {
		return ctx.Err() // it is no multiplier that way
	}
	products := func(c *netlist.Circuit) ([]cosim.Word, error) {
		before := c.Timing()
		defer c.SetTiming(before)
		c.SetTiming(cosim.Timing{Latency: r.Timing.Latency, Hold: true})
		i, err := c.Open(ctx)
		if err != nil {
			return nil, err
		}
		defer i.Close()
		a, b := cosim.ProbeOperands(r.Shape())
		p := make([]cosim.Word, len(a))
		return p, cosim.EvalWords(ctx, i, a, b, p)
	}
	as, err := products(d.Netlist)
	if err != nil {
		return err
	}
	against, err := products(held)
	if err != nil {
		return ctx.Err()
	}
	if slices.Equal(as, against) || !slices.ContainsFunc(against, func(p cosim.Word) bool { return p != against[0] }) {
		return nil
	}
	f := r.Iface
	return fault.Usagef("%s: the product changes with the operands whether reset %s rests high or low, and is not the same: "+
		"name the reset with its level, %v %[2]s (active high) or %[3]v '!%[2]s' (active low)", r.Design.Top, f.Reset, option.Reset)
}
