package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"approxtrain/checkpoint"
	"approxtrain/data"
	"approxtrain/internal/atomicfile"
	"approxtrain/internal/fault"
	"approxtrain/nn"
	"approxtrain/safetensors"
)

// besideResume are the flags that --resume does not take from config.json.
var besideResume = []string{"resume", "threads", "json", "checkpoint-every"}

// readConfig makes the flags those of the run to go on with, if there is one.
func (t *trainFlags) readConfig(c *cobra.Command) (err error) {
	if t.resume == "" {
		return nil
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !slices.Contains(besideResume, f.Name) {
			err = fault.Usagef("--resume goes on with the configuration of the run, so --%s cannot be given", f.Name)
		}
	})
	if err != nil {
		return err
	}
	path := filepath.Join(t.resume, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return fault.Usagef("--resume %s: %w; expected the folder of a run", t.resume, err)
	}
	if err := json.Unmarshal(text, t); err != nil {
		return fault.Usagef("--resume: %s: %w", path, err)
	}
	return nil
}

// readInit reads the initial weights that --init names, nil for none.
func (t *trainFlags) readInit(specs []nn.Spec, in nn.Shape) ([]nn.Tensor, error) {
	if t.Init == "" {
		return nil, nil
	}
	f, err := safetensors.ReadFile(t.Init)
	if err == nil {
		if err = nn.CheckWeights(specs, in, f.Tensors); err != nil {
			err = fmt.Errorf("%s: %w", t.Init, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--init: %w", err)
	}
	content, err := os.ReadFile(t.Init)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	t.InitSum = hex.EncodeToString(sum[:])
	return f.Tensors, nil
}

// openFolder makes the run's folder, or opens that of the run to go on with, where
// nothing may have changed: neither tables nor images.
func (t *trainFlags) openFolder(mults []named, normal *data.Normalize) (*runFolder, error) {
	if t.resume == "" {
		return newRunFolder(t, mults, normal)
	}
	r := &runFolder{path: filepath.Clean(t.resume)}
	if err := r.setConfig(t, mults, normal); err != nil {
		return nil, err
	}
	path := filepath.Join(r.path, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var was checkpoint.Config
	if err := json.Unmarshal(text, &was); err != nil {
		return nil, fault.Usagef("--resume: %s: %w", path, err)
	}
	if err := was.Check(r.config); err != nil {
		return nil, fmt.Errorf("--resume: %s: %w", path, err)
	}
	return r, r.acquire()
}

// acquire keeps other processes from training in the folder until this one ends or
// closes it.
func (r *runFolder) acquire() (err error) {
	if r.lock, err = os.Open(r.path); err != nil {
		return err
	}
	if err := unix.Flock(int(r.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return fault.Usagef("another process is training in %s", r.path)
	}
	return nil // file systems without locks go without
}

func (r *runFolder) close() { r.lock.Close() }

// rewriteMetrics makes metrics.jsonl what is known of epochs that ended: a run that
// was stopped may have written others, from which it does not go on.
func (r *runFolder) rewriteMetrics(mults []named, places map[string]nn.Position) error {
	return atomicfile.Write(filepath.Join(r.path, "metrics.jsonl"), func(w io.Writer) error {
		for _, m := range mults {
			for _, e := range places[m.name].Epochs {
				line, err := metricsLine(m.name, e)
				if err != nil {
					return err
				}
				if _, err := w.Write(line); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
