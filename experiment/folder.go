package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
	"approxtrain/nn"
	"approxtrain/report"
)

// folder is the folder of a run:
//
//	config.json    what was trained, with the digest of every table and what
//	               images are normalised by; Load reads it
//	metrics.jsonl  one line an epoch and multiplier
//	curves.svg     loss and accuracy over the epochs
type folder struct {
	path string
	err  error // of writing metrics
}

// newFolder makes the folder and writes config.json. A name that the user gave must
// be free; otherwise the first free number is taken.
func (e *Experiment) newFolder() (*folder, error) {
	c := e.Config
	f := &folder{}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, fault.Usagef("making the folder of runs: %w", err)
	}
	for n := 1; ; n++ {
		name := c.Name
		if name == "" {
			name = fmt.Sprintf("%s_%s_%d", c.Model, filepath.Base(c.Data), n)
		}
		f.path = filepath.Join(c.Out, name)
		err := os.Mkdir(f.path, 0o755)
		if err == nil {
			break
		}
		if c.Name != "" || !errors.Is(err, fs.ErrExist) {
			return nil, fault.Usagef("making the run's folder: %w; give another --name", err)
		}
	}
	out := struct {
		Model any `json:"model"` // instead of Config's
		*Config
		Mean      []float32         `json:"mean,omitempty"` // of each channel
		Deviation []float32         `json:"deviation,omitempty"`
		Tables    map[string]string `json:"tables_sha256"`
	}{c.Model, c, nil, nil, e.digests}
	if c.layout != nil {
		out.Model = c.layout
	}
	if e.Normal != nil {
		out.Mean, out.Deviation = e.Normal.Mean, e.Normal.Deviation
	}
	return f, atomicfile.Write(filepath.Join(f.path, "config.json"), func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "  ")
		return j.Encode(out)
	})
}

// metrics appends a line to metrics.jsonl.
func (f *folder) metrics(multiplier string, e nn.Epoch) {
	line, err := json.Marshal(struct {
		Multiplier string `json:"multiplier"`
		nn.Epoch
	}{multiplier, e})
	if err == nil {
		var file *os.File
		if file, err = os.OpenFile(filepath.Join(f.path, "metrics.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			_, err = file.Write(append(line, '\n'))
			err = errors.Join(err, file.Close())
		}
	}
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("writing metrics.jsonl: %w", err)
	}
}

// curves draws curves.svg of what is finished.
func (f *folder) curves(results []Trained) error {
	if f.err != nil {
		return f.err
	}
	var curves []report.Curve
	for _, t := range results {
		c := report.Curve{Name: t.Multiplier}
		for _, e := range t.Epochs {
			c.Loss, c.Accuracy = append(c.Loss, e.TrainLoss), append(c.Accuracy, e.TestAccuracy)
		}
		curves = append(curves, c)
	}
	return report.LearningCurves(filepath.Join(f.path, "curves.svg"), curves)
}
