package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/proof"
)

// limited prints the error figures of a design next to their limits.
func limited(w io.Writer, l *proof.Limited) {
	if l.Within() {
		fmt.Fprintf(w, "PASS  the error figures of %s products are within their limits: %s\n",
			cli.Count(l.Compared), judged(l.Figures))
	} else {
		fmt.Fprintf(w, "FAIL  of the error figures of %s products %d of %d exceed their limits: %s\n",
			cli.Count(l.Compared), len(l.Beyond()), len(l.Figures), judged(l.Beyond()))
	}
	fmt.Fprintln(w, "the figures compare the design with exact products; no golden model says what each product should be")
	if l.Unchecked != "" {
		fmt.Fprintf(w, "%s were not compared\n", l.Unchecked)
	}
	Metrics(w, l.Format, l.Metrics)
	errorSpread(w, l.Format, l.Errors)
}

// judged lists figures with their limits.
func judged(all []proof.Judged) string {
	var parts []string
	for _, j := range all {
		parts = append(parts, j.String())
	}
	return strings.Join(parts, ", ")
}
