package text

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Comparison says how many products were compared and how they differ.
func Comparison(w io.Writer, what string, f lut.Format, c *lutgen.Comparison, most int) {
	defer func() {
		if c.SignedZeros {
			fmt.Fprintln(w, "  zero products have the sign that other products have, as in IEEE 754; a table's are +0")
		}
		if c.NaNs > 0 {
			fmt.Fprintf(w, "  %s NaN products have another pattern than the golden model's, which counts as equal\n", cli.Count(c.NaNs))
		}
	}()
	if c.Equal() {
		fmt.Fprintf(w, "PASS  %s products compared with %s: 0 differ\n", cli.Count(c.Compared), what)
		return
	}
	fmt.Fprintf(w, "FAIL  %s products compared with %s: %s differ (%.3g %%)\n", cli.Count(c.Compared), what,
		cli.Count(c.Mismatched), 100*float64(c.Mismatched)/float64(max(1, c.Compared)))
	mismatches(w, f, c.First, most)
	if rest := c.Mismatched - uint64(min(most, len(c.First))); rest > 0 && most > 0 {
		fmt.Fprintf(w, "  and %s more\n", cli.Count(rest))
	}
	for _, k := range slices.Sorted(maps.Keys(c.Classes)) {
		fmt.Fprintf(w, "  %12s  %s\n", cli.Count(c.Classes[k]), k)
	}
	spread(w, "got − expected", c.Spread)
	if c.Exchanged > 0 {
		fmt.Fprintf(w, "  with the golden model's operands exchanged, all %s products that were compared again are equal:\n"+
			"  if the model takes (b, a), exchange the design's operands with %v and %v\n", cli.Count(c.Exchanged), option.A, option.B)
	}
}

// mismatches lists operands, expected and got in hex and decimal.
func mismatches(w io.Writer, f lut.Format, list []lutgen.Mismatch, most int) {
	list = list[:min(most, len(list))]
	if len(list) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ta\tb\texpected\tgot\t  a\tb\texpected\tgot\t")
	for _, m := range list {
		if c := f.Codes; f.Kind == lut.Coded {
			fmt.Fprintf(t, "\t%#x\t%#x\t%#x\t%#x\t  %.6g\t%.6g\t%.6g\t%.6g\t\n", m.A, m.B, m.Want, m.Got,
				c.A.Value(m.A), c.B.Value(m.B), c.P.Value(m.Want), c.P.Value(m.Got))
			continue
		}
		fmt.Fprintf(t, "\t%#x\t%#x\t%#x\t%#x\t  %d\t%d\t%d\t%d\t\n", m.A, m.B, m.Want, m.Got,
			f.NumberA(m.A), f.NumberB(m.B), f.NumberP(m.Want), f.NumberP(m.Got))
	}
	t.Flush()
}

// spread draws the distribution of the error, got − expected.
func spread(w io.Writer, what string, s lutgen.Spread) {
	if len(s) == 0 {
		return
	}
	fmt.Fprintf(w, "  %s, in units of the last place:\n", what)
	largest := slices.Max(slices.Collect(maps.Values(s)))
	const width = 40
	for _, k := range s.Bins() {
		bar := strings.Repeat("█", int(math.Ceil(width*float64(s[k])/float64(largest))))
		fmt.Fprintf(w, "  %22s  %12s  %s\n", s.Label(k), cli.Count(s[k]), bar)
	}
}

// errorSpread draws the distribution of the errors of integers, which are in units of the whole product's last place.
func errorSpread(w io.Writer, f lut.Format, s lutgen.Spread) {
	what := "product"
	if n := f.Part.LSB; n > 0 {
		what = fmt.Sprintf("product · 2^%d", n)
	}
	spread(w, what+" − exact product", s)
}

// Metrics prints the error figures of a multiplier.
func Metrics(w io.Writer, f lut.Format, m lut.Metrics) {
	pct := func(x float64) string { return fmt.Sprintf("%.4g %%", 100*x) }
	pattern := func(v uint32, signed bool, number func(uint32) int64) string {
		if signed {
			return fmt.Sprintf("%#x (%d)", v, number(v))
		}
		return fmt.Sprintf("%#x", v)
	}
	a := func(v uint32) string { return pattern(v, f.Kind.SignedA(), f.NumberA) }
	b := func(v uint32) string { return pattern(v, f.Kind.SignedB(), f.NumberB) }
	p := func(v uint32) string { return pattern(v, f.Kind.SignedProduct(), f.NumberP) }
	if f.Kind == lut.Coded {
		number := func(c lut.Coding) func(uint32) string {
			return func(v uint32) string { return fmt.Sprintf("%#x (%.6g)", v, c.Value(v)) }
		}
		a, b, p = number(f.Codes.A), number(f.Codes.B), number(f.Codes.P)
	}
	at := func(e lut.RelError) string {
		if e.Value == 0 {
			return "none"
		}
		return fmt.Sprintf("%+.4g %%  at a = %s, b = %s", 100*e.Value, a(e.A), b(e.B))
	}
	commutes := "yes"
	if e := m.CounterExample; e != nil {
		commutes = fmt.Sprintf("no: a = %s, b = %s gives %s, exchanged %s", a(e.A), b(e.B), p(e.AB), p(e.BA))
	} else if f.Kind.Mixed() {
		commutes = "no: one operand is signed, the other is not"
	} else if !m.Commutes {
		commutes = "no: the operands differ in width"
		if f.Kind == lut.Coded {
			commutes = "no: the operands differ in their codings"
		}
	}
	worst := ""
	if w := m.Worst; w != nil {
		worst = fmt.Sprintf("  at a = %s, b = %s", a(w.A), b(w.B))
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows := [][2]string{
		{"mean relative error distance (MRED)", pct(m.MRED)},
		{"worst relative error (WCRE)", pct(m.WCRE)},
		{"  largest above the product", at(m.MaxPositive)},
		{"  largest below the product", at(m.MaxNegative)},
		{"bias, variance of the relative error", fmt.Sprintf("%s, %.4g", bias(m), m.Variance)},
		{"pairs in error (EP)", fmt.Sprintf("%s  (%s of %s)", pct(m.EP), cli.Count(m.Wrong), cli.Count(m.Pairs))},
		{"mean error distance (MAE), of the range", fmt.Sprintf("%.6g, %.4g %%", m.MAE, m.MAEPercent)},
		{"worst error distance (WCE), of the range", fmt.Sprintf("%.6g, %.4g %%%s", m.WCE, m.WCEPercent, worst)},
		{"MSE, NMED", fmt.Sprintf("%.6g, %.4g", m.MSE, m.NMED)},
		{"commutes", commutes},
	}
	if zeros := m.Pairs - m.RelPairs; f.Kind == lut.Coded { // pairs without a relative error may be no numbers
		rows = slices.Insert(rows, 6, [2]string{"wrong zero products, not in MRED or WCRE", cli.Count(m.WrongZero)},
			[2]string{"wrong, but in no other figure: not finite", cli.Count(m.WrongSpecial)})
	} else if zeros > 0 {
		wrong := [2]string{"wrong zero products, not in MRED or WCRE", fmt.Sprintf("%s of %s", cli.Count(m.WrongZero), cli.Count(zeros))}
		rows = slices.Insert(rows, 6, wrong)
	}
	if what := f.PartText(); what != "" {
		rows = slices.Insert(rows, 0, [2]string{"the exact product is", what})
	}
	for _, row := range rows {
		fmt.Fprintf(tw, "  %s\t%s\n", row[0], row[1])
	}
	tw.Flush()
}

// bias is the mean signed relative error, with its sign unless it is 0.
func bias(m lut.Metrics) string {
	if m.Bias == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%+.4g %%", 100*m.Bias)
}

// histories says what was sampled beside the sweeps.
func histories(w io.Writer, v lutgen.Visits) {
	if v.Sampled == 0 {
		return
	}
	var kinds []string
	for _, h := range v.Histories {
		kinds = append(kinds, h.Kind)
	}
	fmt.Fprintf(w, "sampled %s histories (%s): the same products\n", cli.Count(v.Sampled), strings.Join(kinds, ", "))
}
