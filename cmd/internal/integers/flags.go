// Package integers has the flags of training with tables of integers.
package integers

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/cmd/internal/command"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/gradient"
)

// Flags defines the flags that set how layers with tables of integers compute, and how they are trained. Their names are
// those of the keys of a file.
func Flags(f *pflag.FlagSet, c *experiment.Config) {
	i, r := &c.Integers, &experiment.Ranges
	f.StringVar(&i.Quantize, "quantize", i.Quantize, "what a table of integers makes of a layer: `"+experiment.QAT+"|"+experiment.Dynamic+
		"`, codes in integers (default), or a scale for each batch and sums in binary32")
	f.StringVar(&i.Gradient, "gradient", i.Gradient, "derivative of a product of codes: `"+gradient.Usage(gradient.Kinds...)+"` (default: ste)")
	command.NumberVar(f, &i.Half, "half", "", r.Half, "codes at either side that --gradient difference averages (default: 4, or more where steps are wider)")
	f.StringVar(&i.Scales, "scales", i.Scales, "how scales are found: `"+strings.Join(experiment.ScaleKinds, "|")+
		"`, the range of numbers seen (default), or learned")
	command.NumberVar(f, &i.ScaleRate, "scale-rate", "", r.ScaleRate, "share of a batch in the moving average of a range (default: 0.01)")
	command.NumberVar(f, &i.Freeze, "freeze-after", "", r.Freeze, "leave scales as they are after `N` steps (default: never)")
	command.NumberVar(f, &i.Accumulator, "accumulator", "", r.Accumulator, "`bits` of the accumulator (default: 32)")
	f.StringVar(&i.Overflow, "overflow", i.Overflow, "what it does with a sum that it cannot hold: `wrap|saturate|error` (default: wrap)")
	f.BoolVar(&i.Magnitude, "sign-magnitude", i.Magnitude, "unsigned operands see magnitudes, and the sign goes round the table")
	f.BoolVar(&i.Symmetric, "symmetric", i.Symmetric, "put the code of 0 in the middle of an unsigned operand's codes")
	f.BoolVar(&i.Restricted, "restricted", i.Restricted, "leave out the least code of symmetric ranges: -127 to 127")
	f.BoolVar(&i.PerTensor, "per-tensor", i.PerTensor, "one scale for the weights of a layer (default: one for each output channel)")
	f.StringSliceVar(&i.Exact, "exact", i.Exact, "`layers` with tables of integers that stay in binary32: conv1,'stage*.conv1'")
}
