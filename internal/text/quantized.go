package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/posttraining"
)

// Quantized prints what quantization did to each layer.
func Quantized(out io.Writer, q *posttraining.Quantized) error {
	s := q.Scheme
	fmt.Fprintf(out, "%s of %s in integers, with %s (%s), sums in %d bits (%s)\n", q.Network.Model, q.Source, s.Multiplier, s.Format,
		s.Sums.Bits, s.Sums.Overflow)
	fmt.Fprintf(out, "ranges of activations: %s, %s training images; of weights: largest magnitude\n\n", s.Observer, cli.Count(s.Images))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "layer\toperand\tnumbers seen\trange of the codes\tclipped\tsignal to noise\toverflowed sums")
	for _, l := range q.Layers {
		snr, over := "–", fmt.Sprint(l.Over)
		if l.SNR != nil {
			snr = fmt.Sprintf("%.1f dB", *l.SNR)
		}
		if l.Over > 0 {
			over = fmt.Sprintf("%s of %s", cli.Count(l.Over), cli.Count(l.Sums))
		}
		if l.Exact {
			fmt.Fprintf(w, "%s\tin fp32\t\t\t\t%s\t\n", l.Name, snr)
			continue
		}
		name := l.Name
		for _, o := range l.Operands {
			fmt.Fprintf(w, "%s\t%s\t%.4g to %.4g\t%.4g to %.4g\t%.3g %%\t%s\t%s\n", name, o.Name, o.Least, o.Greatest, o.From, o.To, 100*o.Clipped,
				snr, over)
			name, snr, over = "", "", ""
		}
	}
	return w.Flush()
}
