package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/internal/safetensors"
	"github.com/approxtrain/approxtrain/nn"
)

// Resume returns the configuration of the run in a folder, to go on with it. Nothing
// in it may be changed but Device, Threads and CheckpointEvery.
func Resume(folder string) (*Config, error) {
	path := filepath.Join(folder, configFile)
	switch st, err := os.Stat(folder); {
	case err != nil:
		return nil, fault.Usagef("%v: %w; expected the folder of a run", option.Resuming, err)
	case !st.IsDir():
		return nil, fault.Usagef("%v %s: it is a file; expected the folder of a run", option.Resuming, folder)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Usagef("%v %s: %s is missing, so there is no run to go on with; "+
			"if one was killed at its beginning, begin it again with %v %s %v %s", option.Resuming, folder, configFile,
			option.Key("out"), filepath.Dir(filepath.Clean(folder)), option.Key("name"), filepath.Base(folder))
	} else if err != nil {
		return nil, fault.Usagef("%v %s: %w", option.Resuming, folder, err)
	}
	c, err := Load(path)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", option.Resuming, err)
	}
	c.resume = filepath.Clean(folder)
	return c, c.checkFiles(path)
}

// compare refuses to resume a run if its training would differ from config.json.
func (e *Experiment) compare() error {
	path := filepath.Join(e.Config.resume, configFile)
	text, err := limits.ReadFile(path, longestFile)
	if err != nil {
		return err
	}
	var was checkpoint.Config
	if err := limits.Unmarshal(text, mostValues, &was); err != nil {
		return fault.Usagef("%v: %s: %w", option.Resuming, path, err)
	}
	now, err := checkpoint.NewConfig(e.record())
	if err != nil {
		return err
	}
	if err := was.Check(now); err != nil {
		return fmt.Errorf("%v: %s: %w", option.Resuming, path, err)
	}
	return nil
}

// openInit reads the initial weights, if a file has them.
func (e *Experiment) openInit() error {
	c := e.Config
	if c.Init == "" {
		return nil
	}
	path := Shown(c.Init)
	sum, err := "", limits.Regular(path) // it is read twice
	if err == nil {
		sum, err = buildcache.HashFile(path)
	}
	if err != nil {
		return fault.Usagef("%s: %w", c.label("init"), err)
	}
	if err := c.checkDigest("init_sha256", &c.InitSum, path, sum); err != nil {
		return err
	}
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", c.label("init"), err)
	}
	e.initial = f.Tensors
	if text, ok := f.Metadata[quantization.Key]; ok && c.Quantize != Dynamic {
		s, err := quantization.Parse(text)
		if err != nil {
			return fault.Usagef("%s: %s: %w", c.label("init"), path, err)
		}
		e.start, e.folded = &start{s}, s.Folded
	}
	return nil
}

// checkInit returns an error unless the initial weights are those of the network.
func (e *Experiment) checkInit() error {
	if e.initial == nil {
		return nil
	}
	if err := nn.CheckWeights(e.Layers, e.in, e.initial); err != nil {
		return fmt.Errorf("%s: %s: %w", e.Config.label("init"), Shown(e.Config.Init), err)
	}
	return nil
}

// acquire keeps other processes from training in the folder until this one ends or
// closes it.
func (f *folder) acquire() (err error) {
	if f.lock, err = os.Open(f.path); err != nil {
		return err
	}
	if err := unix.Flock(int(f.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		f.lock.Close()
		return fault.Usagef("another process is training in %s", f.path)
	}
	return nil // file systems without locks go without
}

func (f *folder) close() { f.lock.Close() }
