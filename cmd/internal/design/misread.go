package design

import (
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/lut"
)

// HintMisread says which flag reads a table's operands and products otherwise, if the products are absurd as they are
// read and nearly right in the other reading.
func HintMisread(t *lut.Table, m lut.Metrics) {
	if figures, ok := lut.MisreadMantissa(t, m); ok {
		cli.Logf("the mean relative error is %.4g %%, but %.4g %% if operands are fractions of %d bits, and the product carry and fraction: "+
			"if the design means that, give --mant %[3]d, with --kind mant for RTL, and no --width", 100*m.MRED, 100*figures.MRED, t.Format.A)
		return
	}
	kind, figures, ok := lut.Misread(t, m)
	if !ok {
		return
	}
	cli.Logf("the mean relative error is %.4g %%, but %.4g %% if operands and product are read as %s: if the design means that, give --kind %s",
		100*m.MRED, 100*figures.MRED, KindText(kind), kind.Ports())
}
