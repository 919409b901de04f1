package proof

import (
	"context"
	"fmt"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/witness"
	"github.com/approxtrain/approxtrain/lutgen"
)

// settleBeats finds out which parts of operands and product come first, where nobody said so, and whether products make
// sense at all of a design whose beats were inferred. The result is the design opened anew, if high parts come first.
func (o *Options) settleBeats(ctx context.Context, w *witness.Design, over cosim.Overrides) (*witness.Design, error) {
	b, inferred, ok := w.RTL.Iface.Beats()
	if !ok || b.Ordered() && !inferred {
		return w, nil
	}
	name := w.RTL.Design.Top
	if s := w.Shape(); s.P < s.A+s.B || s.Kind == cosim.Float || s.Kind == cosim.Mantissa {
		return nil, fault.Usagef("%s: operands or product come in several beats, and products of %v do not tell which "+
			"part comes first: "+
			"say it with %v %v,lsb (the low bits) or %[3]v %[4]v,msb", name, s, option.Beats, b)
	}
	shared := w.RTL.Iface.A[0].Name == w.RTL.Iface.B[0].Name
	r, err := lutgen.ReadBeats(ctx, w.Opener, b, shared)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Error > 0.5 && inferred:
		return nil, fault.Usagef("%s has one port for both operands, %s, but its products make no sense if they come one "+
			"after the other "+
			"in %d and %d beats (mean relative error %.3g %%): say how they come with %v a=N,b=N,p=N,lsb (or msb; turns), "+
			"or name parts of the port with %v and %v", name, w.RTL.Iface.A[0], b.A.Count, b.B.Count, 100*r.Error,
			option.Beats, option.A, option.B)
	case !r.Clear():
		return nil, fault.Usagef("%s: a sample of %d products does not tell which part of operands and product comes "+
			"first: the mean relative "+
			"error is %.3g %% with %v, %.3g %% in another order; say it with %v %v,lsb or %[6]v %[7]v,msb",
			name, r.Pairs, 100*r.Error, r.Beats, 100*r.Next, option.Beats, b)
	}
	over.Beats = r.Beats.String()
	if over.Beats != b.String() {
		if w, err = o.openWitnesses(ctx, over); err != nil {
			return nil, err
		}
	}
	why := fmt.Sprintf("the mean relative error is %.3g %% so (%d products)", 100*r.Error, r.Pairs)
	if !b.Ordered() {
		why = fmt.Sprintf("the mean relative error is %.3g %% so, and %.3g %% in another order (%d products)",
			100*r.Error, 100*r.Next, r.Pairs)
	}
	w.RTL.BeatsRead(why)
	return w, nil
}
