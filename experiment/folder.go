package experiment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
	"approxtrain/internal/limits"
	"approxtrain/nn"
	"approxtrain/report"
)

// folder is the folder of a run:
//
//	config.json    what was trained, with the digests of tables and models, and
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
}

// Files in the folder.
const (
	configFile  = "config.json"
	metricsFile = "metrics.jsonl"
)

// keep remembers the first error.
func (f *folder) keep(err error) {
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("writing the run's folder: %w", err)
	}
}

// openFolder makes the run's folder, or opens that of the run to go on with.
func (e *Experiment) openFolder() (*folder, error) {
	f := &folder{path: e.Config.resume, names: fileNames(e.Config.Multipliers)}
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
	if err := f.acquire(); err != nil {
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

// create makes the folder. A name that the user gave must be free; otherwise the first
// free number is taken.
func (f *folder) create(c *Config) error {
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
			return nil
		}
		if c.Name != "" || !errors.Is(err, fs.ErrExist) {
			return fault.Usagef("making the run's folder: %w; give another --name", err)
		}
	}
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
	}{c.Model, c, nil, nil, e.digests.tables, e.digests.models}
	if c.layout != nil {
		out.Model = c.layout
	}
	if e.Normal != nil {
		out.Mean, out.Deviation = e.Normal.Mean, e.Normal.Deviation
	}
	return out
}

// longestBase is the most bytes of a multiplier's name in those of files; a longer one is cut.
// The longest file has .checkpoint.previous behind it, and a temporary one some more.
const longestBase = limits.LongestFile - 50

// fileNames gives each multiplier a name for its files: the names of files and
// folders, and names that differ in signs alone, become such ones too.
func fileNames(multipliers []Multiplier) map[string]string {
	names, taken := map[string]string{}, map[string]bool{}
	for _, m := range multipliers {
		base := strings.Map(func(r rune) rune {
			if r == '/' || r == '\\' || !unicode.IsPrint(r) {
				return '_'
			}
			return r
		}, strings.TrimSuffix(strings.TrimLeft(m.Name, "./"), ".lut"))
		base = cmp.Or(base, "multiplier")
		if len(base) > longestBase {
			sum := sha256.Sum256([]byte(m.Name))
			base = strings.ToValidUTF8(base[:longestBase], "") + "-" + hex.EncodeToString(sum[:4])
		}
		name := base
		for n := 2; taken[name]; n++ {
			name = fmt.Sprint(base, "-", n)
		}
		taken[name] = true
		names[m.Name] = name
	}
	return names
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
		}
	}
	f.keep(err)
}

// begin begins an event file of a multiplier, in a folder of its name: TensorBoard
// shows each folder as a curve, of its files in their order.
func (f *folder) begin(multiplier string) error {
	dir := filepath.Join(f.path, "tensorboard", f.names[multiplier])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
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

// curves draws curves.svg of what is finished.
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
