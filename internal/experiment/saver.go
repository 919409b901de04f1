package experiment

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/internal/quantization"
	"github.com/approxtrain/approxtrain/internal/safetensors"
	"github.com/approxtrain/approxtrain/nn"
)

// betweenCheckpoints is the time between two, unless Config.CheckpointEvery says else.
const betweenCheckpoints = time.Minute

// saver saves the state of a run, and finds the place to resume from.
type saver struct {
	*Experiment
	folder *folder
	note   func(string)
	config checkpoint.Config      // as config.json has it
	places map[string]nn.Position // where the run was stopped, or has come
	// diverged has the multipliers with which training cannot go on.
	diverged map[string]*nn.DivergedError

	now     string // multiplier that is trained with
	trained *nn.Network
}

// newSaver finds out how far the run is; a run that begins is nowhere.
func (e *Experiment) newSaver(f *folder, note func(string)) (s *saver, err error) {
	s = &saver{Experiment: e, folder: f, note: note, places: map[string]nn.Position{}, diverged: map[string]*nn.DivergedError{}}
	if s.config, err = checkpoint.NewConfig(e.record()); err != nil || e.Config.resume == "" {
		return s, err
	}
	for _, m := range e.Multipliers {
		if found, err := s.loadDiverged(m.Name); err != nil {
			return nil, err
		} else if found {
			continue
		}
		c, err := s.load(m.Name)
		if err != nil {
			return nil, err
		}
		if c != nil {
			s.places[m.Name] = c.Position
		}
	}
	return s, s.rewriteMetrics()
}

func (s *saver) file(multiplier, extension string) string {
	return filepath.Join(s.folder.path, s.folder.names[multiplier]+extension)
}

func (s *saver) keeper(multiplier string) checkpoint.Keeper {
	return checkpoint.Keeper{Path: s.file(multiplier, ".checkpoint")}
}

func (s *saver) weights(multiplier string) string { return s.file(multiplier, ".safetensors") }

// configOf returns the configuration that the checkpoint of a multiplier depends on.
func (s *saver) configOf(multiplier string) (checkpoint.Config, error) {
	c, err := checkpoint.NewConfig(s.network(multiplier))
	maps.Copy(c, s.config)
	return c, err
}

// load returns the checkpoint of a multiplier, nil if there is none.
func (s *saver) load(multiplier string) (*checkpoint.Checkpoint, error) {
	k := s.keeper(multiplier)
	c, err := k.Load(func(err error) { s.note(fmt.Sprintf("warning: %v", err)) })
	if err != nil {
		return nil, fmt.Errorf("%v: %w", option.Resuming, err)
	}
	if c == nil {
		return nil, nil
	}
	now, err := s.configOf(multiplier)
	if err == nil {
		err = c.Config.Check(now)
	}
	if err != nil {
		return nil, fmt.Errorf("%v: %s: %w", option.Resuming, k.Path, err)
	}
	return c, nil
}

// finished says whether training with a multiplier had ended before.
func (s *saver) finished(multiplier string) ([]nn.Epoch, bool) {
	epochs := s.places[multiplier].Epochs
	if s.diverged[multiplier] != nil {
		return epochs, true
	}
	_, err := os.Stat(s.weights(multiplier))
	loop := nn.Loop{Epochs: s.Config.Epochs, Patience: s.Config.Patience}
	return epochs, err == nil && loop.Over(epochs)
}

// begin gives the network the weights to begin with, and says where that is.
func (s *saver) begin(multiplier string, n *nn.Network) (nn.Position, error) {
	s.now, s.trained = multiplier, n
	if s.Config.resume != "" {
		c, err := s.load(multiplier)
		if err != nil {
			return nn.Position{}, err
		}
		if c != nil {
			if err := n.Restore(c.Tensors); err != nil {
				return nn.Position{}, fmt.Errorf("%v: %s: %w", option.Resuming, s.keeper(multiplier).Path, err)
			}
			s.note(fmt.Sprintf("%s: going on after %d of %s and %s", multiplier, len(c.Position.Epochs), english.Plural(s.Config.Epochs, "epoch", ""), english.Plural(c.Position.Step, "step", "")))
			return c.Position, nil
		}
	}
	if s.initial != nil {
		return nn.Position{}, n.SetWeights(s.initial)
	}
	return nn.Position{}, nil
}

// checkpoints says when training is saved.
func (s *saver) checkpoints() nn.Checkpoints {
	c := nn.Checkpoints{Save: s.save, Every: s.Config.CheckpointEvery}
	if c.Every == 0 {
		c.After = betweenCheckpoints
	}
	return c
}

func (s *saver) save(at nn.Position) error {
	config, err := s.configOf(s.now)
	if err != nil {
		return err
	}
	tensors, err := s.trained.Snapshot()
	if err != nil {
		return err
	}
	err = s.keeper(s.now).Save(&checkpoint.Checkpoint{Config: config, Position: at, Tensors: tensors})
	if err == nil {
		s.folder.useful()
	}
	return err
}

// end keeps the outcome: the trained weights, or that training has diverged. In a run that was
// stopped others may have been trained before, so that the order of metrics.jsonl is made right.
func (s *saver) end(epochs []nn.Epoch, failed error) error {
	var d *nn.DivergedError
	if failed != nil && !errors.As(failed, &d) {
		return failed
	}
	s.places[s.now] = nn.Position{Epochs: epochs}
	if d != nil {
		if err := s.diverge(epochs, d); err != nil {
			return err
		}
	}
	switch {
	case s.Config.resume != "":
		if err := s.rewriteMetrics(); err != nil {
			return err
		}
	case d != nil:
		s.folder.metrics(divergedLine(s.now, d))
	}
	if d != nil {
		return nil
	}
	weights, err := s.trained.Weights()
	if err != nil {
		return err
	}
	metadata, err := s.network(s.now).Metadata()
	if err != nil {
		return err
	}
	if scheme := s.schemeOf(s.now); scheme != nil {
		if metadata[quantization.Key], err = scheme.Text(); err != nil {
			return err
		}
	}
	return safetensors.WriteFile(s.weights(s.now), safetensors.File{Metadata: metadata, Tensors: weights})
}

// schemeOf returns how the network that was trained with a multiplier computes in integers, nil if it does not.
func (s *saver) schemeOf(multiplier string) *quantization.Scheme {
	for _, a := range s.Multipliers {
		if a.Name == multiplier {
			return s.scheme(a, s.trained)
		}
	}
	return nil
}

// rewriteMetrics rewrites metrics.jsonl with the epochs that the checkpoints have: a stopped run
// may have written later ones, which will be repeated.
func (s *saver) rewriteMetrics() error {
	return atomicfile.Write(filepath.Join(s.folder.path, metricsFile), func(w io.Writer) error {
		write := func(line []byte, err error) error {
			if err == nil {
				_, err = w.Write(line)
			}
			return err
		}
		for _, m := range s.Multipliers {
			for _, e := range s.places[m.Name].Epochs {
				if err := write(metricsLine(m.Name, e)); err != nil {
					return err
				}
			}
			if d := s.diverged[m.Name]; d != nil {
				if err := write(divergedLine(m.Name, d)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
