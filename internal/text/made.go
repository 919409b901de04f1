package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/proof"
	"github.com/approxtrain/approxtrain/lut"
	"github.com/approxtrain/approxtrain/lutgen"
)

// Made prints what is known of a new table. hint says how to name a golden model.
func Made(w io.Writer, r *proof.Made, hint string) {
	t := r.Table
	fmt.Fprintf(w, "swept %s pairs %d times, in different orders and with different values of undefined bits: "+
		"the same products\n",
		cli.Count(t.Format.Pairs()), r.Visits.Sweeps)
	histories(w, r.Visits)
	if r.Agreement != "" {
		fmt.Fprintln(w, r.Agreement)
	}
	if r.Builds != nil {
		fmt.Fprintf(w, "and twice in each of %s: the same products, no undefined behaviour found\n",
			strings.Join(r.Builds, ", "))
	}
	switch {
	case r.Proof == nil:
		fmt.Fprintln(w, "equal to no golden table; "+hint)
	default:
		if r.Note != "" {
			fmt.Fprintln(w, "note: "+r.Note)
		}
		Comparison(w, r.What, t.Format, r.Proof, 10)
	}
	Metrics(w, t.Format, r.Metrics)
	if r.Path != "" {
		fmt.Fprintf(w, "wrote %s: %s entries of %d bits, sha256 %.16s…\n",
			r.Path, cli.Count(t.Format.Pairs()), t.Format.EntryBits(), r.Digest)
	} else {
		fmt.Fprintln(w, "no table written")
	}
}

// Table prints what a table says of itself, and its error figures.
func Table(w io.Writer, t *lut.Table, m lut.Metrics) {
	fmt.Fprintf(w, "%s: format %v, %s × %s entries of %d bits", t.Name, t.Format,
		cli.Count(t.Format.Rows()), cli.Count(t.Format.Cols()), t.Format.EntryBits())
	if t.Format.Kind == lut.Mantissa {
		fmt.Fprintf(w, ", operands rounded by %v", t.Rounding)
	}
	fmt.Fprintln(w)
	if c := t.Format.Codes; t.Format.Kind == lut.Coded {
		fmt.Fprintf(w, "codes of operand a: %s, of operand b: %s, of the product: %s\n", c.A.Name(), c.B.Name(), c.P.Name())
	}
	fmt.Fprintf(w, "sha256 %s\n", t.Digest())
	for _, s := range t.Sources {
		fmt.Fprintf(w, "source %s, sha256 %.16s…\n", s.Path, s.SHA256)
	}
	if len(t.Options) > 0 {
		fmt.Fprintf(w, "read with %s\n", strings.Join(t.Options, "; "))
	}
	if len(t.Tools) > 0 {
		fmt.Fprintf(w, "made with %s\n", strings.Join(t.Tools, "; "))
	}
	if len(t.Witnesses) > 0 {
		fmt.Fprintln(w, lutgen.AgreementOf(t.Witnesses))
	}
	if t.Function != "" {
		fmt.Fprintf(w, "a function of the operands: %s\n", t.Function)
	}
	Metrics(w, t.Format, m)
}
