package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"approxtrain/checkpoint"
	"approxtrain/data"
	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
	"approxtrain/nn"
	"approxtrain/report"
)

// runFolder is the folder of a training run:
//
//	config.json    what was trained, with the digests of tables and models and what
//	               images are normalised by
//	metrics.jsonl  one line an epoch and multiplier
//	curves.svg     loss and accuracy over the epochs
//
// and for each multiplier NAME.safetensors, the trained weights, and NAME.checkpoint,
// what --resume goes on from.
type runFolder struct {
	path   string
	shown  any               // config.json, with its fields in their order
	config checkpoint.Config // the same
	lock   *os.File
	err    error // of writing metrics
}

// newRunFolder makes the folder and writes config.json. A name that the user
// gave must be free; otherwise the first free number is taken. normal is nil where
// images are not normalised.
func newRunFolder(t *trainFlags, mults []named, normal *data.Normalize) (*runFolder, error) {
	r := &runFolder{}
	if err := os.MkdirAll(t.out, 0o755); err != nil {
		return nil, fault.Usagef("making the folder of runs: %w", err)
	}
	for n := 1; ; n++ {
		name := t.name
		if name == "" {
			name = fmt.Sprintf("%s_%s_%d", t.Model, filepath.Base(t.Data), n)
		}
		r.path = filepath.Join(t.out, name)
		err := os.Mkdir(r.path, 0o755)
		if err == nil {
			break
		}
		if t.name != "" || !errors.Is(err, fs.ErrExist) {
			return nil, fault.Usagef("making the run's folder: %w; give another --name", err)
		}
	}
	if err := r.setConfig(t, mults, normal); err != nil {
		return nil, err
	}
	if err := r.acquire(); err != nil {
		return nil, err
	}
	return r, atomicfile.Write(filepath.Join(r.path, "config.json"), func(w io.Writer) error { return writeJSON(w, r.shown) })
}

// setConfig makes the content of config.json.
func (r *runFolder) setConfig(t *trainFlags, mults []named, normal *data.Normalize) (err error) {
	digests, models := map[string]string{}, map[string]string{}
	note := func(m named) {
		switch {
		case m.model:
			models[m.name] = m.digest
		case m.digest != "":
			digests[m.name] = m.digest
		}
	}
	for _, m := range mults {
		note(m)
		if m.backward != nil {
			note(*m.backward)
		}
	}
	var mean, deviation []float32
	if normal != nil {
		mean, deviation = normal.Mean, normal.Deviation
	}
	r.shown = struct {
		*trainFlags
		Mean      []float32         `json:"mean,omitempty"` // of each channel
		Deviation []float32         `json:"deviation,omitempty"`
		Tables    map[string]string `json:"tables_sha256"`
		Models    map[string]string `json:"models_sha256,omitempty"`
	}{t, mean, deviation, digests, models}
	r.config, err = checkpoint.NewConfig(r.shown)
	return err
}

// metricsLine is a line of metrics.jsonl.
func metricsLine(multiplier string, e nn.Epoch) ([]byte, error) {
	line, err := json.Marshal(struct {
		Multiplier string `json:"multiplier"`
		nn.Epoch
	}{multiplier, e})
	return append(line, '\n'), err
}

// metrics appends a line to metrics.jsonl.
func (r *runFolder) metrics(multiplier string, e nn.Epoch) {
	line, err := metricsLine(multiplier, e)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(filepath.Join(r.path, "metrics.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			_, err = f.Write(line)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("writing metrics.jsonl: %w", err)
	}
}

// curves draws curves.svg of what is finished.
func (r *runFolder) curves(results []trained) error {
	if r.err != nil {
		return r.err
	}
	var curves []report.Curve
	for _, t := range results {
		c := report.Curve{Name: t.Multiplier}
		for _, e := range t.Epochs {
			c.Loss, c.Accuracy = append(c.Loss, e.TrainLoss), append(c.Accuracy, e.TestAccuracy)
		}
		curves = append(curves, c)
	}
	return report.LearningCurves(filepath.Join(r.path, "curves.svg"), curves)
}
