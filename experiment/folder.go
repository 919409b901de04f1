package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
	"approxtrain/nn"
	"approxtrain/report"
)

// folder is the folder of a run:
//
//	config.json    what was trained, with the digests of tables and models, and
//	               what images are normalised by; Load reads it
//	metrics.jsonl  one line an epoch and multiplier
//	curves.svg     loss and accuracy over the epochs
//	tensorboard/   an event file for each multiplier
type folder struct {
	path    string
	events  *report.Events // of the multiplier that is trained with
	last    int            // step
	flushed time.Time      // the events
	err     error          // of writing metrics and events
}

// keep remembers the first error.
func (f *folder) keep(err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("writing the run's folder: %w", err)
	}
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
		Models    map[string]string `json:"models_sha256,omitempty"`
	}{c.Model, c, nil, nil, e.digests.tables, e.digests.models}
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
	f.keep(err)
}

// begin begins the event file of a multiplier, in a folder of its name: TensorBoard
// shows each folder as a curve. The names of files, and of multipliers that differ in
// signs alone, become names of folders.
func (f *folder) begin(multiplier string) error {
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, strings.TrimLeft(multiplier, "./"))
	dir := filepath.Join(f.path, "tensorboard", name)
	for n := 2; ; n++ {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			break
		}
		dir = filepath.Join(f.path, "tensorboard", fmt.Sprintf("%s_%d", name, n))
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		f.events, err = report.NewEvents(filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%d.approxtrain", time.Now().Unix())))
	}
	return err
}

// step tells TensorBoard of a step of training.
func (f *folder) step(s nn.Step, batch int, rate float64) {
	f.last = s.Step
	f.events.Add(time.Now(), s.Step, report.Scalar{Tag: "train/loss", Value: s.Loss},
		report.Scalar{Tag: "train/accuracy", Value: float64(s.Correct) / float64(batch)}, report.Scalar{Tag: "lr", Value: rate * s.Factor})
	if time.Since(f.flushed) > time.Second {
		f.keep(f.events.Flush())
		f.flushed = time.Now()
	}
}

// epoch tells of an epoch: a line in metrics.jsonl, a point in TensorBoard.
func (f *folder) epoch(multiplier string, e nn.Epoch) {
	f.metrics(multiplier, e)
	f.events.Add(time.Now(), f.last, report.Scalar{Tag: "test/accuracy", Value: e.TestAccuracy})
	f.keep(f.events.Flush())
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
