package text

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/internal/sample"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// sampled prints the outcome of a comparison of a sample.
func sampled(w io.Writer, o *proof.Outcome, most int) {
	r := o.Sample
	fmt.Fprintln(w, sampleVerdict(o))
	if r.SignedZeros {
		fmt.Fprintln(w, "  zero products have the sign that other products have, as in IEEE 754")
	}
	if r.NaNs > 0 {
		fmt.Fprintf(w, "  %s NaN products have another pattern than the golden model's, which counts as equal\n", cli.Count(r.NaNs))
	}
	wideMismatches(w, r, most)
	for p := range sample.Parts {
		n := r.Parts[p.String()]
		fmt.Fprintf(w, "  %14s  %s: %s\n", cli.Count(n.Compared), describePart(p, r), differ(n.Mismatched))
	}
	for _, line := range sampleBounds(r) {
		fmt.Fprintln(w, line)
	}
	wrongStrata(w, r, most)
	if r.Figures != nil {
		sampleFigures(w, o, r.Figures)
	}
}

// sampleVerdict is the first line: it says that this is a sample.
func sampleVerdict(o *proof.Outcome) string {
	r := o.Sample
	verdict := "PASS"
	if !o.Passed {
		verdict = "FAIL"
	}
	return fmt.Sprintf("%s  a sample of %s pairs (N = %s, seed %d) of the 2^%d compared with %s: %s", verdict, cli.Count(r.Compared),
		cli.Count(r.N), r.Seed, portBits(r), o.Golden, differ(r.Mismatched))
}

// portBits returns the bits of both operands at the ports.
func portBits(r *lutgen.SampleResult) int {
	f := r.Format
	if f.Kind == lut.Mantissa {
		return 2 * (f.FloatExtra() + f.A)
	}
	return f.A + f.B
}

func differ(n uint64) string { return cli.Count(n) + " differ" }

func describePart(p sample.Part, r *lutgen.SampleResult) string {
	by := "leading one"
	if r.Format.Kind == lut.Mantissa {
		by = "class"
	}
	switch p {
	case sample.Directed:
		return "directed: the same for each seed"
	case sample.Stratified:
		return fmt.Sprintf("drawn from %s strata, by the %s of both operands, %s of them whole", cli.Count(r.Strata.Count), by,
			cli.Count(r.Strata.Whole))
	}
	return "drawn uniformly from all pairs"
}

// sampleBounds says what follows from the sample, and what does not.
func sampleBounds(r *lutgen.SampleResult) []string {
	uniform := r.Parts[sample.Uniform.String()]
	out := []string{"this is a sample, not a proof: a pair that is not in it may be wrong"}
	percent := humanize.Ftoa(100 * r.Bound.Confidence)
	if uniform.Mismatched > 0 {
		return append(out, fmt.Sprintf("of all pairs at most %.3g %% are wrong, at %s %% confidence: %s of the %s uniform pairs are",
			100*r.Bound.Rate, percent, cli.Count(uniform.Mismatched), cli.Count(uniform.Compared)))
	}
	out = append(out, fmt.Sprintf("of all pairs at most 1 in %s is wrong, at %s %% confidence: none of the %s uniform pairs is",
		shortCount(r.Bound.OneIn), percent, cli.Count(uniform.Compared)))
	if b := r.Strata.Bound; b != nil && r.Mismatched == 0 {
		out = append(out, fmt.Sprintf("of the pairs of any one stratum at most 1 in %s, at %s %% confidence for that stratum alone: "+
			"it has %s random pairs or more, or is whole", shortCount(b.OneIn), percent, cli.Count(r.Strata.Least)))
	}
	return out
}

// shortCount is a large number in three digits, rounded down.
func shortCount(n uint64) string {
	for _, unit := range []struct {
		size uint64
		name string
	}{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}} {
		if n < unit.size {
			continue
		}
		digits := 2
		for m := n / unit.size; m >= 10 && digits > 0; m /= 10 {
			digits--
		}
		scale := math.Pow10(digits)
		return fmt.Sprintf("%.*f%s", digits, math.Floor(float64(n)/float64(unit.size)*scale)/scale, unit.name)
	}
	return cli.Count(n)
}

// wideMismatches lists operands, expected and got in hex and decimal.
func wideMismatches(w io.Writer, r *lutgen.SampleResult, most int) {
	list := r.First[:min(most, len(r.First))]
	if len(list) == 0 {
		return
	}
	f := r.Format
	number := func(v cosim.Word, bits int, signed bool) string {
		if f.Kind != lut.Mantissa {
			return v.Decimal(map[bool]lut.Kind{true: lut.Signed}[signed], bits)
		}
		return fmt.Sprintf("%.9g", lutgen.FloatNumber(f, bits, v.Lo))
	}
	a, b, p := f.A, f.B, f.P
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ta\tb\texpected\tgot\t  a\tb\texpected\tgot\t  drawn\t")
	for _, m := range list {
		fmt.Fprintf(t, "\t%v\t%v\t%v\t%v\t  %s\t%s\t%s\t%s\t  %v\t\n", m.A, m.B, m.Want, m.Got,
			number(m.A, a, f.Kind.SignedA()), number(m.B, b, f.Kind.SignedB()), number(m.Want, p, f.Kind.SignedProduct()),
			number(m.Got, p, f.Kind.SignedProduct()), m.Part)
	}
	t.Flush()
	if rest := r.Mismatched - uint64(len(list)); rest > 0 {
		fmt.Fprintf(w, "  and %s more\n", cli.Count(rest))
	}
}

// wrongStrata lists the strata with mismatches.
func wrongStrata(w io.Writer, r *lutgen.SampleResult, most int) {
	list := r.Strata.Wrong
	if len(list) == 0 || most == 0 {
		return
	}
	fmt.Fprintf(w, "mismatches in %s of %s strata:\n", cli.Count(len(list)), cli.Count(r.Strata.Count))
	for _, s := range list[:min(most, len(list))] {
		fmt.Fprintf(w, "  a: %s, b: %s: %s of %s\n", s.A, s.B, cli.Count(s.Mismatched), cli.Count(s.Compared))
	}
	if rest := len(list) - most; rest > 0 {
		fmt.Fprintf(w, "  and in %s more\n", cli.Count(rest))
	}
}

// sampleFigures prints error figures.
func sampleFigures(w io.Writer, o *proof.Outcome, f *lutgen.SampleFigures) {
	pct := func(x float64) string { return fmt.Sprintf("%.4g %%", 100*x) }
	between := func(x [2]float64) string { return fmt.Sprintf("  (95 %%: %s to %s)", pct(x[0]), pct(x[1])) }
	fmt.Fprintf(w, "error figures against exact products, estimated from the %s uniform pairs; the largest errors are those of all pairs tried:\n",
		cli.Count(f.Pairs))
	mred := pct(f.MRED)
	if f.MRED > 0 { // the interval of a mean says nothing where no error was seen
		mred += between(f.MREDIn)
	}
	rows := [][2]string{
		{"mean relative error distance (MRED)", mred},
		{"bias of the relative error", pct(f.Bias)},
		{"largest relative error seen", pct(f.WCRE)},
	}
	if f.EP != nil {
		at := ""
		if f.WCEAt != nil {
			at = fmt.Sprintf("  at a = %s, b = %s", f.WCEAt[0], f.WCEAt[1])
		}
		rows = append(rows, [][2]string{
			{"pairs in error (EP)", pct(*f.EP) + between(*f.EPIn)},
			{"mean error distance (MAE), NMED", fmt.Sprintf("%.6g, %.4g", f.MAE, f.NMED)},
			{"mean squared error (MSE)", fmt.Sprintf("%.6g", f.MSE)},
			{"largest error distance seen", f.WCE + at},
		}...)
	} else {
		rows = append(rows, [2]string{"pairs with a normal exact product", cli.Count(f.RelPairs)})
	}
	if f.WrongZero > 0 {
		rows = append(rows, [2]string{"wrong zero products, not in MRED", cli.Count(f.WrongZero)})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(t, "  %s\t%s\n", row[0], row[1])
	}
	t.Flush()
}

// sampleText is the outcome in lines, for JUnit.
func sampleText(o *proof.Outcome, most int) string {
	var b strings.Builder
	sampled(&b, o, most)
	return strings.TrimSuffix(b.String(), "\n")
}
