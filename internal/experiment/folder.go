package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/report"
	"github.com/approxtrain/approxtrain/nn"
)

// folder is the folder of a run:
//
//	config.json    what was trained, with the digests of tables, models and gradients, and
//	               what images are normalised by; Load reads it
//	metrics.jsonl  one line an epoch and multiplier, and one if it diverged
//	curves.svg     loss and accuracy over the epochs
//	tensorboard/   a folder for each multiplier, with an event file for each time that
//	               the run was begun or gone on with
//
// and for each multiplier NAME.safetensors, the trained weights, or NAME.diverged.json, why
// there are none, and NAME.checkpoint, what Resume goes on from.
type folder struct {
	path    string
	lock    *os.File
	names   map[string]string // of files, by multiplier
	events  *report.Events    // of the multiplier that is trained with
	last    int               // step
	flushed time.Time         // the events
	err     error             // of writing metrics and events
	// forget keeps the folder. It is nil unless the run begins and the folder holds nothing to
	// go on from.
	forget func()
	first  bool // the folder of runs was made for this one
}

// Files in the folder.
const (
	configFile  = "config.json"
	metricsFile = "metrics.jsonl"
)

// useful keeps the folder, whatever ends the run.
func (f *folder) useful() {
	if f.forget != nil {
		f.forget()
		f.forget = nil
	}
}

// discard removes a folder that holds nothing to go on from.
func (f *folder) discard() error {
	err := os.RemoveAll(f.path)
	if f.first {
		os.Remove(filepath.Dir(f.path)) // unless another run is there now
	}
	return err
}

// keep remembers the first error.
func (f *folder) keep(err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("writing the run's folder: %w", err)
	}
}

// openFolder makes the run's folder, or opens that of the run to go on with.
func (e *Experiment) openFolder() (*folder, error) {
	f := &folder{path: e.Config.resume, names: e.Config.fileNames()}
	if f.path != "" {
		return f, f.acquire()
	}
	text, err := e.configText()
	if err != nil {
		return nil, err
	}
	if err := f.create(e.Config); err != nil {
		return nil, err
	}
	return f, atomicfile.WriteBytes(filepath.Join(f.path, configFile), text)
}

// configText returns the text of config.json. It fails where Load could not read that: what
// aliases repeat in a file of layers is written out there.
func (e *Experiment) configText() ([]byte, error) {
	var text bytes.Buffer
	j := json.NewEncoder(&text)
	j.SetIndent("", "  ")
	if err := j.Encode(e.record()); err != nil {
		return nil, err
	}
	if text.Len() > longestFile {
		return nil, fault.Usagef("the configuration has %d bytes when all of it is written out, expected at most %s: describe fewer layers, or repeat them by repeat",
			text.Len(), limits.Size(longestFile))
	}
	if _, err := parse("the configuration, when all of it is written out", text.Bytes()); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// create makes the folder, and locks it. A name that the user gave must be free; otherwise
// the first free number is taken. A folder without a run in it is free: it is empty, or a
// run was killed before it had written config.json.
func (f *folder) create(c *Config) error {
	_, err := os.Stat(c.Out)
	f.first = errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fault.Usagef("making the folder of runs: %w", err)
	}
	for n := 1; ; n++ {
		name := c.Name
		if name == "" {
			name = fmt.Sprintf("%s_%s_%d", c.Model, filepath.Base(c.Data), n)
		}
		f.path = filepath.Join(c.Out, name)
		err := os.Mkdir(f.path, 0o755)
		if err == nil {
			f.forget = leftovers.Add(f.path)
		} else if !errors.Is(err, fs.ErrExist) {
			return fault.Usagef("making the run's folder: %w; give another %v", err, option.Key("name"))
		}
		if err = f.acquire(); err == nil {
			if err = f.clear(); err == nil {
				return nil
			}
			f.close()
		}
		if c.Name != "" {
			return fault.Usagef("%v %s: %w", option.Key("name"), c.Name, err)
		}
	}
}

// clear removes the files of a run that was killed before it had written config.json. It refuses a
// folder that holds anything else.
func (f *folder) clear() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("reading the run's folder: %w", err)
	}
	var unfinished []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."+configFile) && e.Type().IsRegular():
			unfinished = append(unfinished, e.Name())
			continue
		case strings.HasPrefix(e.Name(), ".approxtrain-writing-") && e.IsDir(): // package leftovers removes it
			continue
		}
		if _, err := os.Lstat(filepath.Join(f.path, configFile)); err == nil {
			return fmt.Errorf("%s holds a run already; give another %v, or go on with it: %v %[1]s",
				f.path, option.Key("name"), option.Continue)
		}
		return fmt.Errorf("%s holds %s, but no run (no %s); give another %v, or remove the folder",
			f.path, e.Name(), configFile, option.Key("name"))
	}
	for _, name := range unfinished {
		if err := os.Remove(filepath.Join(f.path, name)); err != nil {
			return fmt.Errorf("removing what a run has left that was killed: %w", err)
		}
	}
	return nil
}

// record is the content of config.json.
func (e *Experiment) record() any {
	c := e.Config
	out := struct {
		Model any `json:"model"` // instead of Config's
		*Config
		Mean      []float32         `json:"mean,omitempty"` // of each channel
		Deviation []float32         `json:"deviation,omitempty"`
		Tables    map[string]string `json:"tables_sha256"`
		Models    map[string]string `json:"models_sha256,omitempty"`
		Gradients map[string]string `json:"gradients_sha256,omitempty"` // of files
		Files     map[string]string `json:"file_names,omitempty"`       // of multipliers; see names.go
	}{c.Model, c, nil, nil, e.digests.tables, e.digests.models, e.digests.gradients, c.recordedNames()}
	if c.layout != nil {
		out.Model = c.layout
	}
	if e.Normal != nil {
		out.Mean, out.Deviation = e.Normal.Mean, e.Normal.Deviation
	}
	return out
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
func (f *folder) metrics(line []byte, err error) {
	if err == nil {
		var file *os.File
		if file, err = os.OpenFile(filepath.Join(f.path, metricsFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			_, err = file.Write(line)
			err = errors.Join(err, file.Close())
			f.useful()
		}
	}
	f.keep(err)
}

// begin begins an event file of a multiplier, in a folder of its name: TensorBoard
// shows each folder as a curve, of its files in their order. It never makes the run's
// folder again, which a signal may have removed a moment ago.
func (f *folder) begin(multiplier string) error {
	dir := f.path
	for _, name := range []string{"tensorboard", f.names[multiplier]} {
		dir = filepath.Join(dir, name)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for at := time.Now().Unix(); ; at++ { // the run may have been begun within this second
		var err error
		f.events, err = report.NewEvents(filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%d.approxtrain", at)))
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
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
	f.metrics(metricsLine(multiplier, e))
	f.events.Add(time.Now(), f.last, report.Scalar{Tag: "test/accuracy", Value: e.TestAccuracy})
	f.keep(f.events.Flush())
}

// curves draws curves.svg of the finished epochs.
func (f *folder) curves(results []Trained) error {
	if f.err != nil {
		return f.err
	}
	var curves []report.Curve
	for _, t := range results {
		c := report.Curve{Name: t.Multiplier}
		if t.Diverged != nil {
			c.Name += fmt.Sprintf(" (diverged at step %d)", t.Diverged.Step)
		}
		for _, e := range t.Epochs {
			c.Loss, c.Accuracy = append(c.Loss, e.Course), append(c.Accuracy, e.TestAccuracy)
		}
		curves = append(curves, c)
	}
	return report.LearningCurves(filepath.Join(f.path, "curves.svg"), curves)
}
