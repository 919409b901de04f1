package text

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/data"
	"github.com/approxtrain/approxtrain/internal/experiment"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// Experiment describes the experiment in a line, and adds notes in others.
func Experiment(out io.Writer, e *experiment.Experiment) {
	c, set := e.Config, e.Set
	fmt.Fprintf(out, "%s on %s (%s training images, %s test images, %d classes), %s, batch %d, %s %g, seed %d, %s\n",
		c.Model, set.Name, cli.Count(set.Train.Len()), cli.Count(set.Test.Len()), len(set.Classes),
		english.Plural(c.Epochs, "epoch", ""), c.Batch, c.Optimizer, c.Rate, c.Seed, e.Device.Name())
	if what := preparation(e.Preparation, e.Normal); what != "" {
		fmt.Fprintln(out, what)
	}
	tried := "; tried in a sandbox: " + sandbox.Summary(false)
	if c.Dry() {
		tried = "; neither compiled nor tried now"
	}
	for _, m := range e.Models() {
		fmt.Fprintf(out, "%s has no table: simulated directly by a function in C, slower%s\n", m, tried)
	}
	for i, m := range e.Multipliers {
		if !c.Multipliers[i].Is(m.Name) {
			parts := append(m.Rules, fmt.Sprintf("others %v", m.Others))
			fmt.Fprintf(out, "%s: %s\n", m.Name, strings.Join(parts, "; "))
		}
	}
}

// Trained prints one line a multiplier, with the difference to fp32 where
// that was trained too.
func Trained(out io.Writer, results []experiment.Trained) error {
	base, hasBase := 0.0, false
	for _, r := range results {
		if r.Multiplier == experiment.Native && r.Diverged == nil {
			base, hasBase = r.Accuracy(), true
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "multiplier\ttest accuracy\tto fp32\ttraining time\timages/s\t")
	for _, r := range results {
		if r.Diverged != nil {
			fmt.Fprintf(w, "%s\tdiverged at step %d\t–\t–\t–\t\n", r.Multiplier, r.Diverged.Step)
			continue
		}
		images, took := 0, time.Duration(0)
		for _, e := range r.Epochs {
			images += e.Images
			took += e.TrainTime
		}
		diff := "–"
		if hasBase && r.Multiplier != experiment.Native {
			diff = fmt.Sprintf("%+.2f points", 100*(r.Accuracy()-base))
		}
		fmt.Fprintf(w, "%s\t%.2f %%\t%s\t%.1f s\t%.0f\t\n", r.Multiplier,
			100*r.Accuracy(), diff, took.Seconds(), float64(images)/took.Seconds())
	}
	return w.Flush()
}

// preparation describes how images are changed, "" for not at all; normal is their
// normalisation, nil if there is none.
func preparation(p data.Preparation, normal *data.Normalize) string {
	var changes, parts []string
	if p.Crop > 0 {
		changes = append(changes, fmt.Sprintf("cropped (margin %d)", p.Crop))
	}
	if p.Flip {
		changes = append(changes, "mirrored")
	}
	if len(changes) > 0 {
		parts = append(parts, "training images are "+strings.Join(changes, " and ")+" at random")
	}
	if normal != nil {
		parts = append(parts, fmt.Sprintf("all images are normalised: mean %s, deviation %s",
			decimals(normal.Mean), decimals(normal.Deviation)))
	}
	return strings.Join(parts, "; ")
}

// decimals prints numbers with four places.
func decimals(values []float32) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%.4f", v))
	}
	return strings.Join(parts, " ")
}

// NativeAbsent is the remark on results without fp32.
const NativeAbsent = "no difference to fp32 is shown: it is not among the multipliers; " +
	"add fp32 to compare with exact products"
