package witness

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/icarus"
	"github.com/approxtrain/approxtrain/internal/vhdl"
	"github.com/approxtrain/approxtrain/lutgen"
)

// simulateVHDL compares the products of a design in VHDL with those of GHDL's own simulation: every pair of a table of
// up to 2^16, above that directed and random ones. It says what came of it; "" for other designs.
func (d *Design) simulateVHDL(ctx context.Context) (string, error) {
	a, b := d.tablePairs()
	if len(a) == 0 && !d.RTL.Shape().Beyond32() {
		a, b, _ = icarus.Survey(d.RTL.Shape())
	}
	got, version, err := d.RTL.VHDLProducts(ctx, a, b)
	var not *vhdl.UnsimulatedError
	switch {
	case errors.As(err, &not):
		return "GHDL's own simulation was not asked: " + not.Why, nil
	case err != nil || got == nil:
		return "", err
	}
	i, err := d.Opener.Open(ctx)
	if err != nil {
		return "", err
	}
	defer i.Close()
	p := make([]uint32, len(a))
	if err := i.Eval(ctx, a, b, p); err != nil {
		return "", err
	}
	e := &lutgen.DisagreeError{Compared: uint64(len(p))}
	for k := range p {
		if strings.Contains(got[k], "x") {
			return "", fault.Failedf("%s: in the simulation of %s the product has bits that are neither 0 nor 1: %s; operands a = %#x, b = %#x",
				d.RTL.Design.Top, version, got[k], a[k], b[k])
		}
		v, err := strconv.ParseUint(got[k], 2, 64)
		if err != nil {
			return "", err
		}
		if v == uint64(p[k]) {
			continue
		}
		if e.Differ++; e.Differ == 1 {
			e.A, e.B = uint64(a[k]), uint64(b[k])
			e.Voices = []lutgen.Voice{{Tool: fmt.Sprint(d.Opener), Product: fmt.Sprintf("%#x", p[k])},
				{Tool: version + ", simulating the VHDL", Product: fmt.Sprintf("%#x", v)}}
		}
	}
	if e.Differ > 0 {
		return "", e
	}
	return fmt.Sprintf("GHDL's own simulation has the same %s products", humanize.Comma(int64(len(p)))), nil
}
