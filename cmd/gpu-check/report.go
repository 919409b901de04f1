package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/bench"
)

// report holds all findings; it is written as JSON.
type report struct {
	Device        string             `json:"device"`
	CPU           string             `json:"cpu"`
	Cores         int                `json:"cores"`
	Date          string             `json:"date"`
	BatteryPassed int                `json:"battery_passed"` // groups of tests
	Curves        []curveResult      `json:"curves"`
	Goals         []goal             `json:"goals"`
	Epochs        []epochResult      `json:"epochs"`
	Stages        []stage            `json:"stages"`
	Figures       []bench.Figure     `json:"figures"`
	Layers        *bench.ModelResult `json:"layers,omitempty"`
}

type curveResult struct {
	Model        string `json:"model"`
	Data         string `json:"data"`
	Multiplier   string `json:"multiplier"`
	Batch        int    `json:"batch"`
	Losses       int    `json:"losses"` // compared, one a step
	LossesEqual  bool   `json:"losses_equal"`
	WeightsEqual bool   `json:"weights_equal"`
}

type epochResult struct {
	Model    string  `json:"model"`
	Data     string  `json:"data"`
	Batch    int     `json:"batch"`
	Images   int     `json:"images"`
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"images_s"`
	Loss     float64 `json:"train_loss"`
	Accuracy float64 `json:"test_accuracy"`
}

type stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// goal is a promised figure and the measured one.
type goal struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target float64 `json:"target"` // at least
	Met    bool    `json:"met"`
}

// goals compares figures with what they promise.
func goals(figures []bench.Figure) (all []goal) {
	for _, f := range figures {
		if f.Target > 0 {
			all = append(all, goal{f.Name, f.Value, f.Unit, f.Target, f.Met()})
		}
		for _, a := range f.Against {
			if a.Target > 0 {
				all = append(all, goal{f.Name + " over " + a.Name, a.Ratio, "×", a.Target, a.Met()})
			}
		}
	}
	return all
}

// print ends the text with the figures and the goals.
func (r *report) print(out io.Writer) {
	r.Goals = goals(r.Figures)
	fmt.Fprintf(out, "\n%s; %s, %d cores; %s\n\n", r.Device, r.CPU, r.Cores, r.Date)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "figure\tvalue\t\tof\t")
	for _, f := range r.Figures {
		fmt.Fprintf(t, "%s\t%.5g\t%s\t\t\n", f.Name, f.Value, f.Unit)
		for _, a := range f.Against {
			fmt.Fprintf(t, "\t%.4g\t×\t%s (%.4g)\t\n", a.Ratio, a.Name, a.Value)
		}
		for _, p := range f.Parts {
			fmt.Fprintf(t, "\t%.5g\t%s\t%s\t\n", p.Value, f.Unit, p.Name)
		}
	}
	fmt.Fprintln(t, "\t\t\t\t\ngoal\tvalue\tat least\t\t")
	for _, g := range r.Goals {
		verdict := "missed"
		if g.Met {
			verdict = "met"
		}
		fmt.Fprintf(t, "%s\t%.4g %s\t%.4g\t%s\t\n", g.Name, g.Value, g.Unit, g.Target, verdict)
	}
	t.Flush()
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// write writes the text and the JSON file.
func (r *report) write(folder string, text []byte) error {
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(r.Device), "-"), "-")
	base := filepath.Join(folder, "gpu-check-"+name)
	if err := atomicfile.WriteBytes(base+".txt", text); err != nil {
		return err
	}
	return atomicfile.Write(base+".json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	})
}
